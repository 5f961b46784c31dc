"""All stores. Every method raises `TryAgain` when the database does not answer."""

from core.limits import NO_LIMITS, Limits
from core.store.access import AccessStore
from core.store.answers import AnswerStore
from core.store.api_tokens import ApiTokenStore
from core.store.assignments import AssignmentStore
from core.store.assistants import AssistantStore
from core.store.batching import Batching
from core.store.broadcasts import BroadcastStore
from core.store.bulk import BulkStore
from core.store.canned import CannedStore
from core.store.closing import ClosingStore
from core.store.contacts import ContactStore
from core.store.database import Pool
from core.store.deliveries import DeliveryStore
from core.store.escalation import EscalationStore
from core.store.events import EventStore
from core.store.follow_ups import FollowUpStore
from core.store.lists import ListStore
from core.store.macros import MacroStore
from core.store.names import NameStore
from core.store.nodes import NodeStore
from core.store.notes import NoteStore
from core.store.notice_rules import RuleStore
from core.store.priority import PriorityStore
from core.store.sessions import SessionStore
from core.store.snooze import SnoozeStore
from core.store.socket_store import SocketStore
from core.store.sweep import SweepStore
from core.store.tags import TagStore
from core.store.team import TeamStore
from core.store.trials import TrialStore
from core.store.views import ViewStore
from core.store.web_push import PushStore


class Store(SocketStore):
    def __init__(
        self, pool: Pool, limits: Limits = NO_LIMITS, batching: Batching | None = None
    ) -> None:
        super().__init__(pool, limits, batching)
        self.answers = AnswerStore(pool, self.process, self.turns, limits, batching)
        self.lists = ListStore(pool)
        self.names = NameStore(pool)
        self.assignments = AssignmentStore(pool)
        self.snooze = SnoozeStore(pool)
        self.canned = CannedStore(pool)
        self.macros = MacroStore(pool)
        self.priority = PriorityStore(pool)
        self.views = ViewStore(pool)
        self.tags = TagStore(pool)
        self.bulk = BulkStore(pool)
        self.contacts = ContactStore(pool)
        self.broadcasts = BroadcastStore(pool)
        self.access = AccessStore(pool, limits)
        self.api_tokens = ApiTokenStore(pool)
        self.sessions = SessionStore(pool)
        self.deliveries = DeliveryStore(pool)
        self.escalation = EscalationStore(pool)
        self.web_push = PushStore(pool)
        self.notice_rules = RuleStore(pool)
        self.notes = NoteStore(pool)
        self.events = EventStore(pool)
        self.follow_ups = FollowUpStore(pool)
        self.nodes = NodeStore(pool)
        self.team = TeamStore(pool)
        self.assistants = AssistantStore(pool)
        self.trials = TrialStore(pool, limits)
        self.sweep = SweepStore(pool)
        self.closing = ClosingStore(pool)
