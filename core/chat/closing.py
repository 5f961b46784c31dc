"""What a site's timers do: close idle chats, and hand back what a silent manager has left.

Both are idempotent: a chat that was active meanwhile is left alone.
"""

from core.chat.publish import Publisher
from core.delivery.jobs import AnswerChat, Queue
from core.model import SiteId
from core.store.closing import ClosingStore

# What is left after so many is due at once.
AT_ONCE = 100


class Closing:
    def __init__(self, store: ClosingStore, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def close(self, site: str) -> None:
        """Close the idle chats of a site."""
        changes = await self._store.close_idle(SiteId(site), AT_ONCE)
        await self._publisher.publish(*changes)

    async def hand_back(self, site: str) -> None:
        """Let the assistant answer where a visitor has waited for a person for too long."""
        handed = await self._store.hand_back(SiteId(site), AT_ONCE)
        await self._queue.enqueue(*(AnswerChat(chat_id) for chat_id, _ in handed))
        await self._publisher.publish(*(change for _, change in handed))
