"""The whole stack as it runs on AWS, each function in processes of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from core.store.database import Pool
from local.localstack import LocalStack
from tests.client import Client
from tests.infra.events import http_event
from tests.infra.localstack import LocalStackServer
from tests.infra.stack import Stack
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.tickets import manager_ticket, manager_token, user_ticket

HISTORY = "select role, state from messages where chat_id = 'a' order by seq"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def stack(
    localstack: LocalStackServer,
    dsn: str,
    pool: Pool,
    openai_server: OpenAIServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stack]:
    for name, value in localstack.environment.items():
        monkeypatch.setenv(name, value)
    # The template's own two queues, under a name of this test's own.
    queue = LocalStack(localstack.url, "us-east-1", stack=f"whole-{tmp_path.name[-12:]}")
    assert await queue.deploy()
    made = Stack(
        localstack,
        queue.queue_url,
        tmp_path,
        DATABASE_URL=dsn,
        OPENAI_KEY="key",
        OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
    )
    async with made.running() as running:
        await warm_up(running, pool)
        openai_server.reset()
        running.callbacks.clear()
        yield running


async def warm_up(stack: Stack, pool: Pool) -> None:
    """Let every function start and push once: the first time takes longer than a push may, if the
    machine is busy, and then the socket is closed."""
    for n in range(10):
        with suppress(AssertionError, ConnectionClosed):
            async with await visitor(stack, pool, f"first-{n}") as user:
                await user.insist("well met")
                await user.wait(lambda f: f.get("reply_to") == 1 and "seq" in f)
                break


async def visitor(stack: Stack, pool: Pool, chat_id: str = "a") -> Client:
    return Client(stack, f"/ws?ticket={await user_ticket(pool, chat_id)}")


async def test_a_visitor_gets_a_streamed_answer_and_a_manager_sees_it(
    stack: Stack, pool: Pool, openai_server: OpenAIServer
) -> None:
    openai_server.script(Behaviour(delay=0.05))
    token = await manager_token(pool, "anna")
    async with (
        await visitor(stack, pool) as user,
        Client(stack, f"/manager/ws?ticket={await manager_ticket(pool, 'anna')}") as boss,
    ):
        said = await user.insist("hello")
        assert said["seq"] == 1
        await boss.send("watch", chat_id="a")
        for client in (user, boss):
            reply = await client.wait(lambda f: f.get("reply_to") == 1 and "seq" in f, 120)
            assert (reply["state"], reply["text"]) == ("final", answer_to("hello"))
        pieces = user.of("delta", reply_to=1)
        assert len(pieces) > 1 and "".join(d["text"] for d in pieces) == answer_to("hello")
        await user.send("ping")
        await user.next("pong")
    assert token and {method for method, _ in stack.callbacks} == {"POST"}
    # Nothing was called by anyone who cannot sign.
    name = stack.callbacks[0][1]
    async with httpx2.AsyncClient() as stranger:
        where = f"http://127.0.0.1:{stack.port}/ws/@connections/{name}"
        assert (await stranger.post(where, content=b"forged")).status_code == 403
    assert {f.name for c in stack.functions.values() for f in c.containers} == {
        "connect", "message", "disconnect", "responder"
    }  # fmt: skip


async def test_i5_a_manager_takes_over_in_the_middle_of_the_answer(
    stack: Stack, pool: Pool, openai_server: OpenAIServer
) -> None:
    openai_server.script(Behaviour(text="one piece and then another " * 60, delay=0.1))
    async with await visitor(stack, pool) as user:
        await user.insist("tell me everything")
        await user.next("delta", seconds=120)
        body = json.dumps({"chat_id": "a", "text": "Anna here"})
        event = http_event("POST", "/manager/send", body=body, token=await manager_token(pool))
        assert (await stack.functions["http"].invoke(event))["statusCode"] == 201
        await user.next("message", role="manager", text="Anna here")
        kept = (await user.resume(after=0))["messages"]
        assert [(m["role"], m["state"]) for m in kept] == [
            ("user", "final"), ("assistant", "interrupted"), ("manager", "final")
        ]  # fmt: skip
        # The writer finds out at its next flush, and the provider is hung up on.
        assert await asyncio.to_thread(openai_server.requests[0].disconnected.wait, 120)
        shown = "".join(d["text"] for d in user.of("delta"))
        assert kept[1]["text"].startswith(shown) or shown == kept[1]["text"]
        assert not user.of("message", role="assistant", state="final")
    assert len(await history(pool)) == 3


async def test_i4_a_responder_killed_in_the_middle_is_followed_by_another(
    stack: Stack, pool: Pool, openai_server: OpenAIServer
) -> None:
    openai_server.script(Behaviour(text="never finished " * 200, delay=0.1))
    async with await visitor(stack, pool) as user:
        await user.insist("hello")
        await user.next("delta", seconds=120)
        assert stack.responders
        for container in stack.responders:
            assert container.process is not None
            container.process.kill()
        # The dead writer left a job behind. That job finds the old heartbeat.
        reply = await user.wait(lambda f: f.get("reply_to") == 1 and "seq" in f, 90)
        assert (reply["state"], reply["text"]) == ("final", answer_to("hello"))
    assert len(openai_server.requests) == 2
    assert [row["state"] for row in await history(pool)] == ["final", "final"]


async def test_i3_doubled_jobs_change_nothing(stack: Stack, pool: Pool) -> None:
    async with await visitor(stack, pool) as user:
        await user.insist("hello")
        for _ in range(5):
            await stack.send_job("a")
        await user.wait(lambda f: f.get("reply_to") == 1 and "seq" in f, 120)
        for _ in range(5):
            await stack.send_job("a")
        await user.insist("again")
        await user.wait(lambda f: f.get("reply_to") == 3 and "seq" in f, 120)
    assert [row["role"] for row in await history(pool)] == ["user", "assistant"] * 2
    bodies = [json.loads(job["body"]) for job in stack.jobs if "first-" not in job["body"]]
    assert bodies.count({"chat_id": "a"}) == len(bodies) >= 7


async def history(pool: Pool) -> list[dict[str, str]]:
    return [dict(row) for row in await pool.fetch(HISTORY)]
