"""Escalation: the steps of a site, and how far the wait of a chat has come."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from core.errors import NotFound
from core.model import ChatId, ManagerId, Row, SiteId
from core.store.database import Statements
from core.value import value

NO_SUCH = "There is no such site, or a receiver is not one of it."

EscalationAction = Literal["people", "team", "receiver", "everybody"]


@value
class EscalationStep:
    """After so many seconds of waiting, this happens. `only_open`: only open hours count."""

    after_seconds: int
    action: EscalationAction
    receiver_id: UUID | None = None
    only_open: bool = False

    @classmethod
    def of_row(cls, row: Row) -> Self:
        receiver = row["receiver_id"]
        return cls(
            row["after_seconds"],
            row["action"],
            UUID(receiver) if receiver else None,
            row["only_open"],
        )


@value
class Wait:
    """A chat that waits: since when, which steps its site has, and which were taken.

    Steps are named by their place, from 1. `site` has its hours and zone.
    """

    since: datetime
    taken: Collection[int]
    steps: Sequence[EscalationStep]
    site: Mapping[str, Any]


class EscalationStore(Statements):
    async def wait(self, chat_id: ChatId) -> Wait | None:
        """The wait of a chat. None: it does not wait."""
        row = await self._row("select escalation_of($1) as wait", chat_id)
        if row["wait"] is None:
            return None
        read = json.loads(row["wait"])
        steps = map(EscalationStep.of_row, read["steps"] or ())
        since = datetime.fromisoformat(read["since"])
        return Wait(since, read["taken"], tuple(steps), read["site"])

    async def escalate(
        self, chat_id: ChatId, since: datetime, due: Sequence[int], next_in: float | None
    ) -> bool:
        """Take these steps, and come again in `next_in` seconds. False: the wait is over."""
        row = await self._row(
            "select escalate($1, $2, $3, $4) as waits", chat_id, since, list(due), next_in
        )
        return bool(row["waits"])

    async def steps(self, site_id: SiteId) -> Sequence[EscalationStep]:
        """The steps of a site, in their order."""
        row = await self._row(
            "select json_agg(s order by s.position) as steps from escalation_steps s"
            " where s.site_id = $1",
            site_id,
        )
        return [EscalationStep.of_row(one) for one in json.loads(row["steps"] or "[]")]

    async def set_steps(
        self, site_id: SiteId, steps: Sequence[EscalationStep], manager: ManagerId
    ) -> None:
        """Replace the steps of a site. Raises `NotFound`."""
        given = [
            {
                "after_seconds": one.after_seconds,
                "only_open": one.only_open,
                "action": one.action,
                "receiver_id": one.receiver_id and str(one.receiver_id),
            }
            for one in steps
        ]
        row = await self._row(
            "select set_escalation($1, $2, $3) as done", site_id, json.dumps(given), manager
        )
        if not row["done"]:
            raise NotFound(NO_SUCH)
