"""The rare look for what nobody is doing: owed answers, ended connections, idle chats."""

import structlog

from core.chat.publish import Fanout
from core.delivery.jobs import Queue, Ring
from core.store.chats import Store
from core.store.sweep import SweepStore

log = structlog.get_logger()

AT_ONCE = 500
IDLE_HOURS = 24


class Sweep:
    def __init__(self, found: SweepStore, store: Store, fanout: Fanout, queue: Queue) -> None:
        self._found = found
        self._store = store
        self._fanout = fanout
        self._queue = queue

    async def run(self) -> dict[str, int]:
        """Do all of it once, a bounded amount of each; return how much there was."""
        owed = await self._found.owed(AT_ONCE)
        await self._queue.put(*(Ring(chat_id) for chat_id in owed))
        expired = await self._found.expired(AT_ONCE)
        for connection in expired:
            await self._fanout.tell(await self._store.leave(connection))
        swept = {
            "rung": len(owed),
            "expired": len(expired),
            "closed": await self._found.close_idle(IDLE_HOURS, AT_ONCE),
            "stale": await self._found.drop_stale(AT_ONCE),
            "dropped": await self._found.drop_unused(AT_ONCE),
        }
        if any(swept.values()):
            log.info("swept", **swept)
        return swept
