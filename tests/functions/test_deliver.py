"""On AWS: a step orders the function `deliver` by its own queue, and what failed comes later."""

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aioboto3
import pytest

from core.app import App
from core.auth.sealed import seal
from core.delivery.jobs import Deliver, read_job
from core.model import ChatId, ConnectionId, SiteId, Target
from core.settings import Settings
from core.store.deliveries import NewReceiver
from functions import deliver
from local.gateway.context import LambdaContext
from tests.functions.test_handlers import sqs_event
from tests.receivers import Receiver, receiver
from tests.tickets import SECRET_KEY

pytestmark = pytest.mark.noticed

SITE, ADA, SOCKET = SiteId("default"), ChatId("ada"), ConnectionId("c-1")


@dataclass
class Aws:
    """Two queues, and an App as each function opens it."""

    sqs: Any
    urls: dict[str, str]
    read: Settings

    async def jobs(self, queue: str) -> list[Any]:
        """The jobs that wait in a queue now."""
        answer = await self.sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]

    async def delayed(self, queue: str) -> int:
        found = await self.sqs.get_queue_attributes(
            QueueUrl=self.urls[queue], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessagesDelayed"])


@pytest.fixture
async def aws(moto: str, dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Aws]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    session: Any = aioboto3.Session(region_name="us-east-1")
    async with session.client("sqs") as sqs:
        urls = {}
        for name in ("rings", "deliveries"):
            made = await sqs.create_queue(QueueName=f"{name}-{secrets.token_hex(4)}")
            urls[name] = made["QueueUrl"]
        read = Settings(
            database_url=dsn,
            database_connections=1,
            ring_queue_url=urls["rings"],
            deliver_queue_url=urls["deliveries"],
            secret_key=SECRET_KEY,
            public_url="https://chat.example",
            outbound_allow=("127.0.0.1",),
        )
        yield Aws(sqs, urls, read)


async def wait_for_person(app: App, outside: Receiver) -> None:
    """Ada asks for a person on a site whose webhook wants to hear of that."""
    receiver_id = uuid4()
    address = json.dumps({"url": f"{outside.url}/hook", "secret": "whsec_AAAA"})
    sealed = seal(SECRET_KEY, address, str(receiver_id))
    new = NewReceiver(receiver_id, "webhook", "Hook", None, sealed, "en", ("chat.waiting",))
    await app.store.deliveries.add_receiver(SITE, new, "boss")
    await app.store.connections.enter(Target(SOCKET, "http://127.0.0.1:9/ws"), ADA, None, None)
    _, _, change = await app.store.chats.want_person(SOCKET, True)
    await app.publisher.publish(change)


async def invoke(app: App, job: Any) -> None:
    answer = await deliver.handle(app, sqs_event(json.dumps(job)), LambdaContext("deliver", 120.0))
    assert answer == {"batchItemFailures": []}


async def test_a_step_orders_a_delivery_and_what_fails_comes_later(aws: Aws) -> None:
    async with receiver() as outside:
        outside.answers["/hook"] = lambda _, times: (
            (429, {"Retry-After": "3600"}) if times == 1 else (200, {})
        )
        app = await App.open(aws.read)
        try:
            await wait_for_person(app, outside)
            [job] = await aws.jobs("deliveries")
            assert read_job(json.dumps(job)) == Deliver()
            await invoke(app, job)
            [first] = outside.calls
            # An hour is longer than SQS delays a job: it comes, looks, and comes again.
            assert await aws.delayed("deliveries") == 1
            again = {"job": "deliver", "delivery_id": first.id}
            await invoke(app, again)
            assert await aws.delayed("deliveries") == 2 and len(outside.calls) == 1
            await app.pool.execute("update deliveries set due_at = now()")
            await invoke(app, again)
            assert [one.id for one in outside.calls] == [first.id, first.id]
            await invoke(app, again)
            assert len(outside.calls) == 2 and await aws.delayed("deliveries") == 2
        finally:
            await app.close()


async def test_a_change_that_nobody_wants_to_hear_of_orders_nothing(aws: Aws) -> None:
    app = await App.open(aws.read)
    try:
        await app.store.connections.enter(Target(SOCKET, "http://127.0.0.1:9/ws"), ADA, None, None)
        _, _, change = await app.store.chats.want_person(SOCKET, True)
        await app.publisher.publish(change)
        assert not await aws.jobs("deliveries")
    finally:
        await app.close()


async def test_the_daily_sweep_finds_what_nobody_sends(aws: Aws) -> None:
    async with receiver() as outside:
        app = await App.open(aws.read)
        try:
            await wait_for_person(app, outside)
            # The job is lost.
            await aws.jobs("deliveries")
            await app.sweeper.run_and_go_on(5)
            [job] = await aws.jobs("deliveries")
            await invoke(app, job)
            assert len(outside.calls) == 1
            await app.sweeper.run_and_go_on(5)
            assert not await aws.jobs("deliveries")
        finally:
            await app.close()


async def test_a_job_of_another_queue_is_refused(aws: Aws) -> None:
    app = await App.open(aws.read)
    try:
        event = sqs_event(json.dumps({"chat_id": "ada"}))
        answer = await deliver.handle(app, event, LambdaContext("deliver", 120.0))
        assert len(answer["batchItemFailures"]) == 1
    finally:
        await app.close()
