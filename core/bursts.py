"""Gathers an assistant's stream into flushes: at most four a second, at least one in 5 s."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Self

from core.assistant import Asked, Done, Event, Piece
from core.model import Usage
from core.texts import clean

EVERY = 0.25
# A stream that is over this soon is finished without a flush of its own.
GRACE = 0.05
IDLE = 5.0
# A delta must fit a frame, whatever the assistant sends at once.
LARGEST = 4_000


class Bursts:
    """Iterate to get the texts to flush; an empty one only beats the heart.

    What the stream raised is raised here. `text` is all that came so far; `asked` and `usage` are
    known once the iteration has ended.
    """

    def __init__(self, stream: AsyncGenerator[Event, None]) -> None:
        self._stream = stream
        self._waiting = ""
        self._failure: Exception | None = None
        self._news = asyncio.Event()
        self._over = asyncio.Event()
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
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE):
                await self._news.wait()
        if self._waiting:
            await self._until_due()
        if self._failure:
            raise self._failure
        if self._over.is_set() and not self._waiting:
            raise StopAsyncIteration
        return self._take()

    async def _until_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._due:
            # Nothing was flushed yet: what is over by then needs no waiting.
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._over.wait()
        elif self._due > now:
            await asyncio.sleep(self._due - now)

    def _take(self) -> str:
        self._due = asyncio.get_running_loop().time() + EVERY
        piece, self._waiting = self._waiting[:LARGEST], self._waiting[LARGEST:]
        if not self._waiting and not self._over.is_set():
            self._news.clear()
        return piece

    async def _pump(self) -> None:
        try:
            async with aclosing(self._stream) as stream:
                async for event in stream:
                    self._note(event)
        except Exception as error:
            self._failure = error
        finally:
            self._over.set()
            self._news.set()

    def _note(self, event: Event) -> None:
        match event:
            case Piece(text):
                piece = clean(text)
                self.text += piece
                self._waiting += piece
                if self._waiting:
                    self._news.set()
            case Asked(reason):
                self.asked = reason
            case Done(usage):
                self.usage = usage

    @property
    def over(self) -> bool:
        """Whether the stream has ended, and well."""
        return self._over.is_set() and not self._failure
