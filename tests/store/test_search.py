"""A common word leads to the newest chats first, and costs no more than a rare one."""

from datetime import UTC, datetime, timedelta

import pytest

from core.model import ManagerId, Narrow
from core.store import database, list_ways
from core.store.chat_lists import NO_NARROW
from core.store.store import Store

FILL = """
insert into chats (chat_id, last_seq, listed_at)
select 'chat-' || n, 6, now() - make_interval(mins => n) from generate_series(0, 1999) n;
insert into messages (chat_id, seq, role, text)
select 'chat-' || n, s, 'user',
       case when s % 2 = 0 then 'Common words, ' else 'and ' end || n || case when n = 1500
           then ' and a rarity' else '' end
from generate_series(0, 1999) n, generate_series(1, 6) s order by n, s;
"""


@pytest.fixture
async def filled(session: database.Pool) -> Store:
    await session.execute(FILL)
    await session.execute("vacuum analyze")
    return Store(session)


async def names(
    store: Store, words: tuple[str, ...], limit: int = 50, narrow: Narrow = NO_NARROW
) -> list[str]:
    """Of the whole list, page by page."""
    found: list[str] = []
    cursor = None
    while len(found) < 500:
        chats, cursor, *_ = await store.lists.chats(
            "all", words, cursor, limit, "anna", narrow=narrow
        )
        found += [chat.chat_id for chat in chats]
        if cursor is None:
            break
    return found


async def test_a_common_word_leads_to_the_newest_chats(filled: Store) -> None:
    newest = [f"chat-{n}" for n in range(500)]
    assert await names(filled, ("common",)) == newest
    assert await names(filled, ("COMM", "word")) == newest


async def test_neither_words_nor_chats_are_all_read(filled: Store, session: database.Pool) -> None:
    words, chats = await read(session)
    await filled.lists.chats("all", ("common",), None, 50, "anna")
    assert await read(session) == (words, chats + 51)
    await filled.lists.chats("all", ("rarity",), None, 50, "anna")
    assert await read(session) == (words + 6, chats + 51)


async def test_what_the_nearest_chats_do_not_have_is_found_elsewhere(filled: Store) -> None:
    assert await names(filled, ("rarity",)) == ["chat-1500"]
    assert await names(filled, ("common", "rarity")) == ["chat-1500"]
    assert await names(filled, ("common", "150")) == [
        "chat-150",
        *(f"chat-{n}" for n in range(1500, 1510)),
    ]


async def test_the_nearest_are_found_whatever_else_has_the_word(
    filled: Store, session: database.Pool
) -> None:
    """As many older hits as are looked at must not hide them."""
    await session.execute("update chats set status = 'closed'")
    await session.execute(
        "update chats set status = 'open', waiting_since = now()"
        " where chat_id in ('chat-3', 'chat-7', 'chat-1998')"
    )
    for filter_ in ("waiting", "assistant"):
        chats, *_ = await filled.lists.chats(filter_, ("common",), None, 50, "anna")
        assert {chat.chat_id for chat in chats} == {"chat-3", "chat-7", "chat-1998"}


@pytest.mark.parametrize(("each", "rare"), [(2, 5_000), (2, 10), (20, 10)])
async def test_page_by_page_each_narrowed_chat_with_a_common_word_is_found_once(
    filled: Store, session: database.Pool, monkeypatch: pytest.MonkeyPatch, each: int, rare: int
) -> None:
    """By the tag's own chats, or chat by chat. Most of the first page's chats lack the word."""
    monkeypatch.setattr(list_ways, "RARE", rare)
    tag = await session.fetchval(
        "insert into tags (site_id, name) values ('default', 'a') returning tag_id"
    )
    await session.execute(
        "insert into chat_tags (chat_id, tag_id) select chat_id, $1 from chats"
        " where split_part(chat_id, '-', 2)::int % $2 = 0",
        tag,
        each,
    )
    await session.execute(
        "update messages set text = 'nothing'"
        " where split_part(chat_id, '-', 2)::int between 1 and 900"
    )
    wanted = [f"chat-{n}" for n in range(0, 2000, each) if not 1 <= n <= 900]
    found = await names(filled, ("common",), narrow=Narrow(tags=((tag,),)))
    assert found[:500] == wanted[:500]


