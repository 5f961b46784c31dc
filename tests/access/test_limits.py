"""What one visitor or one address may use is bounded, and they read when to try again."""

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from websockets.asyncio.client import connect

from core.errors import TooMany
from core.limits import Limits, Rate
from core.model import ChatId, ConnectionId, Target
from core.store.access import AccessStore
from core.store.database import Pool
from core.store.store import Store
from tests.access.people import begin, call, people, signed
from tests.client import Client
from tests.server import PoolOf, Serve, Server

ONE_A_SECOND = {"MESSAGES_PER_MINUTE": "60", "CHATS_PER_HOUR": "60", "SOCKETS_PER_CHAT": "3"}


async def test_a_thousand_messages_in_a_second_are_bounded_and_others_feel_nothing(
    shared: Serve,
) -> None:
    server = signed(shared, **ONE_A_SECOND)
    loop = asyncio.get_running_loop()
    async with begin(server).client() as flooder, begin(server).client() as other:

        async def flood() -> None:
            for n in range(1000):
                frame = {"action": "message", "text": f"flood {n}", "client_id": f"f{n}"}
                await flooder.socket.send(json.dumps(frame))

        started = loop.time()
        flooding = asyncio.create_task(flood())
        waits = []
        for n in range(5):
            began = loop.time()
            await other.say(f"hello {n}")
            waits.append(loop.time() - began)
        await flooding
        await flooder.wait(lambda f: f.get("client_id") == "f999", 60)
        took = loop.time() - started
        said = [f for f in flooder.of("message", role="user")]
        refused = flooder.of("error", code="too_many")
    assert len(said) + len(refused) == 1000
    # 30 at once, and one more for each second that it took.
    assert 30 <= len(said) <= 31 + took
    assert all(1 <= f["retry_after"] <= 60 and "try" not in f["code"] for f in refused)
    assert all(f"in {f['retry_after']} second" in f["message"] for f in refused)
    # Nobody stands behind the flood.
    assert max(waits) < took / 2


async def test_a_refused_message_is_taken_once_the_time_is_over(shared: Serve) -> None:
    server = signed(shared, MESSAGES_PER_MINUTE="120")
    async with begin(server).client() as client:
        frames = [await client.say(f"hello {n}", client_id=f"c{n}") for n in range(70)]
        refused = next(f for f in frames if f["type"] == "error")
        name = refused["client_id"]
        await asyncio.sleep(refused["retry_after"])
        await client.send("message", text="again", client_id=name)
        taken = await client.wait(lambda f: f.get("client_id") == name and f["type"] == "message")
        assert taken["text"] == "again"


async def test_a_thousand_chats_from_one_address_are_bounded(shared: Serve) -> None:
    server = signed(shared, **ONE_A_SECOND)
    began = time.monotonic()
    async with httpx2.AsyncClient(timeout=60, verify=False) as client:

        async def made(address: str) -> httpx2.Response:
            headers = {"x-forwarded-for": address}
            return await client.post(f"{server.url}/chats", json={}, headers=headers)

        several = asyncio.Semaphore(20)

        async def bounded(n: int) -> httpx2.Response:
            async with several:
                # An IPv6 customer has a whole network.
                return await made(f"2001:db8:1:2::{n:x}")

        answers = await asyncio.gather(*(bounded(n) for n in range(1000)))
        assert (await made("203.0.113.9")).status_code == 201
        assert (await made("2001:db8:1:3::1")).status_code == 201
    statuses = Counter(answer.status_code for answer in answers)
    # 20 at once, and one more for each minute that it took.
    assert set(statuses) == {201, 429}
    assert 20 <= statuses[201] <= 21 + (time.monotonic() - began) / 60
    refused = next(answer for answer in answers if answer.status_code == 429)
    body = refused.json()
    assert body["code"] == "too_many" and body["retry_after"] > 0
    assert refused.headers["retry-after"] == str(body["retry_after"])
    assert "try again in" in body["detail"]


