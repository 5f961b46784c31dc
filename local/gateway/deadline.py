"""Ends what takes too long, with one timer of the loop for all that may take equally long.

A timer for each call costs more than all that the gateway does with the call.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType

Late = Callable[[], object]


class Deadlines:
    """What began is in order of its end, as all may take `seconds`. So one timer waits for the
    oldest, and looks whom to wait for next when it fires.

    Use it in one loop at a time.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun: dict[int, tuple[float, Late]] = {}
        self._last = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, late: Late) -> int:
        """Have `late` called after `seconds`. Gives the name for `end`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # What a loop has left behind when it ended is never due.
            self._loop, self._timer = loop, None
            self._begun.clear()
        self._last += 1
        self._begun[self._last] = loop.time() + self.seconds, late
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look)
        return self._last

    def end(self, name: int) -> None:
        """It was in time, or is late already."""
        self._begun.pop(name, None)

    def _look(self) -> None:
        assert self._loop is not None
        try:
            while self._begun:
                name, (due, late) = next(iter(self._begun.items()))
                if due > self._loop.time():
                    break
                del self._begun[name]
                # It may begin again, and does not set a second timer.
                late()
        finally:
            oldest = next(iter(self._begun.values()), None)
            self._timer = self._loop.call_at(oldest[0], self._look) if oldest else None


class Deadline:
    """Cancels the task inside it after the time of `deadlines`, and raises TimeoutError from it.

    As `asyncio.timeout` does. `expired`: its time is over.
    """

    __slots__ = ("_cancelling", "_deadlines", "_name", "_task", "expired")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self.expired = False

    def __enter__(self) -> "Deadline":
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self._name = self._deadlines.begin(self._late)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._deadlines.end(self._name)
        if (
            self.expired
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error

    def _late(self) -> None:
        self.expired = True
        self._task.cancel()
