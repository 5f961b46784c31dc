"""LocalStack down at start, dying in the middle, coming back empty: every message is answered."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest

from local.queues import SEND_SECONDS
from tests.client import visitor
from tests.infra.localstack import LocalStackServer
from tests.server import Server

Serve = Callable[..., Server]
ANSWERED_SECONDS = 120.0

pytestmark = pytest.mark.timeout(600)


def lines(server: Server, event: str) -> list[dict[str, object]]:
    """What the server logged of one event."""
    logged = (json.loads(line) for line in server.log.splitlines() if line.startswith("{"))
    return [line for line in logged if line.get("event") == event]


async def test_i1_away_at_start_dying_and_coming_back_empty(
    serve: Serve, own_localstack: LocalStackServer
) -> None:
    # No sweep: the memory alone answers what the queue cannot take.
    server = serve(**own_localstack.environment, SWEEP_SECONDS="600")
    (away,) = lines(server, "localstack_unavailable")
    assert own_localstack.url in str(away) and "memory" in str(away)
    texts = []
    async with visitor(server, "a") as user:

        async def ask(text: str) -> None:
            texts.append(text)
            stored = await user.say(text)
            assert stored["type"] == "message"
            await user.wait(
                lambda f: f.get("reply_to") == stored["seq"] and "seq" in f, ANSWERED_SECONDS
            )

        for text in ("one", "two"):
            await ask(text)
        own_localstack.start()
        await asyncio.to_thread(server.wait_for, "queue_available")
        await ask("three")
        own_localstack.stop()
        began = time.monotonic()
        for text in ("four", "five", "six", "seven"):
            await ask(text)
        # One waits for the queue, the others do not.
        assert time.monotonic() - began < SEND_SECONDS * 2 + server.start_seconds
        assert server.get("/healthz").status_code == 200
        own_localstack.start()
        await asyncio.to_thread(server.wait_for, "queue_available", 2)
        await ask("and again")
        assert [m["text"] for m in (await user.resume())["messages"]] == [
            text for said in texts for text in (said, said)
        ]
    # A line when it goes and a line when it is back, and no crash in between.
    assert len(lines(server, "queue_unavailable")) == 2
    assert len(lines(server, "queue_deployed")) >= 2
    assert "Traceback" not in server.log


async def test_the_sweep_finds_a_job_that_was_lost_with_the_queue(
    serve: Serve, own_localstack: LocalStackServer
) -> None:
    own_localstack.start()
    server = serve(**own_localstack.environment, SWEEP_SECONDS="1", ECHO_DELAY="60")
    async with visitor(server, "a") as user:
        await user.say("hello")
        own_localstack.stop()
        server.stop()
        own_localstack.start()
        server.environment["ECHO_DELAY"] = "0"
        server.start()
    async with visitor(server, "a") as user:
        await user.wait(lambda f: f.get("reply_to") == 1 and "seq" in f, ANSWERED_SECONDS)
