"""Runs what is due: a registry of handlers, one for each kind of timer.

A step sets a timer in its own transaction, with `set_timer` or `begin_timer` in SQL.
When it is due, one process claims it and awaits the handler of its kind, with the timer's `ref`.

A handler must be idempotent. It runs again if its process dies, if it raises, or if only the note
that it has run is lost. So it looks at what is true now, does what is owed, and does nothing if
nothing is. Without an error its timer ends, unless the handler's own step has set it anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping

import structlog

from core.delivery.schedule import Schedule
from core.errors import ChatError, TryAgain
from core.store.timers import Timer, TimerStore

log = structlog.get_logger()

AT_ONCE = 20
# Well below the claim's lease, `timer_lease`.
HANDLER_SECONDS = 30.0

# The kinds with a handler in `core/app.py`. On AWS each function orders calls for these.
KINDS = (
    "assigned",
    "close",
    "digest",
    "escalation",
    "follow_up",
    "hand_back",
    "placement",
    "snooze",
)
# Gets the timer's `ref`.
Handler = Callable[[str], Awaitable[None]]


class Timers:
    """A kind without a handler here is left to processes that have one, of a newer release."""

    def __init__(self, store: TimerStore, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._handlers = handlers
        self.kinds = tuple(sorted(handlers))

    async def claim(self, limit: int = AT_ONCE) -> tuple[tuple[Timer, ...], float | None]:
        """Claim what is due. Returns it, and in how many seconds the next timer is due."""
        claimed = await self._store.claim(self.kinds, limit)
        return claimed.timers, claimed.next_in

    async def run(self, timer: Timer) -> None:
        """Run a claimed timer. After a failure it comes again. Raises nothing."""
        try:
            try:
                async with asyncio.timeout(HANDLER_SECONDS):
                    await self._handlers[timer.kind](timer.ref)
            except Exception as error:
                _log_failure(timer, error)
                await self._store.retry(timer)
            else:
                await self._store.finish(timer)
        except TryAgain as error:
            # Its lease ends, and somebody claims it again.
            log.warning("timer_left", timer=timer.kind, reason=error.message)

    async def run_due(self, seconds: float) -> None:
        """Run what is due, as far as `seconds` suffice. Then the rest is still due."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            timers, _ = await self.claim()
            if not timers:
                return
            await asyncio.gather(*map(self.run, timers))

    async def next_in(self) -> float | None:
        """In how many seconds the next timer is due; None if there is none."""
        return await self._store.next_in(self.kinds) if self.kinds else None


def _log_failure(timer: Timer, error: Exception) -> None:
    if isinstance(error, ChatError | TimeoutError):
        reason = error.message if isinstance(error, ChatError) else type(error).__name__
        log.warning("timer_postponed", timer=timer.kind, attempt=timer.tries, reason=reason)
    else:
        log.error("timer_failed", timer=timer.kind, attempt=timer.tries, exc_info=error)


class Alarms:
    """On AWS, where no process waits: orders a call of the functions for the earliest timer.

    A function hears which timers its statements set. Before it returns, `settle` orders a call, if
    nobody has ordered one by then. Without such a timer it asks nobody.
    """

    def __init__(self, store: TimerStore, kinds: Collection[str], schedule: Schedule) -> None:
        self._store = store
        self._kinds = tuple(kinds)
        self._schedule = schedule
        self._heard: float | None = None
        # Until then a call is ordered that comes early enough.
        self._covered = 0.0

    def timer_set(self, seconds: float) -> None:
        """A timer was set that is due in so many seconds."""
        due = time.monotonic() + seconds
        if self._heard is None or due < self._heard:
            self._heard = due

    async def settle(self) -> None:
        """Order what was heard of. Raises nothing: the sweep orders what is missed."""
        now, heard, self._heard = time.monotonic(), self._heard, None
        if heard is None or now < self._covered <= heard:
            return
        await self.order()

    async def order(self) -> None:
        """Order a call for the earliest timer, unless one is ordered. Raises nothing."""
        try:
            order = await self._store.order_alarm(self._kinds)
            if order.seconds is not None:
                await self._ordered(order.seconds)
        except Exception as error:
            log.warning("alarm_not_ordered", reason=type(error).__name__)
        else:
            self._covered = time.monotonic() + (order.covered or 0.0)

    async def _ordered(self, seconds: float) -> None:
        try:
            await self._schedule.order(seconds)
        except BaseException:
            await self._store.forget_alarm()
            raise
