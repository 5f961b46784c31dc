"""How much a chat presses."""

from core.errors import NotFound
from core.model import ChatId, ManagerId
from core.protocol.frames import Priority
from core.store.changes import Change
from core.store.database import Statements
from core.store.refusals import UNKNOWN_CHAT


class PriorityStore(Statements):
    async def prioritize(self, chat_id: ChatId, priority: Priority, manager: ManagerId) -> Change:
        """Give a chat a priority. Raises `NotFound`."""
        row = await self._row(
            "call prioritize_chat($1, $2, $3, null, null, null)", chat_id, manager, priority
        )
        if row["outcome"] == "unknown":
            raise NotFound(UNKNOWN_CHAT)
        return Change.from_row({**row, "users": None})
