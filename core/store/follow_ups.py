"""Mail to visitors who have left: when it is written, and how they stop it."""

from uuid import UUID

from core.model import ChatId
from core.store.database import Statements


class FollowUpStore(Statements):
    async def write(self, chat_id: ChatId) -> bool:
        """Write the mail of a chat, if its visitor has to get one. Says whether they do."""
        row = await self._row("select follow_up($1) as written", chat_id)
        return bool(row["written"])

    async def stop(self, token: UUID) -> None:
        """Send no more mail to whoever has this token."""
        await self._row("select stop_mail($1)", token)
