"""Sends notices outside: claim, read, carry, end. A slow receiver delays only its own notices."""

import asyncio
import random
import time
from collections.abc import Collection, Mapping
from uuid import UUID

import structlog

from core.chat.news import is_stale
from core.chat.ways import notice_of
from core.delivery.carriers.carrier import Carrier, Gone, NotSent, TryLater
from core.delivery.carriers.news import News
from core.delivery.jobs import LONGEST_DELAY, Deliver, Queue
from core.model import Row
from core.store.deliveries import DeliveryStore, Outcome

log = structlog.get_logger()

# So many are sent at once by one job.
AT_ONCE = 4
# Longer than any carrier takes.
LEASE_SECONDS = 60.0
SEND_SECONDS = 30.0
# After each failure, in seconds. After the last one a delivery is dead, and somebody must look.
PAUSES = (2, 15, 60, 300, 1800, 7200, 18_000, 36_000, 86_400)
LONGEST_PAUSE = 86_400.0


class Pace:
    """Spreads work over time, so that what shares the processor with it has its turns between."""

    def __init__(self, per_second: float | None) -> None:
        self._each = 1 / per_second if per_second else 0.0
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait for the next turn, behind all who wait already."""
        now = time.monotonic()
        at = max(self._free_at, now)
        self._free_at = at + self._each
        if at > now:
            await asyncio.sleep(at - now)


class Deliverer:
    """`base`: the address of the pages, for links. `secret_key` opens the addresses of hooks.

    `allowed`: the origins of a site that names none. `pace`: how many it begins to send in a
    second; None: as many as it can.
    """

    def __init__(
        self,
        store: DeliveryStore,
        queue: Queue | None,
        ways: Mapping[str, Carrier],
        news: Mapping[str, News],
        secret_key: str | None,
        base: str,
        allowed: Collection[str] = (),
        pace: float | None = None,
    ) -> None:
        self._pace = Pace(pace)
        self._store = store
        self._queue = queue
        self._ways = ways
        self._news = news
        self._secret_key = secret_key
        self._base = base
        self._allowed = allowed

    async def run(self, delivery_id: UUID | None, seconds: float) -> None:
        """Send all that is due, or what `seconds` suffice for.

        `delivery_id`: if this one is due later, a job comes again for it.
        """
        until = time.monotonic() + seconds
        asked = False
        while rows := await self._store.claim(AT_ONCE, LEASE_SECONDS):
            if len(rows) == AT_ONCE and not asked:
                # There may be more than one job can do.
                asked = True
                await self._enqueue(Deliver())
            await asyncio.gather(*(self._deliver(row) for row in rows))
            if time.monotonic() > until:
                await self._enqueue(Deliver())
                return
        if delivery_id is not None:
            left = await self._store.due_in(delivery_id)
            if left is not None:
                await self._enqueue_in(delivery_id, left)

    async def _deliver(self, row: Row) -> None:
        await self._pace.turn()
        delivery_id, attempt = UUID(row["id"]), int(row["attempts"])
        outcome: Outcome = "done"
        code: str | None = None
        pause = 0.0
        try:
            if await is_stale(row, self._news.get(row["what"])):
                code = "stale"
            else:
                await self._send(row)
        except NotSent as error:
            code = error.code
            outcome, pause = _outcome(error, attempt)
        except Exception:
            log.exception("delivery_failed", delivery_id=row["id"])
            code = "internal"
            outcome, pause = _outcome(TryLater(code), attempt)
        ended = await self._store.end(delivery_id, attempt, outcome, code, pause)
        if outcome != "done":
            log.info("delivery_not_sent", delivery_id=row["id"], code=code, status=outcome)
        if ended and outcome == "later":
            await self._enqueue_in(delivery_id, pause)

    async def _send(self, row: Row) -> None:
        way = self._ways.get(row["kind"])
        if way is None:
            raise TryLater("no_way")
        notice = notice_of(row, self._secret_key, self._base, self._allowed)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await way.send(notice)
        except TimeoutError:
            raise TryLater("timeout") from None

    async def _enqueue(self, job: Deliver) -> None:
        if self._queue is not None:
            await self._queue.enqueue(job)

    async def _enqueue_in(self, delivery_id: UUID, seconds: float) -> None:
        if self._queue is not None:
            await self._queue.enqueue_in(
                Deliver(delivery_id), min(max(seconds, 0) + 0.05, LONGEST_DELAY)
            )


def _outcome(error: NotSent, attempt: int) -> tuple[Outcome, float]:
    """What a failure leads to, and after how many seconds it is tried again."""
    if isinstance(error, Gone):
        return "gone", 0.0
    if not isinstance(error, TryLater) or attempt > len(PAUSES):
        return "dead", 0.0
    # Many that failed at the same time come back one by one.
    pause = PAUSES[attempt - 1] * random.uniform(0.8, 1.3)
    if error.seconds is not None:
        pause = max(pause, error.seconds * random.uniform(1.0, 1.1))
    return "later", min(pause, LONGEST_PAUSE)
