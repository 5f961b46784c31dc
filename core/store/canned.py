"""Canned replies: what the team writes often."""

import json
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from core.errors import Conflict, Forbidden, NotFound
from core.model import ManagerId, Row
from core.store.database import Statements, as_json
from core.store.macros import Macro
from core.value import value

NOT_THERE = "There is no such canned reply."
NO_PLACE = "Only an admin keeps replies for a website, and only its members for a team."
TAKEN = "Please choose another `shortcut`: one of these replies has it already."
FULL = "There are 300 replies already, or 300 KB of them. Please delete some first."


@value
class CannedReply:
    """`site_id` or `team_id`: whose it is; without them one's own."""

    id: UUID
    shortcut: str
    text: str
    site_id: str | None = None
    team_id: str | None = None
    editable: bool = True

    @classmethod
    def of_row(cls, row: Row) -> Self:
        return cls(
            UUID(row["reply_id"]), row["shortcut"], row["text"], row["site_id"], row["team_id"],
            row["editable"],
        )  # fmt: skip


@value
class Canned:
    """What a manager may use, and where they may keep more: `id`, `name` and maybe `site`."""

    replies: Sequence[CannedReply]
    macros: Sequence[Macro]
    sites: Sequence[dict[str, Any]]
    teams: Sequence[dict[str, Any]]


class CannedStore(Statements):
    async def all(self, manager: ManagerId) -> Canned:
        """What a manager may use."""
        row = await self._row("select canned_for($1) as found", manager)
        found = json.loads(row["found"])
        replies = list(map(CannedReply.of_row, found["replies"] or ()))
        macros = list(map(Macro.of_row, found["macros"] or ()))
        return Canned(replies, macros, found["sites"] or (), found["teams"] or ())

    async def save(
        self, replies: Sequence[CannedReply], manager: ManagerId, *, replaces: bool = False
    ) -> None:
        """Keep replies of one site, team or person. `replaces`: a shortcut gets its new text.

        Raises `NotFound`, `Forbidden` and `Conflict`.
        """
        first = replies[0]
        row = await self._row(
            "select save_canned($1, $2, $3, $4, $5) as outcome",
            manager,
            first.site_id,
            first.team_id,
            as_json(
                {"reply_id": str(one.id), "shortcut": one.shortcut, "text": one.text}
                for one in replies
            ),
            replaces,
        )
        match row["outcome"]:
            case "scope":
                raise Forbidden(NO_PLACE)
            case "unknown":
                raise NotFound(NOT_THERE)
            case "taken":
                raise Conflict(TAKEN)
            case "full":
                raise Conflict(FULL)

    async def remove(self, reply: UUID, manager: ManagerId) -> None:
        """Delete a reply. Raises `NotFound`."""
        row = await self._row("select remove_canned($1, $2) as done", manager, reply)
        if not row["done"]:
            raise NotFound(NOT_THERE)
