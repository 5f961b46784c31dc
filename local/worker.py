"""In place of Lambda's SQS trigger: takes jobs from queues, and awaits the responder for each.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any

import structlog

from core.delivery.aws import Clients
from core.delivery.jobs import Queue, SqsQueue
from local.gateway.context import LambdaContext
from local.localstack import LocalStack, check_endpoints
from local.queues import FallbackQueue, MemoryQueue, SqsSource

log = structlog.get_logger()

# Where jobs come from, and how many pollers ask there.
Source = tuple[MemoryQueue | SqsSource, int]
JobHandler = Callable[[dict[str, Any], Any], Awaitable[dict[str, Any]]]

POLLERS = 4


class Worker:
    """Awaits the responder for each job. Each takes one of the `slots`, which workers share."""

    def __init__(
        self,
        handle: JobHandler,
        slots: asyncio.Semaphore,
        source: MemoryQueue | SqsSource,
        pollers: int = 1,
    ) -> None:
        self._handle = handle
        self._source = source
        self._pollers = pollers
        self._slots = slots
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
        if (answer or {}).get("batchItemFailures"):
            await self._source.retry(record)
        else:
            await self._source.done(record)


async def stop_all(workers: Iterable[Worker], seconds: float) -> None:
    await asyncio.gather(*(worker.stop(seconds) for worker in workers))


async def open_queue(
    region: str, queue_url: str | None, stack: AsyncExitStack
) -> tuple[Queue, list[Source]]:
    """The queue, and where its jobs come from. It is in memory while no other one is there."""
    check_endpoints()
    memory = MemoryQueue()
    # The queue of RING_QUEUE_URL exists. The one of LocalStack is made here.
    localstack = None if queue_url else LocalStack.named(region)
    url = localstack.queue_url if localstack else queue_url
    if url is None:
        return memory, [(memory, 1)]
    clients = Clients(region)
    stack.push_async_callback(clients.close)
    source = SqsSource(clients, url)
    if localstack is not None:
        await localstack.deploy()
        # LocalStack may lose the queue. And it continues the poll of a process that has died, so a
        # poll must be short.
        source = SqsSource(clients, url, localstack.deploy, wait_seconds=2)
    return FallbackQueue(SqsQueue(clients, url), memory), [(memory, 1), (source, POLLERS)]
