"""Whether the team is there, as a visitor is told: nothing that the team does not keep."""

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Self

from core.hours import Hours
from core.model import SiteId
from core.protocol.frames import Availability
from core.store.hours import HoursStore, TeamState
from core.value import value

# So many who wait longer, for each person who is here, make the team busy.
BUSY = 3
# How long others have waited is read anew after so many seconds, from so many waits and days. So is
# when the team leaves, where it does not for long.
FRESH = 600.0
WAITS, DAYS = 200, 7
# Fewer say nothing.
FEWEST = 5
# Of four visitors three have waited at most so long.
QUANTILE = 0.75
# What is promised, in minutes. Longer waits are no promise.
MINUTES = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)


@value
class NextChange:
    """When a team next leaves (it is there now) or comes back: `at`. None: it stays so for long.

    It was worked out at `since`, for these hours, and holds until `until`.
    """

    hours: Hours
    is_open: bool
    at: datetime | None
    since: datetime
    until: datetime

    @classmethod
    def after(cls, hours: Hours, now: datetime) -> Self:
        is_open = hours.is_open(now)
        at = hours.closes_after(now) if is_open else hours.opens_after(now)
        return cls(hours, is_open, at, now, at or now + timedelta(seconds=FRESH))

    def holds(self, hours: Hours, now: datetime) -> bool:
        return self.since <= now < self.until and self.hours == hours


class Availabilities:
    def __init__(self, store: HoursStore) -> None:
        self._store = store
        self._minutes: dict[SiteId, tuple[float, int | None]] = {}
        self._changes: dict[SiteId, NextChange] = {}

    async def of(self, team: TeamState | None) -> Availability | None:
        """What the visitor of a chat is told. None: a person has the chat."""
        if team is None:
            return None
        hours = team.hours
        change = self._change(team.site_id, hours, datetime.now(UTC))
        until = change.at
        if not change.is_open:
            return Availability(state="closed", back_at=until, until=until)
        if team.here == 0:
            return Availability(state="away", until=until)
        if team.waiting >= BUSY * team.here:
            return Availability(state="busy", until=until)
        return Availability(
            state="here", minutes=await self._pace(team.site_id, hours), until=until
        )

    def _change(self, site_id: SiteId, hours: Hours, now: datetime) -> NextChange:
        """When the team leaves or comes back. Weeks are looked through once, not for everybody."""
        known = self._changes.get(site_id)
        if known is None or not known.holds(hours, now):
            known = self._changes[site_id] = NextChange.after(hours, now)
        return known

    async def _pace(self, site_id: SiteId, hours: Hours) -> int | None:
        """How many minutes others have waited for a person, in open hours."""
        read_at, minutes = self._minutes.get(site_id, (-math.inf, None))
        if time.monotonic() > read_at + FRESH:
            waits = await self._store.waits(site_id, DAYS, WAITS)
            took = sorted(hours.seconds_open(*one) for one in waits if hours.is_open(one[0]))
            minutes = promised(took)
            self._minutes[site_id] = time.monotonic(), minutes
        return minutes


def promised(took: list[float]) -> int | None:
    """The minutes that most have waited at most, of waits in seconds and in order."""
    if len(took) < FEWEST:
        return None
    longest = took[math.ceil(len(took) * QUANTILE) - 1] / 60
    return next((one for one in MINUTES if longest <= one), None)
