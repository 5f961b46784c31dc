"""All stores. Every method raises `TryAgain` when the database does not answer."""

import secrets

from core.limits import NO_LIMITS, Limits
from core.store.access import AccessStore
from core.store.answers import AnswerStore
from core.store.api_tokens import ApiTokenStore
from core.store.batching import Batching
from core.store.broadcasts import BroadcastStore
from core.store.chats import ChatStore
from core.store.connections import ConnectionStore
from core.store.contacts import ContactStore
from core.store.database import Pool, Statements
from core.store.events import EventStore
from core.store.inbox import InboxStore
from core.store.nodes import NodeStore
from core.store.sessions import SessionStore
from core.store.sites import SiteStore
from core.store.sweep import SweepStore
from core.store.turns import TurnStore


class Store(Statements):
    def __init__(
        self, pool: Pool, limits: Limits = NO_LIMITS, batching: Batching | None = None
    ) -> None:
        super().__init__(pool)
        self.connections = ConnectionStore(pool, limits, batching)
        self.chats = ChatStore(pool, limits, batching)
        process = secrets.token_hex(8)
        self.turns = TurnStore(pool, process, limits, batching)
        self.answers = AnswerStore(pool, process, self.turns, limits, batching)
        self.inbox = InboxStore(pool)
        self.contacts = ContactStore(pool)
        self.broadcasts = BroadcastStore(pool)
        self.access = AccessStore(pool, limits)
        self.api_tokens = ApiTokenStore(pool)
        self.sessions = SessionStore(pool)
        self.events = EventStore(pool)
        self.nodes = NodeStore(pool)
        self.sites = SiteStore(pool)
        self.sweep = SweepStore(pool)

    async def ping(self) -> None:
        """Raise `TryAgain` unless the database answers."""
        await self._row("select 1")
