"""Whether the team is there, as a visitor is told: nothing that the team does not keep."""

import math
import time
from datetime import UTC, datetime

from core.hours import Hours
from core.model import SiteId
from core.protocol.frames import Availability
from core.store.hours import HoursStore, TeamState

# So many who wait longer, for each person who is here, make the team busy.
BUSY = 3
# How long others have waited is read anew after so many seconds, from so many waits and days.
FRESH = 600.0
WAITS, DAYS = 200, 7
# Fewer say nothing.
FEWEST = 5
# Of four visitors three have waited at most so long.
QUANTILE = 0.75
# What is promised, in minutes. Longer waits are no promise.
MINUTES = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)


class Availabilities:
    def __init__(self, store: HoursStore) -> None:
        self._store = store
        self._minutes: dict[SiteId, tuple[float, int | None]] = {}

    async def of(self, team: TeamState | None) -> Availability | None:
        """What the visitor of a chat is told. None: a person has the chat."""
        if team is None:
            return None
        now, hours = datetime.now(UTC), team.hours
        if not hours.is_open(now):
            back_at = hours.opens_after(now)
            return Availability(state="closed", back_at=back_at, until=back_at)
        until = hours.closes_after(now)
        if team.here == 0:
            return Availability(state="away", until=until)
        if team.waiting >= BUSY * team.here:
            return Availability(state="busy", until=until)
        return Availability(
            state="here", minutes=await self._pace(team.site_id, hours), until=until
        )

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