async def test_the_index_is_not_asked_for_a_common_word_where_no_chat_is_meant(
    filled: Store, session: database.Pool
) -> None:
    before, _ = await read(session)
    found, more, *_ = await filled.lists.chats(
        "all", ("common",), None, 50, "anna", narrow=Narrow(people=(ManagerId("anna"),))
    )
    assert (list(found), more is not None) == ([], True)
    assert (await read(session))[0] == before


async def test_common_words_that_no_chat_has_together_end_the_search(
    filled: Store, session: database.Pool
) -> None:
    await session.execute(
        "update messages set text = case when split_part(chat_id, '-', 2)::int % 2 = 0"
        " then 'alpha' else 'beta' end where seq > 1"
    )
    await session.execute("analyze messages")
    assert await names(filled, ("alpha",)) == [f"chat-{n}" for n in range(0, 1000, 2)]
    nothing = await filled.lists.chats("all", ("alpha", "beta"), None, 50, "anna")
    assert nothing[:2] == ([], None)
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " values ('chat-1900', 7, 'user', 'beta alpha')"
    )
    assert await names(filled, ("alpha", "beta")) == ["chat-1900"]


async def test_a_new_hit_is_found_by_its_time_behind_thousands_of_old_ones(
    filled: Store, session: database.Pool
) -> None:
    await session.execute(
        "insert into messages (chat_id, seq, role, text, created_at)"
        " select 'chat-' || n % 2000, 10 + n / 2000, 'user', 'an invoice', now() - interval '1 day'"
        " from generate_series(0, 6999) n"
    )
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " values ('chat-1999', 99, 'user', 'invoice')"
    )
    narrow = Narrow(after=datetime.now(UTC) - timedelta(hours=1))
    # Not counted yet, so the word is not known to be common.
    chats, *_ = await filled.lists.chats("all", ("invoice",), None, 50, "anna", narrow=narrow)
    assert [chat.chat_id for chat in chats] == ["chat-1999"]


INVOICES = """
insert into messages (chat_id, seq, role, text)
select 'chat-' || (1000 + n % 1000), 10 + n / 1000, 'user',
       case when n % 10 = 0 then 'a common invoice' else 'an invoice' end
from generate_series(0, 4999) n;
insert into messages (chat_id, seq, role, text)
select 'chat-' || n % 1000, 10 + n / 1000, 'user',
       case when n < 5 then 'a common invoice' else 'an invoice' end
from generate_series(0, 1999) n;
"""


@pytest.fixture
async def led(filled: Store, session: database.Pool) -> Store:
    """An index that has "common" too often to be asked for it beside another word."""
    await session.execute(
        "create or replace function many_entries() returns real language sql immutable"
        " as 'select 1000'"
    )
    return filled


async def test_a_rare_word_leads_to_what_has_a_common_one_too(
    led: Store, session: database.Pool
) -> None:
    assert await names(led, ("common", "rarity")) == ["chat-1500"]
    assert await names(led, ("comm", "150")) == [
        "chat-150",
        *(f"chat-{n}" for n in range(1500, 1510)),
    ]
    await session.execute("update messages set text = 'nothing' where chat_id = 'chat-1503'")
    assert "chat-1503" not in await names(led, ("comm", "150"))


async def test_a_common_word_is_found_beside_a_rare_one_in_many_other_messages(
    led: Store, session: database.Pool
) -> None:
    """The rare word leads to more messages than are looked at, and hardly one has the other."""
    await session.execute(INVOICES.replace("a common", "an"))
    assert await names(led, ("common", "invoice")) == []
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " values ('chat-1999', 99, 'user', 'a common invoice')"
    )
    assert await names(led, ("common", "invoice")) == ["chat-1999"]


