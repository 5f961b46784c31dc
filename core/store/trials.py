"""What trying an assistant out costs. Nothing of what is said there is stored."""

import json
from typing import Literal
from uuid import UUID

from core.limits import Limits
from core.model import SiteId
from core.store.changes import Change
from core.store.database import Pool, Statements

Reserved = Literal["reserved", "over", "queued"]


class TrialStore(Statements):
    def __init__(self, pool: Pool, limits: Limits) -> None:
        super().__init__(pool)
        self._limits = limits

    async def begin(self, trial_id: UUID, site_id: SiteId, tokens: int) -> Reserved:
        """Reserve what one call may cost, under an id of the caller."""
        row = await self._row(
            "select begin_trial($1, $2, $3, $4) as outcome",
            trial_id,
            site_id,
            tokens,
            self._limits.tokens_per_day,
        )
        outcome: Reserved = row["outcome"]
        return outcome

    async def end(self, trial_id: UUID, tokens: int) -> Change | None:
        """Settle what it has cost. Returns what the team is told."""
        row = await self._row("select end_trials($1, $2) as told", [trial_id], tokens)
        return Change.told(json.loads(row["told"] or "null"))
