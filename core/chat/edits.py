"""Editing and erasing what one has sent: those who have the chat open see it at once."""

from core.chat.publish import Publisher
from core.model import ChatId, ManagerId, StoredMessage
from core.store.edits import EditStore


class Edits:
    def __init__(self, store: EditStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def edit(
        self, chat_id: ChatId, seq: int, text: str, rev: int | None, manager: ManagerId
    ) -> StoredMessage:
        """Give one's own message another text. The old one is kept nowhere.

        With `rev`, not if somebody else has changed it. Raises `NotFound`, `Forbidden`, `Conflict`
        and `TooLate`.
        """
        return await self._change(chat_id, seq, text, rev, manager)

    async def erase(self, chat_id: ChatId, seq: int, manager: ManagerId) -> StoredMessage:
        """Take one's own message back. Raises `NotFound`, `Forbidden`, `Conflict` and `TooLate`."""
        return await self._change(chat_id, seq, None, None, manager)

    async def _change(
        self, chat_id: ChatId, seq: int, text: str | None, rev: int | None, manager: ManagerId
    ) -> StoredMessage:
        change = await self._store.change(chat_id, seq, manager, text, rev)
        await self._publisher.publish(change)
        (message,) = change.messages
        return message
