"""A manager's message to many chats."""

from collections.abc import Sequence
from uuid import UUID

from core.chat.publish import Publisher
from core.delivery.jobs import DeliverBroadcast, Queue
from core.errors import NotFound
from core.model import ChatId, Manager, Sight, SiteId
from core.store.broadcasts import BroadcastStore, StoredBroadcast


class Broadcasts:
    def __init__(self, store: BroadcastStore, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def begin(
        self,
        text: str,
        audience: str,
        chat_ids: Sequence[str],
        client_id: str | None,
        manager: Manager,
        site_id: SiteId | None = None,
    ) -> StoredBroadcast:
        """Begin a message to many chats, of one site or of all. Jobs deliver it page by page.

        Raises `NotFound`.
        """
        await self._all_known(chat_ids)
        broadcast = await self._store.begin(text, client_id, manager, audience, chat_ids, site_id)
        await self._queue.enqueue(
            *(DeliverBroadcast(broadcast.broadcast_id, page) for page in range(broadcast.pages))
        )
        return broadcast

    async def count_audience(
        self, audience: str, chat_ids: Sequence[str], site_id: SiteId | None = None
    ) -> int:
        """How many chats a broadcast would reach. Raises `NotFound`."""
        await self._all_known(chat_ids)
        return await self._store.count_audience(audience, chat_ids, site_id)

    async def progress(self, broadcast_id: UUID, sites: Sight = None) -> StoredBroadcast:
        """The progress of a broadcast, to all sites or to one of these. Raises `NotFound`."""
        return await self._store.broadcast(broadcast_id, sites)

    async def deliver_page(self, broadcast_id: UUID, page: int) -> None:
        """Store and push one page of a broadcast. A repeat changes nothing."""
        reached: list[ChatId] = []
        for change in await self._store.store_page(broadcast_id, page):
            result = await self._publisher.publish(change)
            if set(result.taken) & set(change.users):
                reached.append(change.messages[0].chat_id)
        await self._store.mark_delivered(broadcast_id, page, reached)

    async def _all_known(self, chat_ids: Sequence[str]) -> None:
        unknown = await self._store.unknown_chats(chat_ids) if chat_ids else ()
        if unknown:
            raise NotFound(f"There is no such chat: {', '.join(unknown)}.")
