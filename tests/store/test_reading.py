"""A page is bounded where it is read, and page by page everything comes."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chat.reading import readable
from core.model import ChatId, ConnectionId, Manager, ManagerId, StoredMessage, Target
from core.protocol.frames import MAX_FRAME_BYTES
from core.protocol.markdown import RENDERER
from core.store.chats import PAGE_BYTES
from core.store.database import Pool
from core.store.store import Store

C, SOCKET = ChatId("a"), ConnectionId("c")
LONG = 8_000
FILL = """
insert into messages (chat_id, seq, role, text, html, renderer)
select 'a', n, case when n % 2 = 0 then 'user' else 'assistant' end, repeat('x', size),
       case when n % 2 = 1 then repeat('y', size) end, $2
from unnest($1::int[]) with ordinality s (size, n)
"""


async def fill(store: Store, sizes: list[int], renderer: int | None = RENDERER) -> None:
    await store._pool.execute("truncate chats, messages, connections")
    await store.connections.enter(Target(SOCKET, "http://node/ws"), C)
    await store._pool.execute("update chats set last_seq = $1", len(sizes))
    await store._pool.execute(FILL, sizes, renderer)


def size(messages: tuple[StoredMessage, ...]) -> int:
    return sum(len(one.text) + len(one.html or "") for one in messages)


async def test_i12_a_resume_reads_hardly_more_than_a_frame(store: Store) -> None:
    await fill(store, [LONG] * 100)
    resumed = await store.resumes.resume(SOCKET, 0, 100)
    assert MAX_FRAME_BYTES <= size(resumed.page.messages) < MAX_FRAME_BYTES + 2 * LONG
    assert resumed.page.has_more


async def test_i12_a_history_reads_a_bounded_page(store: Store) -> None:
    await fill(store, [LONG] * 200)
    for before in (None, 201):
        page = await store.chats.history(C, 0, before, 200)
        assert PAGE_BYTES <= size(page.messages) < PAGE_BYTES + 2 * LONG
        assert page.has_more


@given(
    sizes=st.lists(st.sampled_from([1, 500, 8_000, 24_000]), min_size=1, max_size=40),
    limit=st.integers(1, 12),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_i2_page_by_page_everything_comes_once(
    store: Store, sizes: list[int], limit: int
) -> None:
    await fill(store, sizes)
    everything = list(range(1, len(sizes) + 1))
    resumed: list[int] = []
    forward: list[int] = []
    back: list[int] = []
    has_more = True
    while has_more:
        page = (await store.resumes.resume(SOCKET, resumed[-1] if resumed else 0, limit)).page
        resumed += [one.seq for one in page.messages]
        has_more = page.has_more
    has_more = True
    while has_more:
        page = await store.chats.history(C, forward[-1] if forward else 0, None, limit)
        assert len(page.messages) <= limit
        forward += [one.seq for one in page.messages]
        has_more = page.has_more
    has_more = True
    while has_more:
        page = await store.chats.history(C, 0, back[0] if back else 2**31 - 1, limit)
        back = [one.seq for one in page.messages] + back
        has_more = page.has_more
    assert resumed == forward == back == everything


async def test_a_page_that_ends_exactly_has_no_more(store: Store) -> None:
    await fill(store, [1] * 10)
    assert not (await store.chats.history(C, 0, None, 10)).has_more
    assert not (await store.chats.history(C, 0, 11, 10)).has_more
    assert not (await store.chats.history(C, 10, None, 10)).has_more
    assert (await store.chats.history(C, 0, 11, 9)).has_more
    resumed = await store.resumes.resume(SOCKET, 10, 100)
    assert not resumed.page.messages and not resumed.page.has_more


async def test_a_resume_tells_the_beginning_of_the_last_message(store: Store) -> None:
    for sizes, after in (([1, LONG], 0), ([LONG] * 3, 0), ([1, LONG], 2), ([], 0)):
        await fill(store, sizes)
        last = (await store.resumes.resume(SOCKET, after, 1)).chat.last_message
        assert (last and (last.seq, len(last.text))) == ((len(sizes) and (len(sizes), 501)) or None)
        assert last is None or last.html is None


async def test_a_preview_has_the_columns_of_a_message_but_its_html(pool: Pool) -> None:
    columns = "select attname from pg_attribute where attrelid = $1::regclass order by attnum"
    of = {
        view: [row["attname"] for row in await pool.fetch(columns, view)]
        for view in ("readings", "previews")
    }
    assert of["readings"] == ["html", "renderer", *of["previews"]]


async def test_a_message_is_the_same_as_a_row_and_as_json(store: Store, pool: Pool) -> None:
    await fill(store, [3] * 2)
    await store.turns.receive(SOCKET, "hello", "n-1")
    await store.chats.want_person(SOCKET, True, "a refund")
    await store.inbox.take_over(C, Manager(ManagerId("anna"), "Anna"), "I am here", "m-1")
    await pool.execute("update messages set broadcast_id = gen_random_uuid(), change = 1")
    rows = await pool.fetch("select to_json(m) as message from messages m order by seq")
    read = tuple(StoredMessage.from_row(json.loads(row["message"])) for row in rows)
    assert (
        {one.kind for one in read} == {"text", "event"} and read[-1].author and read[-1].client_id
    )
    assert (await store.resumes.resume(SOCKET, 0, 100)).page.messages == read
    assert (await store.chats.history(C, 0, None, 100)).messages == read


async def test_what_is_rendered_at_reading_is_stored_once(store: Store, pool: Pool) -> None:
    await fill(store, [3] * 4, None)
    messages = (await store.chats.history(C, 0, None, 10)).messages
    page = await readable(store.chats, messages)
    assert [one.html for one in page] == ["<p>xxx</p>", None, "<p>xxx</p>", None]
    # A newer release has rendered one of them meanwhile.
    newer = "update messages set html = 'newer', renderer = $1 where seq = 1"
    await pool.execute(newer, RENDERER + 1)
    await readable(store.chats, messages)
    stored = await pool.fetch("select html, renderer from messages order by seq")
    assert [tuple(row) for row in stored] == [
        ("newer", RENDERER + 1), (None, None), ("<p>xxx</p>", RENDERER), (None, None)
    ]  # fmt: skip


async def test_a_list_reads_the_beginning_of_each_last_message(store: Store, pool: Pool) -> None:
    await fill(store, [LONG])
    await pool.execute("update chats set listed_at = now()")
    (chat,), *_ = await store.lists.chats("all", (), None, 50, "anna")
    assert chat.last_message and len(chat.last_message.text) == 501
    assert chat.last_message.html is None


@pytest.mark.parametrize(
    ("word", "found"), [("early", True), ("late", False), ("茶", True), ("酒", False)]
)
async def test_i12_the_search_knows_the_beginning_of_a_text(
    store: Store, pool: Pool, word: str, found: bool
) -> None:
    await fill(store, [1])
    text = "early 茶 " + "word " * 900 + "late " + "word " * 500 + "酒"
    await pool.execute("update messages set text = $1", text)
    await pool.execute("update chats set listed_at = now()")
    page = await store.lists.chats("all", (word,), None, 50, "anna")
    assert bool(page.chats) is found
    hits = await store.lists.hits(page, (word,))
    assert bool(hits) is found


async def test_i12_the_index_of_a_text_is_bounded(pool: Pool) -> None:
    words = " ".join(f"w{n}x" for n in range(2_000))
    entries = "select length(words_of($1)), length(words_of(spaced($2)))"
    [(few, many)] = await pool.fetch(entries, words, "茶酒" * 4_000)
    assert few < 600 and many <= 1_000
