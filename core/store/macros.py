"""Macros: several steps in a chat as one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.model import ChatId, Manager, ManagerId, Row
from core.store.bulk import Result, results_of
from core.store.changes import new_text
from core.store.database import Statements
from core.value import value

NO_MACRO = "There is no such macro."
NO_PLACE = "Only an admin keeps macros for a website, and only its members for a team."
NAME_TAKEN = "Please choose another `name`: one of these macros has it already."
MANY_MACROS = "There are 100 macros already, or 300 KB of them. Please delete some first."
NOT_ALL_THERE = "One of these tags, people or teams is not there. Please choose another."


@value
class Macro:
    """`steps`: `{tags, assignee, team, snooze, closes}`, each if it is there.

    `tags`, `assignee_name` and `to_team` have the names of what is still there.
    """

    id: UUID
    name: str
    text: str | None
    steps: Mapping[str, Any]
    site_id: str | None = None
    team_id: str | None = None
    editable: bool = True
    tags: Sequence[Mapping[str, Any]] = ()
    assignee_name: str | None = None
    to_team: Mapping[str, Any] | None = None

    @classmethod
    def of_row(cls, row: Row) -> Self:
        return cls(
            UUID(row["macro_id"]), row["name"], row["text"], row["steps"], row["site_id"],
            row["team_id"], row["editable"], row["tags"] or (), row["assignee_name"],
            row["to_team"],
        )  # fmt: skip


@value
class MacroMessage:
    """What a macro writes to the visitor. `after_seq`: the last message its writer has seen."""

    text: str
    client_id: str | None = None
    after_seq: int | None = None

    def as_row(self) -> str:
        after = None if self.after_seq is None else str(self.after_seq)
        return new_text(self.text, client_id=self.client_id, after_seq=after)


class MacroStore(Statements):
    async def save(self, macro: Macro, manager: ManagerId) -> None:
        """Keep a macro. Raises `NotFound`, `Forbidden`, `Invalid` and `Conflict`."""
        row = await self._row(
            "select save_macro($1, $2, $3, $4, $5, $6, $7) as outcome",
            manager,
            macro.id,
            macro.site_id,
            macro.team_id,
            macro.name,
            macro.text,
            json.dumps(dict(macro.steps)),
        )
        match row["outcome"]:
            case "scope":
                raise Forbidden(NO_PLACE)
            case "unknown":
                raise NotFound(NO_MACRO)
            case "gone":
                raise Invalid(NOT_ALL_THERE)
            case "taken":
                raise Conflict(NAME_TAKEN)
            case "full":
                raise Conflict(MANY_MACROS)

    async def remove(self, macro: UUID, manager: ManagerId) -> None:
        """Delete a macro. Raises `NotFound`."""
        row = await self._row("select remove_macro($1, $2) as done", manager, macro)
        if not row["done"]:
            raise NotFound(NO_MACRO)

    async def run(
        self,
        chat_id: ChatId,
        steps: Mapping[str, object],
        message: MacroMessage | None,
        undo_id: UUID | None,
        manager: Manager,
    ) -> Result:
        """Take all these steps in a chat, or none of them. `steps`: as of `take_steps` in SQL."""
        row = await self._row(
            "call run_macro($1, $2, $3, $4, $5, $6, null)",
            chat_id,
            manager.id,
            manager.name,
            json.dumps(dict(steps)),
            message and message.as_row(),
            undo_id,
        )
        [result] = results_of(row)
        return result
