"""I4 with a dead OpenAI: a sentence in time, a person is called, and no help to come back."""

import asyncio
import socket
import time
from collections.abc import Callable

import pytest

from core.chat import sentences
from core.model import ChatId, ConnectionId, Target
from core.store.answers import Terms
from core.store.database import Pool
from core.store.store import Store
from tests.client import manager, visitor
from tests.openai_server import OpenAIServer, answer_to
from tests.server import Server

Serve = Callable[..., Server]

RETRY_SECONDS = 8.0
A = ChatId("a")

pytestmark = pytest.mark.timeout(600)


async def test_i4_a_dead_provider_calls_a_person_and_answers_again_when_it_is_back(
    serve: Serve,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = serve(
        OPENAI_KEY="key",
        OPENAI_BASE_URL=f"http://127.0.0.1:{port}/v1",
        QUIET_SECONDS="0",
        RETRY_SECONDS=str(RETRY_SECONDS),
    )
    async with visitor(server, "a") as user, manager(server) as boss:
        began = time.monotonic()
        await user.say("is anyone there?")
        reply = await user.next("message", reply_to=1)
        # What the settings promise, and a breath for the machine: the slower, the longer.
        assert time.monotonic() - began < RETRY_SECONDS + 3 * max(1.0, server.start_seconds)
        assert (reply["state"], reply["text"]) == ("failed", sentences.FAILED["en"])
        waits = await boss.wait(lambda f: f.get("waiting_for") == "failed")
        assert (waits["chat_id"], waits["owner"]) == ("a", "assistant")
        back = OpenAIServer(port)
        with back:
            await user.say("and now?")
            answer = await user.next("message", reply_to=3)
            assert (answer["state"], answer["text"]) == ("final", answer_to("and now?"))
    assert server.get("/manager/chats", filter="waiting").json()["chats"] == []


async def test_i4_an_answer_whose_writer_died_is_taken_up_by_one_and_only_when_its_heart_is_old(
    pool: Pool, store: Store
) -> None:
    user = ConnectionId("user")
    await store.connections.enter(Target(user, "http://node/ws"), A)
    await store.turns.receive(user, "hello", "c1")

    async def claim() -> str:
        found = await store.answers.claim(A, Terms(True, 0, 10))
        return found.outcome

    async def heartbeat(seconds: float) -> None:
        statement = "update chats set beat_at = clock_timestamp() - make_interval(secs => $1)"
        await pool.execute(statement, seconds)

    first = await store.answers.claim(A, Terms(True, 0, 10))
    assert first.claim is not None
    await heartbeat(19)
    assert [await claim() for _ in range(3)] == ["live"] * 3
    assert A not in await store.sweep.pending(10)
    await heartbeat(21)
    assert A in await store.sweep.pending(10)
    outcomes = await asyncio.gather(*(claim() for _ in range(12)))
    assert sorted(outcomes) == ["claimed"] + ["live"] * 11
    # The dead one wakes: it can neither show nor say anything.
    assert (await store.answers.save(first.claim, 0, "too late", merge=True)).outcome == "fenced"
    assert await store.turns.finish(first.claim, "too late") is None
