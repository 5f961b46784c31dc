"""The scheduled look for what nobody does: pending answers, lost calls, idle chats and more."""

import time
from collections.abc import Awaitable, Callable

import structlog

from core.chat.publish import Publisher
from core.delivery.jobs import AnswerChat, Queue, Sweep
from core.model import ChatId
from core.store.store import Store

log = structlog.get_logger()

AT_ONCE = 500
IDLE_HOURS = 24
SECONDS = 20.0


class Sweeper:
    def __init__(self, store: Store, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def run(self, seconds: float = SECONDS) -> dict[str, int]:
        """Do all there is, or what `seconds` suffice for; return how much was done."""
        swept, _ = await self._run(seconds)
        return swept

    async def run_and_go_on(self, seconds: float) -> dict[str, int]:
        """The same, where the next run is far away: a job goes on with what is left."""
        swept, left = await self._run(seconds)
        if left:
            await self._queue.enqueue(Sweep())
        return swept

    async def _run(self, seconds: float) -> tuple[dict[str, int], bool]:
        """How much of each was done, and whether something is left.

        It does a bounded amount of each in turn, so one kind never keeps the others waiting.
        """
        until = time.monotonic() + seconds
        await self._store.closing.renew()
        found = self._store.sweep
        enqueued: list[ChatId] = []
        left: dict[str, Callable[[], Awaitable[int]]] = {
            "pending": lambda: self._enqueue(enqueued),
            "settled": self._settle,
            "expired": self._leave,
            "closed": lambda: found.close_idle(IDLE_HOURS, AT_ONCE),
            "stale": lambda: found.drop_stale(AT_ONCE),
            "dropped": lambda: found.drop_unused(AT_ONCE),
            "contacts": lambda: found.give_contacts(AT_ONCE),
            "dropped_contacts": lambda: found.drop_contacts(AT_ONCE),
            "deliveries": self._deliver,
            "placed": self._place,
            "dropped_deliveries": lambda: found.drop_deliveries(AT_ONCE),
        }
        swept = dict.fromkeys(left, 0)
        first = True
        while left and (first or time.monotonic() < until):
            for name, step in list(left.items()):
                done = await step()
                swept[name] += done
                if done < AT_ONCE:
                    del left[name]
            first = False
        if any(swept.values()):
            log.info("sweep_done", **swept)
        if left:
            log.warning("sweep_unfinished", seconds=seconds, left=list(left))
        return swept, bool(left)

    async def _enqueue(self, enqueued: list[ChatId]) -> int:
        """Enqueue a job for each pending chat that has none of this run yet."""
        pending = await self._store.sweep.pending(AT_ONCE, enqueued)
        await self._queue.enqueue(*(AnswerChat(chat_id) for chat_id in pending))
        enqueued += pending
        return len(pending)

    async def _settle(self) -> int:
        settled, told = await self._store.sweep.settle_stale(AT_ONCE)
        if told is not None:
            await self._publisher.publish(told)
        return settled

    async def _deliver(self) -> int:
        """Let the notices be sent that nobody sends: their job was lost."""
        if not await self._store.deliveries.is_due():
            return 0
        await self._publisher.deliver_outside()
        return 1

    async def _place(self) -> int:
        """Give to people who are here what lies with its team, or waits for who is gone."""
        placed = await self._store.assignments.place("all:", AT_ONCE)
        await self._publisher.publish(*placed)
        return len(placed)

    async def _leave(self) -> int:
        expired = await self._store.sweep.expired(AT_ONCE)
        for connection in expired:
            await self._publisher.publish(await self._store.connections.leave(connection))
        return len(expired)
