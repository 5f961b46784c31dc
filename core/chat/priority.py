"""How much a chat presses. Visitors hear nothing of it, and nobody is answered sooner by it."""

from core.chat.publish import Publisher
from core.model import Chat, ChatId, Manager
from core.protocol.frames import Priority
from core.store.priority import PriorityStore


class Priorities:
    def __init__(self, store: PriorityStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def prioritize(self, chat_id: ChatId, priority: Priority, manager: Manager) -> Chat:
        """Give a chat a priority. Raises `NotFound`."""
        change = await self._store.prioritize(chat_id, priority, manager.id)
        await self._publisher.publish(change)
        assert change.chat is not None
        return change.chat
