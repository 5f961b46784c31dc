"""On AWS a call of the functions is ordered for the earliest timer, by each of the two ways."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aioboto3
import pytest

from core import socket_app
from core.app import App
from core.chat.timers import KINDS, Handler
from core.delivery.jobs import RunTimers, read_job, write_job
from core.settings import Settings
from core.store.database import Pool
from functions import responder, sweep
from functions.runtime import Container
from local.gateway.context import LambdaContext
from tests.functions.test_handlers import sqs_event

pytestmark = pytest.mark.noticed

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:rings"
ROLE_ARN = "arn:aws:iam::123456789012:role/timers"
SET = "select set_timer($1, $2, clock_timestamp() + make_interval(secs => $3))"

# Each statement of a session changes it.
ASKED = "select query_start from pg_stat_activity where pid = $1"


@dataclass
class Aws:
    scheduler: Any
    sqs: Any
    queue_url: str


@pytest.fixture
async def aws(sqs: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Aws]:
    """A client of each service, an empty queue and an empty group."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", sqs)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    session: Any = aioboto3.Session(region_name="us-east-1")
    async with session.client("scheduler") as scheduler, session.client("sqs") as queue:
        with suppress(scheduler.exceptions.ConflictException):
            await scheduler.create_schedule_group(Name="chat-timers")
        with suppress(scheduler.exceptions.ResourceNotFoundException):
            await scheduler.delete_schedule(GroupName="chat-timers", Name="timers")
        made = await queue.create_queue(QueueName=f"rings-{secrets.token_hex(4)}")
        yield Aws(scheduler, queue, made["QueueUrl"])


class Functions:
    """Containers of functions: each hears of the timers that its own statements set."""

    def __init__(self, read: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read = read
        self.ran: list[str] = []
        self._apps: list[App] = []

        async def ring(ref: str) -> None:
            self.ran.append(ref)

        def handlers(app: App) -> dict[str, Handler]:
            return {"ring": ring}

        monkeypatch.setattr(App, "_timer_handlers", handlers)
        monkeypatch.setattr(socket_app, "KINDS", ("ring",))

    async def container(self) -> App:
        self._apps.append(await App.open(self.read))
        return self._apps[-1]

    async def set(self, app: App, ref: str, seconds: float) -> None:
        """An invocation whose step sets a timer."""

        async def handle(app: App, event: Any, context: Any) -> dict[str, Any]:
            await app.pool.execute(SET, "ring", ref, seconds)
            return {}

        await invoke(app, handle)

    async def close(self) -> None:
        for app in self._apps:
            await app.close()


async def invoke(app: App, handle: Any, event: Any = None) -> Any:
    container = Container()
    container._apps = [app]
    return await container.handled(
        handle, App, event or {}, LambdaContext("responder", 150.0), signs=False
    )


@pytest.fixture
async def functions(
    dsn: str, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Functions]:
    made = Functions(
        Settings(
            database_url=dsn,
            database_connections=1,
            ring_queue_url=aws.queue_url,
            timer_group="chat-timers",
            timer_queue_arn=QUEUE_ARN,
            timer_role_arn=ROLE_ARN,
        ),
        monkeypatch,
    )
    yield made
    await made.close()


async def jobs(aws: Aws) -> int:
    """How many jobs wait in the queue, delayed or not."""
    found = await aws.sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["All"])
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
    return sum(int(found["Attributes"][name]) for name in names)


