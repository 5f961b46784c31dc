"""Tags: the team's words about chats. Visitors and assistants never see them."""

from collections.abc import Sequence
from uuid import UUID

from core.chat.publish import Publisher
from core.model import Chat, ChatId, Manager, Sight, TagRef
from core.store.tags import TagStore


class Tags:
    def __init__(self, store: TagStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def tag(
        self, chat_id: ChatId, add: Sequence[str], remove: Sequence[UUID], manager: Manager
    ) -> Chat:
        """Give a chat tags by their names, and take others away. Raises `NotFound`, `Conflict`."""
        change = await self._store.tag(chat_id, add, remove, manager.id)
        await self._publisher.publish(change)
        assert change.chat is not None
        return change.chat

    async def all(self, sites: Sight) -> Sequence[tuple[TagRef, str]]:
        """The tags of these sites, each with its site."""
        return await self._store.all(sites)

    async def change(self, tag: UUID, name: str | None, manager: Manager) -> None:
        """Rename a tag, or (without a name) delete it. Raises `NotFound` and `Conflict`."""
        await self._store.change(tag, name, manager.id)