async def test_many_hits_of_a_rare_word_hide_no_newer_chat(
    filled: Store, session: database.Pool
) -> None:
    """While the index has few messages, it is asked for all words."""
    await session.execute(INVOICES)
    found = await names(filled, ("common", "invoice"))
    assert found[:5] == [f"chat-{n}" for n in range(5)]
    assert found[5:] == [f"chat-{n}" for n in range(1000, 2000, 10)]


async def test_the_newest_hit_of_a_chat_is_shown(led: Store, session: database.Pool) -> None:
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'chat-7', n, 'user', case when n in (10, 6000) then 'a common invoice'"
        " else 'an invoice' end from generate_series(10, 6010) n"
    )
    for words in (("common", "invoice"), ("invoice", "common"), ("invoice",)):
        page = await led.lists.chats("all", words, None, 50, "anna")
        [hit] = await led.lists.hits(page, words)
        assert (hit.chat_id, hit.seq) == ("chat-7", 6010 if len(words) == 1 else 6000)


async def test_a_chat_found_by_its_name_shows_its_newest_hit_behind_thousands_of_others(
    filled: Store, session: database.Pool
) -> None:
    await session.execute(INVOICES)
    await session.execute(
        "update chats set visitor = jsonb_build_object('name', 'Invoice') where chat_id = 'chat-0';"
        "insert into messages (chat_id, seq, role, text)"
        " values ('chat-0', 99, 'user', 'my invoice')"
    )
    page = await filled.lists.chats("all", ("invoice",), None, 50, "anna")
    assert page.chats[0].chat_id == "chat-0"
    assert (
        next(
            hit.seq
            for hit in await filled.lists.hits(page, ("invoice",))
            if hit.chat_id == "chat-0"
        )
        == 99
    )


async def test_what_the_index_has_of_a_long_text_is_found_though_it_would_hold_less_now(
    filled: Store, session: database.Pool, pooler: str | None
) -> None:
    """The release before put whole texts into it."""
    if pooler:
        pytest.skip("a pooler keeps the session, which knows the function as it was")
    bounded = await session.fetchval("select pg_get_functiondef('words_of'::regproc)")
    await session.execute(bounded.replace("3000", "300000"))
    await session.expire_connections()
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " values ('chat-7', 9, 'user', repeat('filler ', 600) || 'needleword')"
    )
    await session.execute(bounded)
    await session.expire_connections()
    assert await names(filled, ("needleword",)) == ["chat-7"]


async def test_few_names_make_no_word_common(filled: Store, session: database.Pool) -> None:
    """These Chinese names are all that their index has."""
    await session.execute(
        "update chats set visitor = jsonb_build_object('name', '王小明')"
        " where split_part(chat_id, '-', 2)::int between 10 and 110"
    )
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'chat-5', n, 'user', case when n = 10 then '小明 called' else 'later' end"
        " from generate_series(10, 160) n"
    )
    await session.execute("vacuum analyze")
    newest, *others = await names(filled, ("小明",))
    assert newest == "chat-5" and len(others) == 101


@pytest.mark.parametrize("analyzed", ["messages", None])
async def test_what_nobody_has_counted_is_not_common(
    session: database.Pool, analyzed: str | None
) -> None:
    """So it is in a new database, and in a restored one."""
    await session.execute(FILL.replace("1999", "9"))
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'chat-5', n, 'user', case when n = 10 then 'a needle' else 'later' end"
        " from generate_series(10, 160) n;"
        " insert into messages (chat_id, seq, role, text) values ('chat-6', 9, 'user', 'a needle')"
    )
    if analyzed:
        await session.execute(f"analyze {analyzed}")
    assert await names(Store(session), ("needle",)) == ["chat-5", "chat-6"]


