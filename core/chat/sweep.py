"""The scheduled look for work that nobody does: pending answers, ended connections, idle chats."""

import structlog

from core.chat.publish import Publisher
from core.delivery.jobs import AnswerChat, Queue
from core.store.store import Store

log = structlog.get_logger()

AT_ONCE = 500
IDLE_HOURS = 24


class Sweep:
    def __init__(self, store: Store, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def run(self) -> dict[str, int]:
        """Do a bounded amount of each once; return how much was done."""
        found = self._store.sweep
        pending = await found.pending(AT_ONCE)
        await self._queue.enqueue(*(AnswerChat(chat_id) for chat_id in pending))
        expired = await found.expired(AT_ONCE)
        for connection in expired:
            await self._publisher.publish(await self._store.connections.leave(connection))
        swept = {
            "pending": len(pending),
            "expired": len(expired),
            "closed": await found.close_idle(IDLE_HOURS, AT_ONCE),
            "stale": await found.drop_stale(AT_ONCE),
            "dropped": await found.drop_unused(AT_ONCE),
        }
        if any(swept.values()):
            log.info("sweep_done", **swept)
        return swept
