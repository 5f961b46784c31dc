"""Putting chats off. Whoever answers in them goes on, and visitors hear nothing of it."""

from datetime import UTC, datetime, timedelta

from core.chat.publish import Publisher
from core.errors import Invalid, NotFound
from core.model import Chat, ChatId, Manager
from core.store.snooze import SnoozeStore

NOT_SO_LATE = timedelta(days=366)
OUT_OF_REACH = "Please correct `until`: it must be a time to come, within a year."


def in_reach(until: datetime) -> datetime:
    """The same time, if a chat can be put off until then. Raises `Invalid`."""
    now = datetime.now(UTC)
    if not now < until <= now + NOT_SO_LATE:
        raise Invalid(OUT_OF_REACH)
    return until


class Snoozing:
    def __init__(self, store: SnoozeStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def snooze(self, chat_id: ChatId, until: datetime | None, manager: Manager) -> Chat:
        """Put a chat off until a time, or until its visitor writes.

        Raises `Invalid`, `NotFound` and `Conflict`.
        """
        until = until and in_reach(until)
        change = await self._store.snooze(chat_id, until, manager.id)
        await self._publisher.publish(change)
        assert change.chat is not None
        return change.chat

    async def unsnooze(self, chat_id: ChatId, manager: Manager) -> Chat:
        """Bring a chat back. Raises `NotFound`."""
        change = await self._store.unsnooze(chat_id, manager.id)
        await self._publisher.publish(change)
        assert change.chat is not None
        return change.chat

    async def come_back(self, ref: str) -> None:
        """Bring a chat back if its time has come. A timer's handler."""
        try:
            change = await self._store.unsnooze(ChatId(ref))
        except NotFound:
            return
        if change.chat is not None:
            await self._publisher.publish(change)
