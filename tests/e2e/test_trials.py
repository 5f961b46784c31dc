"""An assistant is tried out before it is saved: it is paid for, and nothing is stored."""

import asyncio
from typing import Any

import pytest

from core.store.database import Pool
from core.store.store import Store
from tests.access.people import call, signed
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.server import PoolOf, Serve, Server
from tests.spending import asked, budget, nothing_is_reserved, paid, settled
from tests.tickets import manager_token

pytestmark = pytest.mark.sites

TEA = "You sell tea."


def attempt(
    server: Server, *texts: str, status: int = 200, token: str | None = None, **more: Any
) -> dict[str, Any]:
    """What is answered to the last of these lines, of which the visitor wrote every second one."""
    roles = ("user", "assistant")
    lines = [{"role": roles[n % 2], "text": text} for n, text in enumerate(texts)]
    body = {"instructions": TEA, "lines": lines, **more}
    answer = call(server, "POST", "/manager/assistants/try", token, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def stored(pool: Pool) -> list[int]:
    tables = ("chats", "messages", "events", "contacts", "trials", "assistants")
    return [await pool.fetchval(f"select count(*) from {table}") for table in tables]


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_what_is_not_saved_answers_and_is_paid_for(
    serve: Serve, openai_server: OpenAIServer, pool: Pool, api: str
) -> None:
    server = paid(serve, openai_server, OPENAI_API=api)
    openai_server.script(Behaviour(cost=1200))
    before = await stored(pool)
    said = attempt(
        server, "Hi", "Hello!", "Sencha?", model="tea-model", max_output_tokens=2000, temperature=0
    )
    assert said["text"] == answer_to("Sencha?") and said["html"].startswith("<p>")
    assert (said["echoed"], said["tokens"], said["cut"]) == (False, 1200, False)
    body = openai_server.requests[-1].body
    assert body["model"] == "tea-model" and body["temperature"] == 0
    assert TEA in str(body) and "Hello!" in str(body)
    assert await settled(server) == 1200
    assert await pool.fetchval("select tokens from site_spending") == 1200
    assert await nothing_is_reserved(pool)
    assert await stored(pool) == before
    for text in (TEA, "Sencha?"):
        assert text not in server.log


async def test_the_days_budget_holds(serve: Serve, openai_server: OpenAIServer, pool: Pool) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="20000")
    openai_server.script(Behaviour(text="Slowly. " * 20, delay=0.1), Behaviour(cost=30_000))
    first = asyncio.create_task(asyncio.to_thread(attempt, server, "one"))
    await asked(openai_server, 1)
    assert budget(server)["tokens_reserved"] > 10_000
    # The others' part is left to them.
    busy = await asyncio.to_thread(attempt, server, "two", status=429)
    assert "reserved" in busy["detail"] and busy["retry_after"] > 0
    assert (await first)["text"].startswith("Slowly.")
    assert attempt(server, "three")["tokens"] == 30_000
    assert "budget" in attempt(server, "four", status=409)["detail"]
    assert len(openai_server.requests) == 2 and await nothing_is_reserved(pool)


async def test_a_failure_is_told_and_costs_what_it_cost(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server)
    openai_server.script(
        Behaviour(status=404, code="model_not_found", says="no model x"),
        Behaviour(status=429, code="rate_limit_exceeded"),
        Behaviour(status=400, code="bad", says="temperature is not supported"),
    )
    assert "`model`" in attempt(server, "hi", status=422, model="x")["detail"]
    attempt(server, "hi", status=503)
    assert "bad_request" in attempt(server, "hi", status=409)["detail"]
    assert server.log.count("trial_failed") == 3
    assert await settled(server) == 0 and await nothing_is_reserved(pool)
    attempt(server, "hi", "hello", status=422)
    attempt(server, "hi", status=404, site="nowhere")


async def test_nobody_tries_without_end_and_without_a_key_the_echo_answers(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, MESSAGES_PER_MINUTE="1")
    pool = await pool_of(server)
    token = await manager_token(pool, "boss", "admin")
    said = attempt(server, "hi", token=token)
    assert said == {"text": "hi", "html": "<p>hi</p>", "echoed": True, "cut": False}
    assert attempt(server, "hi", status=429, token=token)["retry_after"] > 0
    assert await pool.fetchval("select count(*) from spending") == 0


async def test_what_a_crash_left_reserved_is_settled_by_the_sweep(store: Store, pool: Pool) -> None:
    await pool.execute(
        "select begin_trial(gen_random_uuid(), 'default', 500, 0);"
        "update trials set began_at = now() - interval '6 minutes'"
    )
    assert not await nothing_is_reserved(pool)
    await store.sweep.settle_stale(100)
    assert await nothing_is_reserved(pool)
    assert (await store.answers.spent_today()).tokens == 500
