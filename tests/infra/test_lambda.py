"""Each function under AWS's own runtime client, as Lambda starts, calls and hears it."""

import asyncio
import json
import os
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.store.database import Pool
from tests.infra.events import connect_event, disconnect_event, http_event, message_event, sqs_event
from tests.infra.runtime_api import Function, FunctionError
from tests.tickets import SECRET_KEY, user_ticket

Start = Callable[..., Function]
Invoke = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def start(dsn: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Start functions with what every one finds in its environment; all are stopped."""
    started: list[Function] = []

    def started_with(name: str, **environment: str) -> Function:
        given = {
            "DATABASE_URL": dsn,
            "DATABASE_CONNECTIONS": "1",
            "RING_QUEUE_URL": "http://127.0.0.1:9/000000000000/rings",
            "SECRET_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            **environment,
        }
        function = Function(name, given, tmp_path / f"{name}.log")
        started.append(function)
        return function

    yield started_with
    for function in started:
        await function.stop()


async def backends(pool: Pool) -> set[int]:
    """The database connections of functions, by their server process."""
    async with pool.acquire() as connection:
        rows = await connection.fetch(
            "select pid from pg_stat_activity where datname = current_database()"
            " and application_name = 'switchboard' and pid <> pg_backend_pid()"
        )
    return {row["pid"] for row in rows}


EVENTS: dict[str, Any] = {
    "connect": connect_event("a"),
    "message": message_event(json.dumps({"action": "resume", "after": 0})),
    "disconnect": disconnect_event(),
    "responder": sqs_event(("m1", json.dumps({"chat_id": "nobody"}))),
    "sweep": {"source": "aws.events"},
    "http": http_event("GET", "/readyz"),
}


@pytest.mark.parametrize("name", EVENTS)
async def test_a_cold_start_and_ten_warm_calls_on_one_loop_and_one_connection(
    name: str, start: Start, pool: Pool
) -> None:
    function = start(name)
    event = EVENTS[name]
    if name == "connect":
        # A repeated event is answered as the first one was: the ticket is spent by then.
        event = connect_event("a", ticket=await user_ticket(pool, "a"))
    await function.invoke(event)
    (first,) = await backends(pool)
    for _ in range(10):
        answer = await function.invoke(event)
        assert isinstance(answer, dict)
        # A connection belongs to its loop: the same one ten times is the same loop, too.
        assert await backends(pool) == {first}
    (container,) = function.containers
    assert 0 < container.cold_seconds < 20


async def test_the_handlers_answer_what_the_gateway_expects(start: Start, pool: Pool) -> None:
    ticket = await user_ticket(pool, "a")
    accepted = await start("connect").invoke(connect_event("a", ticket=ticket))
    assert accepted["statusCode"] == 200
    answered = await start("message").invoke(message_event('{"action": "ping"}'))
    assert json.loads(answered["body"]) == {"type": "pong"}
    page = await start("http").invoke(http_event("GET", "/healthz"))
    assert page["statusCode"] == 200 and json.loads(page["body"]) == {"status": "ok"}


async def test_an_exception_is_reported_as_lambda_reports_it(start: Start) -> None:
    function = start("message")
    with pytest.raises(FunctionError) as failed:
        await function.invoke({"not": "an event of API Gateway"})
    report = failed.value.report
    assert report["errorType"] == "KeyError" and "requestContext" in report["errorMessage"]
    assert any("functions/message.py" in line for line in report["stackTrace"])
    # The container lives on, and so does its loop.
    answered = await function.invoke(message_event('{"action": "ping"}'))
    assert json.loads(answered["body"]) == {"type": "pong"}
    assert len(function.containers) == 1


async def test_just_the_bad_record_fails(start: Start) -> None:
    fine, bad = json.dumps({"chat_id": "nobody"}), "not a job"
    answer = await start("responder").invoke(sqs_event(("m1", fine), ("m2", bad), ("m3", fine)))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


async def test_no_socket_opens_in_open_mode(start: Start) -> None:
    with pytest.raises(FunctionError) as refused:
        await start("connect", SECRET_KEY="").invoke(EVENTS["connect"])
    assert refused.value.report["errorType"] == "Misconfigured"
    assert "SECRET_KEY" in refused.value.report["errorMessage"]


@pytest.mark.parametrize("name", sorted(set(EVENTS) - {"connect", "http"}))
async def test_the_others_work_without_the_key(name: str, start: Start) -> None:
    assert isinstance(await start(name, SECRET_KEY="").invoke(EVENTS[name]), dict)


async def test_http_refuses_to_run_in_open_mode_with_a_problem(start: Start) -> None:
    answer = await start("http", SECRET_KEY="").invoke(http_event("GET", "/manager/chats"))
    assert answer["statusCode"] == 500
    # Mangum sends what it does not know as text in base64; the gateway undoes that.
    encoded = answer.get("isBase64Encoded")
    body = b64decode(answer["body"]) if encoded else answer["body"]
    assert json.loads(body)["code"] == "internal"


async def test_what_the_visitors_frames_need_is_imported_and_no_more() -> None:
    """Importing is most of a cold start."""
    code = "import sys, functions.{0}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    for name in ("connect", "message", "disconnect", "sweep"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code.format(name)),
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": "."},
        )
        out, _ = await process.communicate()
        loaded = set(out.decode().split())
        assert "asyncpg" in loaded
        assert not loaded & {"openai", "fastapi", "boto3", "aioboto3", "mangum", "markdown_it"}