async def test_open_sockets_of_one_chat_are_bounded(shared: Serve) -> None:
    server = signed(shared, **ONE_A_SECOND)
    user = begin(server)
    tickets = [user.socket_path() for _ in range(4)]
    sockets = [await connect(server.socket_url(path)) for path in tickets[:3]]
    with pytest.raises(Exception, match="429"):
        await connect(server.socket_url(tickets[3]))
    refused = call(server, "POST", "/tickets", user.token, json={})
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    await sockets[0].close()
    # The server hears of it a moment later.
    for _ in range(600):
        if call(server, "POST", "/tickets", user.token, json={}).is_success:
            break
        await asyncio.sleep(0.1)
    async with visitor_of(server, user.socket_path()) as again:
        await again.resume()
    for socket in sockets:
        await socket.close()


def visitor_of(server: Server, path: str) -> Client:
    return Client(server, path)


async def test_open_sockets_of_one_address_are_bounded(pool: Pool) -> None:
    store = Store(pool, Limits(sockets_per_address=3))

    async def open_one(name: str, address: str | None) -> None:
        target = Target(ConnectionId(name), "http://node/ws")
        await store.connections.enter(target, ChatId(name), address=address)

    results = await asyncio.gather(
        *(open_one(f"a{n}", "203.0.113.7") for n in range(3)), return_exceptions=True
    )
    assert results == [None] * 3
    with pytest.raises(TooMany):
        await open_one("a4", "203.0.113.7")
    await open_one("b1", "203.0.113.8")
    await open_one("local", None)


async def test_one_connection_cannot_ask_for_its_history_without_end(shared: Serve) -> None:
    server = signed(shared, MESSAGES_PER_MINUTE="6")
    began = time.monotonic()
    async with begin(server).client() as client:
        for _ in range(20):
            await client.send("resume", after=0)
            await client.send("typing")
        await client.send("ping")
        await client.next("pong")
        # Six of all frames at once, and one more for each two seconds that it took.
        assert 3 <= len(client.of("ready")) <= 7 + (time.monotonic() - began) / 2
        refused = client.of("error", code="too_many")
        assert refused and all(f["retry_after"] >= 1 for f in refused)


@pytest.mark.parametrize(
    ("left", "seconds", "burst", "rate", "tokens", "wait"),
    [
        (0.0, 3, 5, 1.0, 3.0, 0.0),
        (5.0, 3600, 5, 1.0, 5.0, 0.0),
        (0.5, 0, 5, 0.1, 0.5, 5.0),
        (None, None, 5, 1.0, 5.0, 0.0),
        (0.0, 0, 0, 0.0, math.inf, 0.0),
    ],
    ids=["fills again", "never above its brim", "empty", "new", "no limit"],
)
async def test_a_bucket(
    pool: Pool,
    left: float | None,
    seconds: float | None,
    burst: int,
    rate: float,
    tokens: float,
    wait: float,
) -> None:
    (found,) = await pool.fetch(
        "select tokens, wait_for_token(tokens, $4) as wait"
        " from in_bucket($1, now() - make_interval(secs => $2), $3, $4) tokens",
        left,
        seconds,
        burst,
        rate,
    )
    assert found["tokens"] == pytest.approx(tokens, abs=0.1)
    assert found["wait"] == pytest.approx(wait, abs=0.5)


def test_a_rate_is_read_as_people_write_it() -> None:
    assert Rate.per(60, 60, at_once=2) == Rate(30, 1.0)
    assert Rate.per(1, 60, at_once=2) == Rate(1, 1 / 60)
    assert Rate.per(0, 60, at_once=2).burst == 0


async def test_managers_are_not_limited(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared, MESSAGES_PER_MINUTE="6")
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    body = {"chat_id": user.chat_id, "text": "hi"}
    sent = [call(server, "POST", "/manager/send", tokens["agent"], json=body) for _ in range(10)]
    assert {answer.status_code for answer in sent} == {201}


async def test_i12_a_chat_has_a_bounded_number_of_tickets(pool: Pool) -> None:
    def ticket(number: int, chat: str) -> Awaitable[None]:
        name, until = f"{chat} {number}".encode(), datetime.now(UTC) + timedelta(days=1)
        return AccessStore(pool).add_ticket(name, ChatId(chat), None, until, None)

    for number in range(60):
        await ticket(number, "a")
    for _ in range(3):
        with pytest.raises(TooMany):
            await ticket(60, "a")
    await ticket(0, "b")
    # A minute later they have ended, and new ones take their place.
    await pool.execute("update tickets set expires_at = now() - interval '1 second'")
    await ticket(61, "a")
    assert await pool.fetchval("select count(*) from tickets where chat_id = 'a'") == 1
