"""Steps that wait for each other anyway are stored together: one statement and one commit.

A commit costs a Postgres the same for one row as for a hundred, and so does a round trip. Lambda
has no use for this, as each of its processes does one thing at a time.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from operator import attrgetter
from typing import Generic, TypeVar

import structlog

from core.database import Pool
from core.desk_store import DeskStore
from core.errors import TryAgain
from core.limits import NO_LIMITS, Limits
from core.model import ChatId, Told
from core.steps import (
    Asked,
    Claimed,
    Entering,
    Finished,
    LastWord,
    Leaving,
    Received,
    Results,
    Resumed,
    Resuming,
    Sent,
    Terms,
    one_of,
)

log = structlog.get_logger()

AT_MOST = 100
# A second statement is begun beside one of few, when enough wait for it.
FEW, ENOUGH = 32, 12
# Well before another may take it, which is after 20 s without a heartbeat.
FRESH_SECONDS = 10

C = TypeVar("C")
R = TypeVar("R")


class Lane(Generic[C, R]):
    """One kind of step, in the order of the calls.

    Who finds the lane empty goes at once and alone; who comes meanwhile goes together next. So
    nobody waits for company. `whose` names what calls are about: of two about the same, the second
    is never under way before the first is done. When a statement of many fails, its calls go one
    by one.
    """

    def __init__(
        self,
        together: Callable[[Sequence[C]], Awaitable[Results[R]]],
        whose: Callable[[C], Hashable],
    ) -> None:
        self._together = together
        self._whose = whose
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
        self._under_way.add(self._whose(call))
        try:
            return one_of(await self._together([call]))
        finally:
            self._under_way.discard(self._whose(call))
            self._statements -= 1
            if self._waiting and not self._statements:
                self._begin()

    def _begin(self) -> None:
        # The lane's own, whichever handler happened to come first.
        task = asyncio.create_task(self._run(self._next()), context=contextvars.Context())
        self._statements += 1
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, some: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        while some:
            await self._answer(some)
            self._under_way.difference_update(self._whose(call) for call, _ in some)
            some = self._next()
        self._statements -= 1

    def _next(self) -> Sequence[tuple[C, asyncio.Future[R]]]:
        """Who goes with the next statement. Who was cancelled has not been stored, and need not
        be."""
        some: list[tuple[C, asyncio.Future[R]]] = []
        later: list[tuple[C, asyncio.Future[R]]] = []
        while self._waiting and len(some) < AT_MOST:
            call, future = self._waiting.popleft()
            if self._whose(call) in self._under_way:
                later.append((call, future))
            elif not future.done():
                some.append((call, future))
        self._waiting.extendleft(reversed(later))
        self._under_way.update(self._whose(call) for call, _ in some)
        return some

    async def _answer(self, some: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        try:
            results: Sequence[R | BaseException] = await self._together([call for call, _ in some])
        except TryAgain as away:
            results = [away] * len(some)
        except Exception as error:
            if len(some) > 1:
                log.warning("apart", calls=len(some), reason=type(error).__name__)
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


Turn = Sent | LastWord


class TogetherStore(DeskStore):
    """The store, with the steps of every turn in lanes.

    A right to answer that came along with a message waits here for the ring that follows, in this
    process. Who comes for it late, or never, finds it as gone as that of a writer who died.
    """

    def __init__(self, pool: Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool, limits)
        self._entered = Lane(self.enter_all, attrgetter("target"))
        self._left = Lane(self.leave_all, attrgetter("connection"))
        self._resumed: dict[int, Lane[Resuming, Resumed]] = {}
        self._turns: Lane[Turn, Received | Finished | None] = Lane(self._take_turns, _whose)
        self._claimed: dict[Terms, Lane[Asked, Claimed]] = {}
        self._ahead: dict[ChatId, tuple[float, Claimed]] = {}

    async def _enter(self, entering: Entering) -> Told:
        return await self._entered.do(entering)

    async def _leave(self, leaving: Leaving) -> Told:
        return await self._left.do(leaving)

    async def _resume(self, resuming: Resuming, limit: int) -> Resumed:
        if limit not in self._resumed:
            self._resumed[limit] = Lane(
                lambda all_resuming: self.resume_all(all_resuming, limit), attrgetter("connection")
            )
        return await self._resumed[limit].do(resuming)

    async def _receive(self, sent: Sent) -> Received:
        received = await self._turns.do(sent)
        assert isinstance(received, Received)
        if received.claimed:
            self._ahead[received.message.chat_id] = time.monotonic(), received.claimed
        return received

    async def _claim(self, asked: Asked, terms: Terms) -> Claimed:
        if asked.held is None and (ahead := self._ahead.pop(asked.chat_id, None)):
            since, claimed = ahead
            if time.monotonic() < since + FRESH_SECONDS:
                return claimed
        if terms not in self._claimed:
            self._claimed[terms] = Lane(
                lambda all_asked: self.claim_all(all_asked, terms), attrgetter("chat_id")
            )
        return await self._claimed[terms].do(asked)

    async def _finish(self, last: LastWord) -> Finished | None:
        finished = await self._turns.do(last)
        assert not isinstance(finished, Received)
        return finished

    async def _take_turns(self, turns: Sequence[Turn]) -> Results[Received | Finished | None]:
        sent = [turn for turn in turns if isinstance(turn, Sent)]
        last = [turn for turn in turns if isinstance(turn, LastWord)]
        received, finished = await self.take_turns(sent, last)
        said, answered = iter(received), iter(finished)
        return [next(said) if isinstance(turn, Sent) else next(answered) for turn in turns]


def _whose(turn: Turn) -> Hashable:
    return turn.connection if isinstance(turn, Sent) else turn.claim.chat_id
