"""Reading costs what it is charged for: rendered once, bounded by bytes, drawn from buckets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from core.protocol.markdown import RENDERER, html
from core.store.database import Pool
from tests.access.people import User, begin, call, people, signed
from tests.client import Client
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_ticket

# Many small tables, emphasis and phone numbers: of all texts these took longest.
TABLES = "[a]: b\n\n|a|b|\n|-|-|\n|1|2|\n\n請**a**> \\+49 151 1234567 " * 100
WORST = TABLES[:4800]
CHEAP = "a few words " * 400
MANY, ROUNDS = 25, 20

# At once six reads of a visitor, twelve of a manager, three searches.
FEW = {"READS_PER_MINUTE": "30"}


async def fill(pool: Pool, chat_id: str, text: str, role: str, count: int = MANY) -> None:
    """Messages as an older release stored them, without HTML."""
    await pool.execute(
        "with c as (update chats set last_seq = $4, listed_at = now() where chat_id = $1)"
        " insert into messages (chat_id, seq, role, text)"
        " select $1, n, $3, $2 from generate_series(1, $4) n",
        chat_id,
        text,
        role,
        count,
    )


def cpu(server: Server) -> int:
    """What the server has taken of the processor, in ticks: a busy machine changes little."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def history(server: Server, user: User, **query: int) -> dict[str, Any]:
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    path = f"/history?chat_id={user.chat_id}{asked}"
    answer = await asyncio.to_thread(call, server, "GET", path, user.token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def cost(server: Server, read: Callable[[], Awaitable[int]]) -> float:
    """Ticks for each kilobyte that was read, after the first time."""
    await read()
    began, size = cpu(server), 0
    for _ in range(ROUNDS):
        size += await read()
    return (cpu(server) - began + 1) / size * 1000


@pytest.mark.parametrize("way", ["history", "resume"])
async def test_i12_what_is_hard_to_render_is_as_cheap_to_read_as_words(
    shared: Serve, pool_of: PoolOf, way: str
) -> None:
    server = signed(shared, MESSAGES_PER_MINUTE="0", READS_PER_MINUTE="0")
    pool = await pool_of(server)
    costs = []
    for text in (CHEAP, WORST):
        user = begin(server)
        await fill(pool, user.chat_id, text, "assistant" if text == WORST else "user")
        async with user.client() as client:

            async def read(user: User = user, client: Client = client) -> int:
                frame = await (client.resume() if way == "resume" else history(server, user))
                return sum(len(m["text"]) + len(m.get("html", "")) for m in frame["messages"])

            costs.append(await cost(server, read))
    words, worst = costs
    assert worst < 4 * words


async def test_i12_one_request_renders_a_bounded_number(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    user = begin(server)
    await fill(await pool_of(server), user.chat_id, "**a**", "manager", 50)
    rendered = []
    for _ in range(3):
        page = await history(server, user)
        assert len(page["messages"]) == 50
        rendered.append(sum("html" in message for message in page["messages"]))
    assert rendered == [20, 40, 50]


async def test_what_is_stored_is_read_and_another_version_is_rendered_anew(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    body = {"chat_id": user.chat_id, "text": "**I** am here"}
    sent = call(server, "POST", "/manager/send", tokens["agent"], json=body).json()
    assert sent["html"] == html(body["text"])
    stored = await pool.fetch(
        "select role, html, renderer, rev from messages where chat_id = $1 order by seq",
        user.chat_id,
    )
    assert [tuple(row) for row in stored] == [
        ("user", None, None, 1),
        ("assistant", "<p>hello</p>", RENDERER, 1),
        ("manager", sent["html"], RENDERER, 1),
    ]
    change = "update messages set html = $2, renderer = $3 where chat_id = $1 and role <> 'user'"

    async def read() -> list[str | None]:
        page = await history(server, user)
        assert {message["rev"] for message in page["messages"]} == {1}
        async with user.client() as client:
            ready = await client.resume()
        assert ready["messages"] == page["messages"]
        return [message.get("html") for message in page["messages"]]

    await pool.execute(change, user.chat_id, "<p>stored</p>", RENDERER)
    assert await read() == [None, "<p>stored</p>", "<p>stored</p>"]
    await pool.execute(change, user.chat_id, "<p>older</p>", RENDERER - 1)
    assert await read() == [None, "<p>hello</p>", sent["html"]]
    assert await pool.fetchval(
        "select bool_and(html <> '<p>older</p>' and renderer = $2) from messages"
        " where chat_id = $1 and role <> 'user'",
        user.chat_id,
        RENDERER,
    )


async def test_a_broadcast_is_rendered_once_and_stored_in_each_chat(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    async with user.client() as client:
        body = {"text": "**all**", "audience": [user.chat_id]}
        assert call(server, "POST", "/manager/broadcast", tokens["admin"], json=body).is_success
        frame = await client.next("message", role="manager")
    assert frame["html"] == "<p><strong>all</strong></p>"
    [row] = await pool.fetch(
        "select html, renderer from messages where chat_id = $1 and role = 'manager'", user.chat_id
    )
    assert tuple(row) == (frame["html"], RENDERER)


async def test_i12_a_visitors_reads_are_bounded_and_others_are_not(shared: Serve) -> None:
    server = signed(shared, **FEW)
    user, other = begin(server), begin(server)
    path = f"/history?chat_id={user.chat_id}"
    answers = [call(server, "GET", path, user.token) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "too_many"
    assert refused.headers["retry-after"] == str(refused.json()["retry_after"]) != "0"
    assert call(server, "GET", f"/history?chat_id={other.chat_id}", other.token).status_code == 200


async def test_i12_resumes_of_all_sockets_of_a_chat_are_bounded_together(shared: Serve) -> None:
    server = signed(shared, **FEW)
    user = begin(server)
    ready = refused = 0
    for _ in range(4):
        async with user.client() as client:
            for _ in range(4):
                await client.send("resume", after=0)
            await client.wait(lambda _, c=client: len(c.frames) == 4)  # type: ignore[misc]
            ready += len(client.of("ready"))
            refused += len(client.of("error", code="too_many"))
            assert all(frame["retry_after"] >= 1 for frame in client.of("error"))
    assert ready + refused == 16 and 6 <= ready < 16


async def test_i12_a_managers_reads_and_searches_are_bounded(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, **FEW)
    pool = await pool_of(server)
    _, tokens = await people(server, pool)

    def statuses(path: str, times: int, who: str = "agent") -> list[int]:
        return [call(server, "GET", path, tokens[who]).status_code for _ in range(times)]

    assert 429 in statuses("/manager/chats?q=hello", 9)
    # The list itself is not a search.
    assert 200 in statuses("/manager/chats", 2)
    assert 429 in statuses("/manager/chats", 24)
    assert statuses("/manager/chats", 1, "admin") == [200]
    async with await manager_socket(server, pool, tokens) as manager:
        for _ in range(24):
            await manager.send("resume")
        await manager.wait(lambda _: len(manager.frames) == 24)
        assert manager.of("ready") and manager.of("error", code="too_many")


async def manager_socket(server: Server, pool: Pool, tokens: dict[str, str | None]) -> Client:
    me = call(server, "GET", "/manager/me", tokens["admin"]).json()
    return Client(server, f"/manager/ws?ticket={await manager_ticket(pool, me['id'])}")


async def test_nobody_who_works_meets_these_limits(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    chats = [begin(server).chat_id for _ in range(10)] * 4
    for chat_id in chats[:10]:
        await fill(pool, chat_id, "hello", "user", 3)
    headers = {"authorization": f"Bearer {tokens['admin']}"}
    # A console with forty chats, in three tabs, after a break of its network.
    named = "&".join(f"chat_id={chat_id}" for chat_id in chats)
    paths = ["/manager/chats?filter=open", f"/manager/chats?{named}"]
    paths += [f"/history?chat_id={chat_id}&after=1&limit=200" for chat_id in chats]
    async with (
        httpx2.AsyncClient(base_url=server.url, verify=False, timeout=60) as client,
        await manager_socket(server, pool, tokens) as manager,
    ):
        answers = await asyncio.gather(*(client.get(path, headers=headers) for path in paths * 3))
        assert {answer.status_code for answer in answers} == {200}
        for chat_id in chats * 3:
            await manager.send("watch", chat_id=chat_id)
        await manager.send("resume")
        await manager.next("ready")
        assert not manager.of("error")
    # A visitor whose network breaks again and again.
    for _ in range(40):
        async with user.client() as visitor:
            assert (await visitor.resume())["messages"]
            assert not visitor.of("error")
