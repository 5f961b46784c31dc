"""All of AWS's part in this process: moto for SQS and for EventBridge Scheduler's API, our gateway
for API Gateway, and AWS's own runtime client for Lambda. A test reaches it as it reaches a server.

Each function gets the variables that the template gives it, and no other one. Nothing runs by
itself here but what AWS runs: messages of the queues, and schedules. `sweep` is the daily one.
"""

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from core.delivery.aws import Clients
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from tests.client import PATIENCE
from tests.gateway.harness import uvicorn_serving
from tests.infra.http_api import HttpApi
from tests.infra.runtime_api import Function
from tests.infra.stack import REGION, SOCKETS, SocketApis, mapping
from tests.infra.template import written_variables
from tests.server import Served
from tests.tickets import SECRET_KEY

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "for-tests-only",
    "AWS_REGION": REGION,
}
ROLE = "arn:aws:iam::123456789012:role/timers"
GROUP = "timers"
# The function of each queue, and for how many seconds a taken message is hidden.
QUEUES = {"responder": 180, "deliver": 150}
FUNCTIONS = (*SOCKETS.values(), *QUEUES, "http", "sweep")
LOOK_SECONDS = 0.3
WAITING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


class WholeStack(Served):
    """`settings`: values of the template's variables. `schedules`: how many have come."""

    def __init__(self, folder: Path, endpoint: str, settings: dict[str, str]) -> None:
        self._folder, self._endpoint = folder, endpoint
        self._given = {**ACCOUNT, "AWS_ENDPOINT_URL": endpoint}
        self._settings = settings
        self.dsn = settings["DATABASE_URL"]
        self.functions: dict[str, Function] = {}
        self.schedules = 0
        self._sockets = SocketApis(self.functions, self._given)
        self._http = HttpApi(lambda event: self.functions["http"].invoke(event))
        self._urls: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    @contextmanager
    def running(self) -> Iterator["WholeStack"]:
        """In a thread of its own: whoever calls it by HTTP waits, and it must go on."""
        ready = threading.Event()
        serving = self._serve(ready)
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(serving))
        began = time.monotonic()
        thread.start()
        try:
            assert ready.wait(PATIENCE) and thread.is_alive()
            self._warm_up()
            self.start_seconds = time.monotonic() - began
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join(PATIENCE)
            self._loop.close()

    def sweep(self) -> None:
        """The daily schedule."""
        self._await(self.functions["sweep"].invoke({"source": "aws.events"}))

    def jobs(self) -> dict[str, int]:
        """How many messages of each queue wait, are delayed or are being done."""
        return {name: self._count(url) for name, url in self._urls.items()}

    def scheduled(self) -> list[str]:
        """When each schedule is due, as it is written."""
        scheduler = self._client("scheduler")
        names = [one["Name"] for one in scheduler.list_schedules(GroupName=GROUP)["Schedules"]]
        found = [scheduler.get_schedule(GroupName=GROUP, Name=name) for name in names]
        return [str(one["ScheduleExpression"]) for one in found]

    def hurry(self) -> None:
        """Let what is scheduled be due now: a test cannot wait for it."""
        scheduler = self._client("scheduler")
        for one in scheduler.list_schedules(GroupName=GROUP)["Schedules"]:
            found = scheduler.get_schedule(GroupName=GROUP, Name=one["Name"])
            kept = ("Name", "GroupName", "FlexibleTimeWindow", "Target", "ActionAfterCompletion")
            now = datetime.now(UTC)
            scheduler.update_schedule(
                **{name: found[name] for name in kept},
                ScheduleExpression=f"at({now:%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
            )

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        app = self._sockets if self._sockets.takes(scope) else self._http
        await app(scope, receive, send)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ACCOUNT["AWS_SECRET_ACCESS_KEY"],
        )

    def _count(self, url: str) -> int:
        sqs = self._client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return sum(int(found[name]) for name in WAITING)

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _warm_up(self) -> None:
        """Start a container of each: the first call of one takes longer than a push may."""
        for name in QUEUES:
            self._await(self.functions[name].invoke({"Records": []}))
        self.sweep()
        assert self.get("/readyz").is_success

    def _make(self) -> None:
        """The queues, the group of the schedule, the bucket, and the functions."""
        sqs, own = self._client("sqs"), secrets.token_hex(4)
        for name, hidden in QUEUES.items():
            attributes = {"VisibilityTimeout": str(hidden)}
            made = sqs.create_queue(QueueName=f"{name}-{own}", Attributes=attributes)
            self._urls[name] = made["QueueUrl"]
        self._client("scheduler").create_schedule_group(Name=GROUP)
        bucket = f"published-{own}"
        self._client("s3").create_bucket(Bucket=bucket)
        given = self._values(bucket)
        for name in FUNCTIONS:
            variables = {one: given.get(one, "") for one in written_variables(name)}
            # Where API Gateway's own name would lead.
            where = {**self._given, "CALLBACK_URL": self.url}
            log = self._folder / f"{name}.log"
            self.functions[name] = Function(name, {**variables, **where}, log, timeout=150)

    def _values(self, bucket: str) -> dict[str, str]:
        """What the template's references become."""
        rings, names = self._urls["responder"], ["QueueArn"]
        found = self._client("sqs").get_queue_attributes(QueueUrl=rings, AttributeNames=names)
        return {
            **self._settings,
            "DATABASE_URL_ARN": self._secret(self.dsn),
            "SECRET_KEY_ARN": self._secret(SECRET_KEY),
            "OPENAI_KEY_ARN": self._secret("key"),
            "MAIL_URL_ARN": self._secret(self._settings["MAIL_URL"]),
            "DATABASE_CONNECTIONS": "1",
            "DATABASE_PROXY": "false",
            "RING_QUEUE_URL": rings,
            "DELIVER_QUEUE_URL": self._urls["deliver"],
            "TIMER_GROUP": GROUP,
            "TIMER_QUEUE_ARN": found["Attributes"]["QueueArn"],
            "TIMER_ROLE_ARN": ROLE,
            "PUBLISHED_BUCKET": bucket,
            "PUBLIC_URL": self.url,
            "WS_URL": self.socket_url("/ws"),
            "MANAGER_WS_URL": self.socket_url("/manager/ws"),
        }

    def _secret(self, value: str) -> str:
        store = self._client("secretsmanager")
        made = store.create_secret(Name=secrets.token_hex(8), SecretString=value)
        return str(made["ARN"])

    async def _serve(self, ready: threading.Event) -> None:
        async with uvicorn_serving(self, interface="asgi3") as port:
            self.url = f"http://127.0.0.1:{port}"
            await asyncio.to_thread(self._make)
            clients = Clients(REGION)
            workers = [mapping(clients, url, self._handing(one)) for one, url in self._urls.items()]
            for worker in workers:
                worker.start()
            clock = asyncio.create_task(self._run_schedules(clients))
            ready.set()
            await self._ended.wait()
            clock.cancel()
            await asyncio.gather(*(worker.stop(1) for worker in workers))
            await clients.close()
            await self._sockets.drain()
            for function in self.functions.values():
                await function.stop()

    def _handing(self, name: str) -> Any:
        async def invoke(event: dict[str, Any], context: Any) -> dict[str, Any]:
            return dict(await self.functions[name].invoke(event))

        return invoke

    async def _run_schedules(self, clients: Clients) -> None:
        """What moto does not do: send what a due schedule says to its queue, and delete it."""
        scheduler, sqs = await clients.scheduler(), await clients.sqs()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for one in (await scheduler.list_schedules(GroupName=GROUP))["Schedules"]:
                found = await scheduler.get_schedule(GroupName=GROUP, Name=one["Name"])
                due = datetime.strptime(found["ScheduleExpression"], "at(%Y-%m-%dT%H:%M:%S)")
                if due.replace(tzinfo=UTC) > datetime.now(UTC):
                    continue
                target = found["Target"]
                assert target["RoleArn"] == ROLE and found["ActionAfterCompletion"] == "DELETE"
                name = target["Arn"].rpartition(":")[2]
                url = (await sqs.get_queue_url(QueueName=name))["QueueUrl"]
                await scheduler.delete_schedule(GroupName=GROUP, Name=one["Name"])
                await sqs.send_message(
                    QueueUrl=url, MessageBody=json.dumps(json.loads(target["Input"]))
                )
                self.schedules += 1


@contextmanager
def whole_stack(folder: Path, **settings: str) -> Iterator[WholeStack]:
    """Start it with a moto of its own."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        with pytest.MonkeyPatch.context() as patched:
            # This process's own clients read it there.
            for name, value in {**ACCOUNT, "AWS_ENDPOINT_URL": endpoint}.items():
                patched.setenv(name, value)
            with WholeStack(folder, endpoint, settings).running() as stack:
                yield stack
    finally:
        moto.stop()
