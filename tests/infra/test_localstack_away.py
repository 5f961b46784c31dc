"""LocalStack down at start, dying in the middle, coming back empty: every message is answered."""

import json
from collections.abc import Callable

import pytest

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


async def test_i4_away_at_start_dying_and_coming_back_empty(
    serve: Serve, own_localstack: LocalStackServer
) -> None:
    server = serve(**own_localstack.environment, SWEEP_SECONDS="1")
    (away,) = lines(server, "localstack_unavailable")
    assert own_localstack.url in str(away) and "answered when it is back" in str(away)
    async with visitor(server, "a") as user:
        # Stored, and said not to be passed on; the sweep does that later.
        assert (await user.say("one"))["code"] == "try_again"
        own_localstack.start()
        await user.wait(lambda f: f.get("reply_to") == 1, ANSWERED_SECONDS)
        assert (await user.say("two"))["type"] == "message"
        await user.wait(lambda f: f.get("reply_to") == 3, ANSWERED_SECONDS)

        own_localstack.stop()
        assert (await user.say("three"))["code"] == "try_again"
        assert server.get("/healthz").status_code == 200

        own_localstack.start()
        await user.wait(lambda f: f.get("reply_to") == 5, ANSWERED_SECONDS)
        assert (await user.say("four"))["type"] == "message"
        await user.wait(lambda f: f.get("reply_to") == 7, ANSWERED_SECONDS)
        texts = [m["text"] for m in (await user.resume())["messages"]]
    assert texts == [t for said in ("one", "two", "three", "four") for t in (said, said)]
    # A line when it goes and a line when it is back, and no crash in between.
    assert 2 <= len(lines(server, "queue_unavailable")) <= 4
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
        await user.wait(lambda f: f.get("reply_to") == 1, ANSWERED_SECONDS)
