"""The stores of what sockets do. A function that only serves sockets imports no others."""

import secrets

from core.limits import NO_LIMITS, Limits
from core.store.batching import Batching
from core.store.chats import ChatStore
from core.store.connections import ConnectionStore
from core.store.database import Pool, Statements
from core.store.edits import EditStore
from core.store.hours import HoursStore
from core.store.inbox import InboxStore
from core.store.resumes import ResumeStore
from core.store.sites import SiteStore
from core.store.timers import TimerStore
from core.store.turns import TurnStore


class SocketStore(Statements):
    def __init__(
        self, pool: Pool, limits: Limits = NO_LIMITS, batching: Batching | None = None
    ) -> None:
        super().__init__(pool)
        # Claims are made in the name of this process.
        self.process = secrets.token_hex(8)
        self.connections = ConnectionStore(pool, limits, batching)
        self.chats = ChatStore(pool, limits)
        self.resumes = ResumeStore(pool, limits, batching)
        self.turns = TurnStore(pool, self.process, limits, batching)
        self.inbox = InboxStore(pool)
        self.edits = EditStore(pool)
        self.sites = SiteStore(pool)
        self.hours = HoursStore(pool)
        self.timers = TimerStore(pool)

    async def ping(self) -> None:
        """Raise `TryAgain` unless the database answers."""
        await self._row("select 1")
