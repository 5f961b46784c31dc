"""In place of Lambda's SQS trigger: takes jobs from a queue, and awaits the responder for each.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any
from uuid import uuid4

import structlog

from core.delivery.aws import Clients
from core.delivery.jobs import Job, write_job
from core.errors import TryAgain
from local.gateway.context import LambdaContext

log = structlog.get_logger()

JobHandler = Callable[[dict[str, Any], Any], Awaitable[dict[str, Any]]]

# So many chats are answered at the same time, as Lambda's maximum concurrency sets it.
AT_ONCE = 1000
WAITING_AT_MOST = 100_000
POLLERS = 4
AWAY_SECONDS = 2.0
MISSING = "QueueDoesNotExist"
# The queue hides a taken job for 180 s. A job that takes longer is hidden again.
BEAT_SECONDS = 60.0
HIDDEN_SECONDS = 180


class MemoryQueue:
    """A queue for one process. If the process dies, the sweep finds the lost jobs' chats."""

    def __init__(self) -> None:
        self._jobs: asyncio.Queue[str] = asyncio.Queue(WAITING_AT_MOST)
        self._name, self._taken = str(uuid4())[:24], 0

    async def enqueue(self, *jobs: Job) -> None:
        for job in jobs:
            self.offer(job)

    def offer(self, job: Job) -> None:
        """Take the job at once. Raises `TryAgain` if the queue is full."""
        try:
            self._jobs.put_nowait(write_job(job))
        except asyncio.QueueFull:
            raise TryAgain("There is too much to do. Please send it again.") from None

    async def enqueue_later(self, job: Job) -> None:
        """Nothing: here the sweep does that work, every 30 s."""

    async def take(self) -> list[dict[str, Any]]:
        """Wait for a job, and return it as a record of SQS."""
        body = await self._jobs.get()
        self._taken += 1
        return [_record(body, f"{self._name}{self._taken:012x}")]

    async def done(self, record: dict[str, Any]) -> None:
        """Nothing: a taken job is not in this queue any more."""

    def held(self, record: dict[str, Any]) -> AbstractAsyncContextManager[None]:
        """Nothing, for the same reason."""
        return nullcontext()


class SqsSource:
    """Long polls a real queue, as Lambda's pollers do, and deletes the jobs that are done.

    `restore` makes a missing queue. `wait_seconds`: one poll waits so long.
    """

    def __init__(
        self,
        clients: Clients,
        url: str,
        restore: Callable[[], Awaitable[bool]] | None = None,
        wait_seconds: int = 20,
    ) -> None:
        self._clients = clients
        self._url = url
        self._restore = restore
        self._wait_seconds = wait_seconds
        self._away = False

    async def take(self) -> list[dict[str, Any]]:
        """Wait for up to ten jobs. Returns none if the queue is empty or does not answer."""
        try:
            sqs = await self._clients.sqs()
            answer = await sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=self._wait_seconds,
                MessageSystemAttributeNames=["All"],
            )
        except Exception as error:
            await self._wait_for_queue(type(error).__name__)
            return []
        if self._away:
            log.info("queue_available")
            self._away = False
        return [_from_sqs(dict(message)) for message in answer.get("Messages", [])]

    async def _wait_for_queue(self, reason: str) -> None:
        if not self._away:
            log.warning("queue_unavailable", reason=reason)
        self._away = True
        # LocalStack came back empty.
        if reason == MISSING and self._restore is not None and await self._restore():
            return
        await asyncio.sleep(AWAY_SECONDS)

    async def done(self, record: dict[str, Any]) -> None:
        """Delete a job, so that it does not come again."""
        try:
            sqs = await self._clients.sqs()
            await sqs.delete_message(QueueUrl=self._url, ReceiptHandle=record["receiptHandle"])
        except Exception as error:
            # The job comes again, and finds nothing to do.
            log.info("job_delete_failed", reason=type(error).__name__)

    @asynccontextmanager
    async def held(self, record: dict[str, Any]) -> AsyncIterator[None]:
        """Hide a job from other workers while it is done. If cancelled, give it back."""
        beating = asyncio.create_task(self._beat(record))
        try:
            yield
        except asyncio.CancelledError:
            await asyncio.shield(self._hide(record, 0))
            raise
        finally:
            beating.cancel()

    async def _beat(self, record: dict[str, Any]) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._hide(record, HIDDEN_SECONDS)

    async def _hide(self, record: dict[str, Any], seconds: int) -> None:
        try:
            sqs = await self._clients.sqs()
            await sqs.change_message_visibility(
                QueueUrl=self._url,
                ReceiptHandle=record["receiptHandle"],
                VisibilityTimeout=seconds,
            )
        except Exception as error:
            log.info("job_hide_failed", reason=type(error).__name__)


class Worker:
    """Awaits the responder for each job, for at most `AT_ONCE` jobs at the same time."""

    def __init__(
        self, handle: JobHandler, source: MemoryQueue | SqsSource, pollers: int = 1
    ) -> None:
        self._handle = handle
        self._source = source
        self._pollers = pollers
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._pollings: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._pollings = [asyncio.create_task(self._poll()) for _ in range(self._pollers)]

    async def stop(self, seconds: float) -> None:
        """Take no more jobs. Give the running ones some time, and then hand them back."""
        for task in self._pollings:
            task.cancel()
        await asyncio.gather(*self._pollings, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _poll(self) -> None:
        while True:
            for record in await self._source.take():
                await self._slots.acquire()
                task = asyncio.create_task(self._run(record))
                self._running.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            log.error("job_crashed", exc_info=error)

    async def _run(self, record: dict[str, Any]) -> None:
        async with self._source.held(record):
            answer = await self._handle({"Records": [record]}, LambdaContext("responder", 150.0))
        if not (answer or {}).get("batchItemFailures"):
            await self._source.done(record)


def _record(body: str, name: str) -> dict[str, Any]:
    now = str(int(time.time() * 1000))
    return _from_sqs(
        {
            "MessageId": name,
            "ReceiptHandle": name,
            "Body": body,
            "MD5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
            "Attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": now,
                "SenderId": "local",
                "ApproximateFirstReceiveTimestamp": now,
            },
        }
    )


def _from_sqs(message: dict[str, Any]) -> dict[str, Any]:
    """A message of SQS, with the names that Lambda gives to its fields."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:rings",
        "awsRegion": "local",
    }
