"""Whether a site's team is there, and who is away by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from core.hours import Hours
from core.model import ManagerId, Row, SiteId
from core.store.database import Statements, read_json
from core.value import value


@value
class TeamState:
    """A site's team as a visitor finds it: how many are here, and how many others wait longer."""

    site_id: SiteId
    hours: Hours
    here: int
    waiting: int

    @classmethod
    def from_row(cls, row: Row | None) -> Self | None:
        """Read what `team_of` gives."""
        if not row:
            return None
        hours = Hours.of(row["time_zone"], row["hours"], row["special_days"] or {})
        return cls(SiteId(row["site"]), hours, row["here"], row["waiting"] or 0)


class HoursStore(Statements):
    async def waits(
        self, site_id: SiteId, days: int, most: int
    ) -> Sequence[tuple[datetime, datetime]]:
        """When the last visitors began to wait for a person, and when one came."""
        row = await self._row("select waits_of($1, $2, $3) as waits", site_id, days, most)
        return [
            (datetime.fromisoformat(one["began"]), datetime.fromisoformat(one["ended"]))
            for one in read_json(row["waits"] or "[]")
        ]

    async def set_away(self, manager_id: ManagerId, *, away: bool) -> bool:
        """Let a manager be away by hand, or be there again. Gives whether they are away."""
        row = await self._row("select set_away($1, $2) is not null as away", manager_id, away)
        return bool(row["away"])

    async def is_away(self, manager_id: ManagerId) -> bool:
        """Whether a manager is away by hand. In open mode nobody is."""
        row = await self._row(
            "select exists (select from managers where manager_id = $1 and away_since is not null)"
            " as away",
            manager_id,
        )
        return bool(row["away"])
