"""Collects the pieces of a stream into flushes: at most four a second, at least one in 5 s.

Each flush is a statement, and a push to everybody who looks. So where pushes are paid for, a long
answer comes in fewer pieces after its first words.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Self

from core.assistants.assistant import PersonAsked, StreamEnded, StreamEvent, TextPiece
from core.model import Usage
from core.protocol.text import clean
from core.value import value


@value
class FlushPace:
    """The seconds between two flushes: `first`, and `then`, once the stream shows for `after`."""

    first: float
    after: float
    then: float


EVEN = FlushPace(first=0.25, after=0.0, then=0.25)
SLOWING = FlushPace(first=0.25, after=2.0, then=1.0)
# A stream that ends within this time needs no flush: its text is stored with the end.
GRACE = 0.05
IDLE = 5.0
# A delta must fit into a frame, also if the assistant sends much text at once.
LARGEST = 4_000


class Throttle:
    """An async iterator of the texts to flush. An empty text only renews the heartbeat.

    An error of the stream is raised here, and `TimeoutError` if it has not ended within `seconds`.
    `text` is everything that came so far. `asked`, `usage` and `cut` are known when the iteration
    has ended.
    """

    def __init__(
        self,
        stream: AsyncGenerator[StreamEvent, None],
        pace: FlushPace = EVEN,
        seconds: float = math.inf,
    ) -> None:
        self._stream = stream
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + seconds
        self._waiting = ""
        self._failure: Exception | None = None
        self._over = False
        self._news: asyncio.Future[None] | None = None
        self._due = self._begun = 0.0
        self.text = ""
        self.asked: str | None = None
        self.usage: Usage | None = None
        self.cut = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._pump())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        await self._until(self._loop.time() + IDLE, lambda: bool(self._waiting) or self._over)
        if self._waiting:
            if self._due:
                await self._until(self._due, lambda: False)
            else:
                # Before the first flush, wait a moment: the stream may end soon.
                await self._until(self._loop.time() + GRACE, lambda: self._over)
        if self._failure:
            raise self._failure
        if not self._over and self._loop.time() >= self._end:
            raise TimeoutError
        if self._over and not self._waiting:
            raise StopAsyncIteration
        return self._take()

    async def _until(self, when: float, condition: Callable[[], bool]) -> None:
        """Wait until `when` on the loop's clock, or until `condition` holds, or the time is over.

        After that, what the stream has said is flushed at once.
        """
        when = min(when, self._end)
        while not condition() and self._loop.time() < when:
            self._news = self._loop.create_future()
            timer = self._loop.call_at(when, self._wake)
            try:
                await self._news
            finally:
                timer.cancel()

    def _wake(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)

    def _take(self) -> str:
        now = self._loop.time()
        self._begun = self._begun or now
        slow = now - self._begun >= self._pace.after
        self._due = now + (self._pace.then if slow else self._pace.first)
        piece, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        return piece

    async def _pump(self) -> None:
        try:
            async with aclosing(self._stream) as stream:
                async for event in stream:
                    self._note(event)
        except Exception as error:
            self._failure = error
        finally:
            self._over = True
            self._wake()

    def _note(self, event: StreamEvent) -> None:
        match event:
            case TextPiece(text):
                piece = clean(text)
                self.text += piece
                self._waiting += piece
                self._wake()
            case PersonAsked(reason):
                self.asked = reason
            case StreamEnded(usage, cut):
                self.usage, self.cut = usage, cut

    @property
    def over(self) -> bool:
        """Whether the stream has ended well."""
        return self._over and not self._failure
