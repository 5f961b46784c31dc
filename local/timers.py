"""On one machine: one task that sleeps until the earliest timer, in place of AWS's schedules."""

import asyncio
from typing import Self

import structlog

from core.chat.timers import AT_ONCE, Timers
from core.errors import TryAgain
from core.store.timers import Timer

log = structlog.get_logger()

# Another process is just claiming what is due, or the database is away.
PAUSE_SECONDS, AWAY_SECONDS = 0.1, 2.0


class TimerRunner:
    """Asks the database only when a timer is due. Of several processes each claims its part.

    It hears at once of timers that this process's own statements set. Of those of other processes
    it hears from the sweep: they matter only if the other process dies.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._due: float | None = None
        self._earlier = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    def wake(self, seconds: float) -> None:
        """A timer is due in so many seconds."""
        due = asyncio.get_running_loop().time() + seconds
        if self._due is None or due < self._due:
            self._due = due
            self._earlier.set()

    async def look(self) -> None:
        """Find the timers that this process has not heard of."""
        next_in = await self._timers.next_in()
        if next_in is not None:
            self.wake(next_in)

    async def stop(self, seconds: float) -> None:
        """Claim no more. Give the running ones some time; others claim them after their lease."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._until_due()
            if len(self._running) >= AT_ONCE:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            try:
                await self._claim()
            except TryAgain:
                self.wake(AWAY_SECONDS)
            except Exception:
                log.exception("timers_not_claimed")
                self.wake(AWAY_SECONDS)

    async def _until_due(self) -> None:
        loop = asyncio.get_running_loop()
        while self._due is None or self._due > loop.time():
            self._earlier.clear()
            try:
                async with asyncio.timeout_at(self._due):
                    await self._earlier.wait()
            except TimeoutError:
                continue
        self._due = None

    async def _claim(self) -> None:
        timers, next_in = await self._timers.claim(AT_ONCE - len(self._running))
        for timer in timers:
            self._start(timer)
        if next_in is not None:
            self.wake(next_in if timers else max(next_in, PAUSE_SECONDS))

    def _start(self, timer: Timer) -> None:
        task = asyncio.create_task(self._timers.run(timer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
