"""Chats that the team has put off."""

from datetime import datetime

from core.errors import Conflict, NotFound
from core.model import ChatId, ManagerId
from core.store.changes import Change
from core.store.database import Statements
from core.store.refusals import UNKNOWN_CHAT

IS_CLOSED = "This chat is closed. Please reopen it first."
WAITS = "Somebody waits for an answer there. Please choose a time as `until`."


class SnoozeStore(Statements):
    async def snooze(self, chat_id: ChatId, until: datetime | None, manager: ManagerId) -> Change:
        """Put a chat off until a time; without one until its visitor writes.

        Raises `NotFound` and `Conflict`.
        """
        row = await self._row(
            "call snooze_chat($1, coalesce($2, timestamptz 'infinity'), $3, null, null, null)",
            chat_id,
            until,
            manager,
        )
        match row["outcome"]:
            case "unknown":
                raise NotFound(UNKNOWN_CHAT)
            case "closed":
                raise Conflict(IS_CLOSED)
            case "waits":
                raise Conflict(WAITS)
        return Change.from_row({**row, "users": None})

    async def unsnooze(self, chat_id: ChatId, manager: ManagerId | None = None) -> Change:
        """Bring a chat back: by a manager; without one, if its time has come. Raises `NotFound`."""
        row = await self._row("call unsnooze_chat($1, $2, null, null, null)", chat_id, manager)
        if row["outcome"] == "unknown":
            raise NotFound(UNKNOWN_CHAT)
        return Change.from_row({**row, "users": None})
