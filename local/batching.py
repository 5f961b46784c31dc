"""Batching: calls that would wait for each other share one statement and one commit.

A commit of a hundred rows costs Postgres as much as a commit of one row. So does a round trip.
Lambda does not need this: each of its processes does one thing at a time.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import structlog

from core.errors import TryAgain
from core.store.batching import Statement, Step, only

log = structlog.get_logger()

MAX_BATCH = 200
# A second statement may run beside a small one, when enough calls wait.
SMALL_BATCH, ENOUGH_CALLS = 32, 12

C = TypeVar("C")
R = TypeVar("R")


class LocalBatching:
    """For a process that serves many chats at once. `claims_ahead`: see `Batching`."""

    def __init__(self, *, claims_ahead: bool = False) -> None:
        self.claims_ahead = claims_ahead

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        return Batcher(statement, key).do


class Batcher(Generic[C, R]):
    """Batches the calls of one kind of step, in the order of the calls.

    A call that finds no running statement runs at once and alone. Calls that come while it runs
    form the next batch. So no call waits only to make a batch larger. Two calls with the same key
    run one after the other. When the statement of a batch fails, its calls are repeated one by one.
    """

    def __init__(
        self,
        statement: Statement[C, R],
        key: Callable[[C], Hashable],
    ) -> None:
        self._statement = statement
        self._key = key
        self._waiting: deque[tuple[C, asyncio.Future[R]]] = deque()
        self._running_keys: set[Hashable] = set()
        self._statements = 0
        self._running: set[asyncio.Task[None]] = set()

    async def do(self, call: C) -> R:
        """The result of this call. Raises the error of this call, never that of another."""
        if self._statements == 0:
            return await self._call_alone(call)
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        enough = len(self._waiting) >= ENOUGH_CALLS
        if self._statements == 1 and enough and len(self._running_keys) < SMALL_BATCH:
            self._begin()
        return await future

    async def _call_alone(self, call: C) -> R:
        self._statements += 1
        self._running_keys.add(self._key(call))
        try:
            return only(await self._statement([call]))
        finally:
            self._running_keys.discard(self._key(call))
            self._statements -= 1
            if self._waiting and not self._statements:
                self._begin()

    def _begin(self) -> None:
        # An own context: the task belongs to no handler, although one of them starts it.
        task = asyncio.create_task(self._run(self._next()), context=contextvars.Context())
        self._statements += 1
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, batch: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        while batch:
            await self._answer(batch)
            self._running_keys.difference_update(self._key(call) for call, _ in batch)
            batch = self._next()
        self._statements -= 1

    def _next(self) -> Sequence[tuple[C, asyncio.Future[R]]]:
        """The calls of the next statement, without the cancelled ones."""
        batch: list[tuple[C, asyncio.Future[R]]] = []
        later: list[tuple[C, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < MAX_BATCH:
            call, future = self._waiting.popleft()
            if self._key(call) in self._running_keys:
                later.append((call, future))
            elif not future.done():
                batch.append((call, future))
                self._running_keys.add(self._key(call))
        self._waiting.extendleft(reversed(later))
        return batch

    async def _answer(self, batch: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        try:
            results: Sequence[R | BaseException] = await self._statement(
                [call for call, _ in batch]
            )
        except TryAgain as away:
            results = [away] * len(batch)
        except Exception as error:
            if len(batch) > 1:
                log.warning("batch_split", calls=len(batch), reason=type(error).__name__)
                for one in batch:
                    await self._answer([one])
                return
            results = [error]
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
