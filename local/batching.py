"""Steps that wait for each other anyway go together: in one statement and one commit.

A commit costs a Postgres the same for one row as for a hundred, and so does a round trip. Lambda
has no use for this, as each of its processes does one thing at a time.
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

AT_MOST = 100
# A second statement is begun beside one of few, when enough wait for it.
FEW, ENOUGH = 32, 12

C = TypeVar("C")
R = TypeVar("R")


class LocalBatching:
    """The strategy of a process that serves many at once. `claims_ahead`: see `Batching`."""

    def __init__(self, *, claims_ahead: bool = False) -> None:
        self.claims_ahead = claims_ahead

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        return Batcher(statement, key).do


class Batcher(Generic[C, R]):
    """One kind of step, in the order of the calls.

    A call that finds no statement under way goes at once and alone; those that come meanwhile go
    together next. So no call waits for company. Of two calls with the same key, the second is never
    under way before the first is done. When a statement of many fails, its calls go one by one.
    """

    def __init__(
        self,
        statement: Statement[C, R],
        key: Callable[[C], Hashable],
    ) -> None:
        self._statement = statement
        self._key = key
        self._waiting: deque[tuple[C, asyncio.Future[R]]] = deque()
        self._under_way: set[Hashable] = set()
        self._statements = 0
        self._running: set[asyncio.Task[None]] = set()

    async def do(self, call: C) -> R:
        """What `together` gives for this call. Raises its error, and only its own."""
        if self._statements == 0:
            return await self._alone(call)
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        if self._statements == 1 and len(self._waiting) >= ENOUGH and len(self._under_way) < FEW:
            self._begin()
        return await future

    async def _alone(self, call: C) -> R:
        self._statements += 1
        self._under_way.add(self._key(call))
        try:
            return only(await self._statement([call]))
        finally:
            self._under_way.discard(self._key(call))
            self._statements -= 1
            if self._waiting and not self._statements:
                self._begin()

    def _begin(self) -> None:
        # A task of its own, whichever handler happened to come first.
        task = asyncio.create_task(self._run(self._next()), context=contextvars.Context())
        self._statements += 1
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, some: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        while some:
            await self._answer(some)
            self._under_way.difference_update(self._key(call) for call, _ in some)
            some = self._next()
        self._statements -= 1

    def _next(self) -> Sequence[tuple[C, asyncio.Future[R]]]:
        """The calls of the next statement. A cancelled one has not been stored, and need not be."""
        some: list[tuple[C, asyncio.Future[R]]] = []
        later: list[tuple[C, asyncio.Future[R]]] = []
        while self._waiting and len(some) < AT_MOST:
            call, future = self._waiting.popleft()
            if self._key(call) in self._under_way:
                later.append((call, future))
            elif not future.done():
                some.append((call, future))
                self._under_way.add(self._key(call))
        self._waiting.extendleft(reversed(later))
        return some

    async def _answer(self, some: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        try:
            results: Sequence[R | BaseException] = await self._statement([call for call, _ in some])
        except TryAgain as away:
            results = [away] * len(some)
        except Exception as error:
            if len(some) > 1:
                log.warning("batch_split", calls=len(some), reason=type(error).__name__)
                for one in some:
                    await self._answer([one])
                return
            results = [error]
        for (_, future), result in zip(some, results, strict=True):
            if future.done():
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
