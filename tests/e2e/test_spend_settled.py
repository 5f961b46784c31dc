"""M7: however an answer ends, its cost is settled: once, and nothing stays reserved."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from core.store.database import Pool
from tests.client import Client, visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server
from tests.spending import COST, asked, nothing_is_reserved, paid, settled

QUESTION = "question " * 40
# What the provider reads, by our estimate.
READING = COST.instructions + len(QUESTION) // 4
LONG = Behaviour(text="word " * 4000, delay=0.02)


@pytest.fixture(params=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass
class Ending:
    """What the provider does, and what that costs by its own count."""

    behaviours: list[Behaviour]
    cost: int
    settings: dict[str, str] = field(default_factory=dict)


BY_COUNT = {
    "an answer": Ending([Behaviour(cost=3_000)], 3_000),
    "an answer, cut at its limit": Ending([Behaviour(cost=3_000, end="max_output_tokens")], 3_000),
    "EMPTY, cut at its limit": Ending(
        [Behaviour(text="", cost=3_000, end="max_output_tokens")], 3_000
    ),
    "EMPTY, and EMPTY again": Ending(
        [Behaviour(text="", cost=3_000), Behaviour(text="", cost=2_000)], 5_000
    ),
    "EMPTY, and then an answer": Ending(
        [Behaviour(text="", cost=3_000), Behaviour(cost=2_000)], 5_000
    ),
    "FILTER": Ending([Behaviour(end="content_filter", cost=3_000)], 3_000),
    "429": Ending([Behaviour(status=429)], 0, {"RETRY_SECONDS": "0"}),
    "500, and then an answer": Ending([Behaviour(status=500), Behaviour(cost=3_000)], 3_000),
    "a person is asked for": Ending([Behaviour(ask="Please come.", cost=3_000)], 3_000),
}


@pytest.mark.parametrize("ending", BY_COUNT)
async def test_m7_what_the_provider_counted_is_settled(
    ending: str, shared: Serve, openai_server: OpenAIServer, api: str, chat_id: str
) -> None:
    one = BY_COUNT[ending]
    server = paid(shared, openai_server, OPENAI_API=api, **{"RETRY_SECONDS": "3", **one.settings})
    before = await settled(server)
    openai_server.script(*one.behaviours)
    async with visitor(server, chat_id) as user:
        await user.say(QUESTION)
        await user.reply_to(1)
    assert await settled(server) - before == one.cost
    assert len(openai_server.requests) == len(one.behaviours)


async def stop(server: Server, user: Client) -> None:
    await user.send("stop")


async def take_over(server: Server, user: Client) -> None:
    server.post("/manager/chats/a/owner", {"owner": "manager"}).raise_for_status()


async def close(server: Server, user: Client) -> None:
    server.post("/manager/chats/a/status", {"status": "closed"}).raise_for_status()


async def write(server: Server, user: Client) -> None:
    body = {"chat_id": "a", "text": "I am here.", "client_id": "m-1"}
    server.post("/manager/send", body).raise_for_status()


ENDS: dict[str, Callable[[Server, Client], Awaitable[None]]] = {
    one.__name__: one for one in (stop, take_over, close, write)
}


@pytest.mark.parametrize("how", ENDS)
async def test_m7_an_answer_that_somebody_ends_is_estimated(
    how: str, serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server)
    openai_server.script(LONG)
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        await user.next("delta")
        await ENDS[how](server, user)
        spent = await settled(server)
    assert READING < spent < READING + 500
    assert await nothing_is_reserved(pool)


async def test_m7_a_stop_before_a_next_question_counts_both(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    """The next claim may come before the stopped writer sees that it was stopped."""
    server = paid(serve, openai_server)
    openai_server.script(LONG, Behaviour(text="Short.", cost=3_000))
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        await user.next("delta")
        await user.send("stop")
        await user.next("message", state="interrupted")
        await user.say("and now")
        await user.wait(lambda f: f.get("role") == "assistant" and f["state"] == "final")
        await asyncio.to_thread(openai_server.requests[0].disconnected.wait, 60)
        spent = await settled(server) - 3_000
    assert READING < spent < READING + 500
    assert await nothing_is_reserved(pool)


async def test_m7_an_answer_that_begins_anew_counts_what_was_asked_before(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server)
    openai_server.script(replace(LONG, quiet=2), Behaviour(cost=3_000))
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        await asked(openai_server, 1)
        await user.say("one thing more")
        await user.reply_to(2)
    assert READING <= await settled(server) - 3_000 < READING + 100
    assert await nothing_is_reserved(pool)


async def test_m7_an_answer_that_takes_too_long_is_estimated(
    serve: Serve, openai_server: OpenAIServer, pool: Pool, api: str
) -> None:
    server = paid(serve, openai_server, OPENAI_API=api, ANSWER_SECONDS="2")
    openai_server.script(LONG)
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        assert (await user.reply_to(1))["state"] == "failed"
    assert READING < await settled(server) < READING + 500
    assert await nothing_is_reserved(pool)


async def killed(server: Server, openai: OpenAIServer, *then: Behaviour) -> None:
    """A process dies while it writes, and another one begins."""
    openai.script(LONG, *then)
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        await user.next("delta")
        server.stop(signal.SIGKILL)
    server.start()


async def test_m7_a_writer_that_dies_is_estimated_beside_the_next(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, SWEEP_SECONDS="0.5")
    await killed(server, openai_server, Behaviour(text="Short.", cost=3_000))
    async with visitor(server, "a") as user:
        await user.resume()
        assert (await user.reply_to(1))["text"] == "Short."
    assert READING < await settled(server) - 3_000 < READING + 500
    assert await nothing_is_reserved(pool)


async def test_m7_a_writer_that_dies_in_a_chat_that_nobody_asks_in_is_swept(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, SWEEP_SECONDS="0.5")
    await killed(server, openai_server)
    async with visitor(server, "a") as user:
        await stop(server, user)
        spent = await settled(server)
    # The draft was stored as an interrupted message. It counts all the same.
    assert READING < spent < READING + 500
    assert await nothing_is_reserved(pool)


async def test_m7_a_restart_settles_what_it_ends(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server)
    openai_server.script(LONG)
    async with visitor(server, "a") as user:
        await user.say(QUESTION)
        await user.next("delta")
    assert server.stop() == 0
    assert await nothing_is_reserved(pool)
    assert READING < await pool.fetchval("select tokens from spending") < READING + 500
