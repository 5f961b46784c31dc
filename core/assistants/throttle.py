"""Gathers an assistant's stream into flushes: at most four a second, at least one in 5 s."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Self

from core.assistants.assistant import PersonAsked, StreamEnded, StreamEvent, TextPiece
from core.model import Usage
from core.protocol.text import clean

EVERY = 0.25
# A stream that is over this soon is finished without a flush of its own.
GRACE = 0.05
IDLE = 5.0
# A delta must fit a frame, whatever the assistant sends at once.
LARGEST = 4_000


class Throttle:
    """Iterate to get the texts to flush; an empty one only beats the heart.

    What the stream raised is raised here. `text` is all that came so far; `asked` and `usage` are
    known once the iteration has ended.
    """

    def __init__(self, stream: AsyncGenerator[StreamEvent, None]) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._waiting = ""
        self._failure: Exception | None = None
        self._over = False
        self._news: asyncio.Future[None] | None = None
        self._due = 0.0
        self.text = ""
        self.asked: str | None = None
        self.usage: Usage | None = None

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
                # Nothing was flushed yet: what is over by then needs no waiting.
                await self._until(self._loop.time() + GRACE, lambda: self._over)
        if self._failure:
            raise self._failure
        if self._over and not self._waiting:
            raise StopAsyncIteration
        return self._take()

    async def _until(self, when: float, so: Callable[[], bool]) -> None:
        """Wait until `when` on the loop's clock, or until it is `so`."""
        while not so() and self._loop.time() < when:
            self._news = self._loop.create_future()
            timer = self._loop.call_at(when, self._tell)
            try:
                await self._news
            finally:
                timer.cancel()

    def _tell(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)

    def _take(self) -> str:
        self._due = self._loop.time() + EVERY
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
            self._tell()

    def _note(self, event: StreamEvent) -> None:
        match event:
            case TextPiece(text):
                piece = clean(text)
                self.text += piece
                self._waiting += piece
                self._tell()
            case PersonAsked(reason):
                self.asked = reason
            case StreamEnded(usage):
                self.usage = usage

    @property
    def over(self) -> bool:
        """Whether the stream has ended, and well."""
        return self._over and not self._failure