async def scheduled(aws: Aws) -> datetime | None:
    try:
        found = await aws.scheduler.get_schedule(GroupName="chat-timers", Name="timers")
    except aws.scheduler.exceptions.ResourceNotFoundException:
        return None
    assert found["Target"] == {
        "Arn": QUEUE_ARN,
        "RoleArn": ROLE_ARN,
        "Input": write_job(RunTimers()),
        "RetryPolicy": found["Target"]["RetryPolicy"],
    }
    assert read_job(found["Target"]["Input"]) == RunTimers()
    assert found["ActionAfterCompletion"] == "DELETE"
    assert found["ScheduleExpressionTimezone"] == "UTC"
    at = datetime.strptime(found["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)")
    return at.replace(tzinfo=UTC)


def about(at: datetime | None, seconds: float) -> bool:
    expected = datetime.now(UTC) + timedelta(seconds=seconds)
    return at is not None and expected - timedelta(seconds=60) < at < expected + timedelta(
        seconds=5
    )


async def test_a_call_is_ordered_for_each_kind_that_has_a_handler(dsn: str) -> None:
    app = await App.open(Settings(database_url=dsn, ring_queue_url="http://127.0.0.1:9/queue"))
    assert app.timers.kinds == tuple(sorted(KINDS))
    await app.close()


async def test_one_schedule_stands_for_the_earliest(functions: Functions, aws: Aws) -> None:
    one, two = await functions.container(), await functions.container()
    await functions.set(one, "a", 7200)
    assert about(await scheduled(aws), 7200)
    await functions.set(two, "b", 9000)
    assert about(await scheduled(aws), 7200)
    await functions.set(two, "c", 3600)
    assert about(await scheduled(aws), 3600)
    listed = await aws.scheduler.list_schedules(GroupName="chat-timers")
    assert len(listed["Schedules"]) == 1


async def test_a_near_one_is_a_job_of_the_queue_and_is_ordered_once(
    functions: Functions, aws: Aws
) -> None:
    one, two = await functions.container(), await functions.container()
    for app in (one, two, one):
        await functions.set(app, "a", 60)
    assert await jobs(aws) == 1 and await scheduled(aws) is None
    await functions.set(two, "b", 30)
    assert await jobs(aws) == 2
    await functions.set(one, "c", 45)
    assert await jobs(aws) == 2


async def test_a_job_runs_what_is_due_and_orders_the_next(functions: Functions, aws: Aws) -> None:
    app = await functions.container()
    await functions.set(app, "later", 5000)
    await aws.scheduler.delete_schedule(GroupName="chat-timers", Name="timers")
    await functions.set(app, "now", 0)
    assert await jobs(aws) == 1 and await scheduled(aws) is None
    # The alarm has rung some time ago.
    await app.pool.execute("update timer_alarm set at = now() - interval '2 seconds'")
    for _ in range(3):
        done = await invoke(app, responder.handle, sqs_event(json.dumps({"job": "timers"})))
        assert done == {"batchItemFailures": []}
    assert functions.ran == ["now"]
    assert about(await scheduled(aws), 5000)
    assert await app.pool.fetchval("select array_agg(ref) from timers") == ["later"]
    # Only one of the three jobs ordered: nothing near is due.
    assert await jobs(aws) == 1


async def test_an_order_that_failed_is_made_again_and_the_sweep_makes_a_lost_one(
    functions: Functions, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await functions.container()

    async def away() -> Any:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(app.clients, "scheduler", away)
        await functions.set(app, "a", 3600)
        assert await scheduled(aws) is None
    await functions.set(app, "b", 5000)
    assert about(await scheduled(aws), 3600)
    await aws.scheduler.delete_schedule(GroupName="chat-timers", Name="timers")
    await app.pool.execute("update timer_alarm set at = now() - interval '2 seconds'")
    await invoke(app, sweep.handle)
    assert about(await scheduled(aws), 3600)


async def test_i10_an_invocation_without_timers_asks_nobody(
    functions: Functions, pool: Pool
) -> None:
    app = await functions.container()
    pid = await app.pool.fetchval("select pg_backend_pid()")
    times: list[object] = []

    async def handle(app: App, event: Any, context: Any) -> dict[str, Any]:
        await app.pool.execute("select 1")
        times.append(await pool.fetchval(ASKED, pid))
        return {}

    await invoke(app, handle)
    assert [await pool.fetchval(ASKED, pid)] == times