async def test_another_role_finds_the_newest_too(filled: Store, session: database.Pool) -> None:
    """Postgres shows what it has counted of an index only to its owner."""
    ways = "select * from word_ways(array['common']) order by name"
    known = await session.fetch(ways)
    await session.execute("create role searcher; grant usage on schema public to searcher")
    await session.execute("grant select on all tables in schema public to searcher")
    try:
        await session.execute("set role searcher")
        assert await session.fetch(ways) == known
        assert (await names(filled, ("common",)))[:3] == ["chat-0", "chat-1", "chat-2"]
    finally:
        await session.execute("reset role; drop owned by searcher; drop role searcher")


async def test_what_only_the_index_found_shows_its_hit(
    filled: Store, session: database.Pool
) -> None:
    """No near chat has the common word, and it stands behind the hundred newest messages."""
    await session.execute("update chats set status = 'closed' where chat_id <> 'chat-100'")
    await session.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'chat-100', n, 'user', 'later' from generate_series(10, 160) n"
    )
    page = await filled.lists.chats("open", ("common",), None, 50, "anna")
    assert [chat.chat_id for chat in page.chats] == ["chat-100"]
    [hit] = await filled.lists.hits(page, ("common",))
    assert hit.seq == 6


async def test_a_sign_that_stands_alone_narrows_nothing(led: Store) -> None:
    assert await names(led, ("common", "-")) == await names(led, ("common",))
    assert await names(led, ("rarity", "&")) == ["chat-1500"]
    assert await names(led, ("-",)) == []


async def test_what_is_found_by_name_and_in_a_message_has_a_hit(
    filled: Store, session: database.Pool
) -> None:
    await session.execute(
        "update chats set visitor = jsonb_build_object('name', 'Rarity')"
        " where chat_id in ('chat-3', 'chat-1500')"
    )
    await session.execute(
        "insert into notes (chat_id, text, author_id, author_name)"
        " values ('chat-3', 'a rarity', 'anna', 'Anna')"
    )
    page = await filled.lists.chats("all", ("rarity",), None, 50, "anna")
    assert [chat.chat_id for chat in page.chats] == ["chat-3", "chat-1500"]
    assert [hit.chat_id for hit in await filled.lists.hits(page, ("rarity",))] == ["chat-1500"]
    assert [hit.chat_id for hit in await filled.lists.note_hits(page, ("rarity",))] == ["chat-3"]


@pytest.mark.parametrize(("name", "word"), [("Robin", "rob"), ("王小明", "小明")])
async def test_the_newest_chats_of_a_name_come_first_however_many_share_it(
    filled: Store, session: database.Pool, name: str, word: str
) -> None:
    await session.execute(
        "insert into chats (chat_id, visitor, listed_at) select 'named-' || n,"
        " jsonb_build_object('name', $1::text), now() + make_interval(secs => n)"
        " from generate_series(1, 6000) n",
        name,
    )
    newest = [f"named-{n}" for n in range(6000, 5500, -1)]
    assert await names(filled, (word,)) == newest
    assert await names(filled, (word,), narrow=Narrow(where="messages")) == newest
    assert await names(filled, (word,), narrow=Narrow(where="notes")) == []
    await session.execute(
        "update chats set listed_at = now() - interval '2 days',"
        " created_at = now() - interval '2 days'"
    )
    await session.execute(
        "update chats set listed_at = now() where chat_id in ('named-7', 'named-9')"
    )
    recent = Narrow(after=datetime.now(UTC) - timedelta(hours=1))
    assert set(await names(filled, (word,), narrow=recent)) == {"named-7", "named-9"}
    older = Narrow(before=datetime.now(UTC) - timedelta(hours=1))
    assert len(await names(filled, (word,), narrow=older)) == 500


async def read(session: database.Pool) -> tuple[int, int]:
    """Entries read so far of the index of words, and of that of the list."""
    await session.execute("select pg_stat_force_next_flush()")
    found = await session.fetch(
        "select indexrelname, idx_tup_read from pg_stat_user_indexes"
        " where indexrelname in ('messages_by_words', 'chats_by_time')"
    )
    entries = {row["indexrelname"]: row["idx_tup_read"] for row in found}
    return entries["messages_by_words"], entries["chats_by_time"]
