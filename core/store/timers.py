"""Timers: what is due later, claimed by whoever runs it. The clock is the database's."""

import json
from collections.abc import Sequence
from uuid import UUID

from core.store.database import Statements
from core.value import value


@value
class Timer:
    """A claimed timer. Only the holder of the newest claim ends it."""

    kind: str
    ref: str
    claim: UUID
    tries: int


@value
class DueTimers:
    """What was due, and in how many seconds the next timer is; None if there is none."""

    timers: tuple[Timer, ...]
    next_in: float | None


@value
class Order:
    """In how many seconds an alarm must be ordered, if nobody has ordered it.

    Until `covered`, nobody needs to ask again, unless a timer is due before.
    """

    seconds: float | None
    covered: float | None


class TimerStore(Statements):
    async def set(self, kind: str, ref: str, seconds: float) -> None:
        """Set the timer or move it. Steps in SQL call `set_timer` in their own transaction."""
        await self._row(
            "select set_timer($1, $2, clock_timestamp() + make_interval(secs => $3))",
            kind,
            ref,
            seconds,
        )

    async def begin(self, kind: str, ref: str, seconds: float) -> None:
        """Set the timer unless it is set."""
        await self._row(
            "select begin_timer($1, $2, clock_timestamp() + make_interval(secs => $3))",
            kind,
            ref,
            seconds,
        )

    async def clear(self, kind: str, ref: str) -> None:
        await self._row("select clear_timer($1, $2)", kind, ref)

    async def claim(self, kinds: Sequence[str], limit: int) -> DueTimers:
        """Claim what is due. Whoever dies with a claim loses it after its lease."""
        row = await self._row("select claimed, next_in from claim_timers($1, $2)", kinds, limit)
        claimed = json.loads(row["claimed"] or "[]")
        timers = (Timer(t["kind"], t["ref"], UUID(t["claim"]), t["tries"]) for t in claimed)
        return DueTimers(tuple(timers), row["next_in"])

    async def next_in(self, kinds: Sequence[str]) -> float | None:
        """In how many seconds the next timer is due; None if there is none."""
        row = await self._row("select next_timer($1) as seconds", kinds)
        return None if row["seconds"] is None else float(row["seconds"])

    async def finish(self, timer: Timer) -> None:
        """It has run. If somebody has set it meanwhile, it stays."""
        await self._row("select finish_timer($1, $2, $3)", timer.kind, timer.ref, timer.claim)

    async def retry(self, timer: Timer) -> None:
        """It has failed, and comes again after a pause that grows."""
        await self._row("select retry_timer($1, $2, $3)", timer.kind, timer.ref, timer.claim)

    async def order_alarm(self, kinds: Sequence[str]) -> Order:
        """Find out whether an alarm must be ordered for the earliest timer. One caller is told."""
        row = await self._row("select seconds, covered from order_alarm($1)", kinds)
        return Order(row["seconds"], row["covered"])

    async def forget_alarm(self) -> None:
        """The order has failed, so the next one counts."""
        await self._row("select forget_alarm()")
