"""The queues of a local process: in memory, on SQS, and both. Jobs come as records of SQS.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any
from uuid import uuid4

import structlog

from core.delivery.aws import Clients
from core.delivery.jobs import Job, SqsQueue, write_job
from core.errors import TryAgain

log = structlog.get_logger()

WAITING_AT_MOST = 100_000
AWAY_SECONDS = 2.0
MISSING = "QueueDoesNotExist"
# The queue hides a taken job for 180 s. A job that takes longer is hidden again.
BEAT_SECONDS = 60.0
HIDDEN_SECONDS = 180
# A failed job comes again after 1, 2, 4, 4 … seconds.
LONGEST_PAUSE = 4.0
MOST_TRIES = 100
# A visitor waits so long for a queue that is away, and the others of the next seconds do not.
SEND_SECONDS, CLOSED_SECONDS = 2.0, 5.0


class MemoryQueue:
    """A queue for one process. If the process dies, the sweep finds the lost jobs' chats."""

    def __init__(self) -> None:
        self._jobs: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING_AT_MOST)
        self._name, self._count = str(uuid4())[:24], 0

    async def enqueue(self, *jobs: Job) -> None:
        for job in jobs:
            self.offer(job)

    def offer(self, job: Job) -> None:
        """Take the job at once. Raises `TryAgain` if the queue is full."""
        try:
            self._jobs.put_nowait(self._next(job))
        except asyncio.QueueFull:
            raise TryAgain("There is too much to do. Please send it again.") from None

    def _next(self, job: Job) -> dict[str, Any]:
        self._count += 1
        return _record(write_job(job), f"{self._name}{self._count:012x}")

    async def enqueue_in(self, job: Job, seconds: float) -> None:
        """Put the job in after so many seconds. Until then it lives in a timer."""
        record = self._next(job)
        asyncio.get_running_loop().call_later(seconds, self._put_again, record)

    async def enqueue_later(self, job: Job) -> None:
        """Nothing: here the sweep does that work, every 30 s."""

    async def take(self) -> list[dict[str, Any]]:
        """Wait for a job, and return it as a record of SQS."""
        return [await self._jobs.get()]

    async def done(self, record: dict[str, Any]) -> None:
        """Nothing: a taken job is not in this queue any more."""

    async def retry(self, record: dict[str, Any]) -> None:
        """Offer a failed job again, after a pause. After many tries only the sweep is left."""
        tries = tries_of(record)
        if tries >= MOST_TRIES:
            return
        again = _record(record["body"], record["messageId"], tries + 1)
        pause = min(2.0 ** (tries - 1), LONGEST_PAUSE)
        asyncio.get_running_loop().call_later(pause, self._put_again, again)

    def _put_again(self, record: dict[str, Any]) -> None:
        with suppress(asyncio.QueueFull):
            self._jobs.put_nowait(record)

    def held(self, record: dict[str, Any]) -> AbstractAsyncContextManager[None]:
        """Nothing, for the same reason."""
        return nullcontext()


class FallbackQueue:
    """SQS, and this process's memory while SQS is away. The sweep stands behind both."""

    def __init__(self, sqs: SqsQueue, memory: MemoryQueue) -> None:
        self._sqs = sqs
        self._memory = memory
        self._closed_until = 0.0

    async def enqueue(self, *jobs: Job) -> None:
        if not await self._sent(self._sqs.enqueue, *jobs):
            await self._memory.enqueue(*jobs)

    def offer(self, job: Job) -> Awaitable[None]:
        return self.enqueue(job)

    async def enqueue_in(self, job: Job, seconds: float) -> None:
        if not await self._sent(lambda one: self._sqs.enqueue_in(one, seconds), job):
            await self._memory.enqueue_in(job, seconds)

    async def enqueue_later(self, job: Job) -> None:
        await self._sent(self._sqs.enqueue_later, job)

    async def _sent(self, send: Callable[..., Awaitable[None]], *jobs: Job) -> bool:
        """Whether SQS took the jobs. After a failure, it is asked again after some seconds."""
        now = time.monotonic()
        if now < self._closed_until:
            return False
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await send(*jobs)
        except (TryAgain, TimeoutError):
            self._closed_until = time.monotonic() + CLOSED_SECONDS
            return False
        return True


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

    async def retry(self, record: dict[str, Any]) -> None:
        """Hide a failed job only for a pause. The queue sets it aside after some tries."""
        await self._hide(record, int(min(2 ** (tries_of(record) - 1), LONGEST_PAUSE)))

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


def tries_of(record: dict[str, Any]) -> int:
    return int(record["attributes"].get("ApproximateReceiveCount", 1))


def _record(body: str, name: str, tries: int = 1) -> dict[str, Any]:
    now = str(int(time.time() * 1000))
    return _from_sqs(
        {
            "MessageId": name,
            "ReceiptHandle": name,
            "Body": body,
            "MD5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
            "Attributes": {
                "ApproximateReceiveCount": str(tries),
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
