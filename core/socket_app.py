"""The composition root of functions that serve sockets. The others add what they need to it."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from core.chat.inbox import Inbox
from core.chat.publish import Publisher
from core.chat.sites import Sites
from core.chat.timers import KINDS, Alarms
from core.chat.visitor import Visitors
from core.delivery.aws import Clients
from core.delivery.callbacks import Callbacks
from core.delivery.jobs import Queue, SqsQueue
from core.delivery.published import InMemory, Publication
from core.delivery.push import Node, Push
from core.delivery.schedule import Schedule, SchedulePlace
from core.errors import Misconfigured
from core.limits import Buckets, Rate
from core.settings import Settings
from core.store import database
from core.store.announcements import Announcements
from core.store.batching import Batching
from core.store.socket_store import SocketStore

if TYPE_CHECKING:
    from core.auth.tokens import Keys


class Parts(TypedDict, total=False):
    """What a process brings along, instead of what its settings name.

    `nodes` are its own gateways by callback URL.
    """

    queue: Queue | None
    deliver_queue: Queue | None
    nodes: Mapping[str, Node] | None
    batching: Batching | None
    publication: Publication | None


class SocketApp:
    """The objects of one process. Each is made when a function first needs it."""

    store: SocketStore

    def __init__(
        self,
        settings: Settings,
        pool: database.Pool,
        *,
        announcements: Announcements | None = None,
        **parts: Unpack[Parts],
    ) -> None:
        self.settings = settings
        # Whoever runs timers listens there. By default the functions do, which order a call.
        self.announcements = announcements or Announcements()
        self.announcements.listener = lambda seconds: self.alarms.timer_set(seconds)
        self._publication = parts.get("publication")
        self.clients = Clients(settings.aws_region)
        self.pool = pool
        self.store = self._stores(parts.get("batching"))
        # A socket has one process, and on Lambda few: each counts what it sees.
        self.idle_frames = Buckets(settings.limits.idle_frames)
        # The same for reads: each costs a bounded time. A bucket in the database would make each a
        # write.
        self.reads = Buckets(settings.limits.reads)
        self.manager_reads = Buckets(settings.limits.manager_reads)
        self.warnings = Buckets(Rate(burst=1, refill=1 / 60))
        self.queue = parts.get("queue") or self._sqs()
        self.callbacks = Callbacks(settings.aws_region)
        self.deliver_queue = parts.get("deliver_queue")
        if self.deliver_queue is None and settings.deliver_queue_url:
            self.deliver_queue = SqsQueue(self.clients, settings.deliver_queue_url)
        push = Push(self.callbacks, parts.get("nodes"))
        self.publisher = Publisher(self.store.connections, push, self.deliver_queue)
        self._to_close = [self.clients.close, self.callbacks.close]

    @classmethod
    async def open(cls, settings: Settings, **parts: Unpack[Parts]) -> Self:
        """Connects to nothing yet. Raises `Misconfigured`."""
        announcements = Announcements()
        pool = await opened(settings, announcements)
        return cls(settings, pool, announcements=announcements, **parts)

    def _stores(self, batching: Batching | None) -> SocketStore:
        return SocketStore(self.pool, self.settings.limits, batching)

    @property
    def is_open(self) -> bool:
        """Whether this is open mode: a `chat_id` opens its chat, and everyone is a manager."""
        return self.settings.secret_key is None

    @cached_property
    def keys(self) -> "Keys":
        # A function that reads no tokens does not import PyJWT.
        from core.auth.tokens import Keys

        assert self.settings.secret_key is not None
        return Keys(self.settings.secret_key, self.settings.identity_key)

    @cached_property
    def sites(self) -> Sites:
        publication = self._publication or self._published()
        return Sites(self.store.sites, publication, self.settings.allowed_origins)

    def _published(self) -> Publication:
        if self.settings.published_bucket is None:
            return InMemory()
        from core.delivery.in_bucket import InBucket

        return InBucket(self.clients, self.settings.published_bucket)

    @cached_property
    def visitors(self) -> Visitors:
        return Visitors(self.store, self.publisher, self.queue, self.reads)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.store, self.publisher, self.queue, self.manager_reads)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.store.timers, KINDS, Schedule(self.clients, self.queue, self._place()))

    def _place(self) -> SchedulePlace | None:
        group, role = self.settings.timer_group, self.settings.timer_role_arn
        queue = self.settings.timer_queue_arn
        return SchedulePlace(group, queue, role) if group and queue and role else None

    def _sqs(self) -> SqsQueue:
        if not self.settings.ring_queue_url:
            raise Misconfigured("Please set RING_QUEUE_URL to the queue's URL.")
        # A function that stores messages does not know the assistant. The template sets 0 for one.
        return SqsQueue(self.clients, self.settings.ring_queue_url, self.settings.echo_delay)

    async def close(self) -> None:
        for close in self._to_close:
            await close()
        await database.close_pool(self.pool)


async def opened(settings: Settings, announcements: Announcements) -> database.Pool:
    """The pool of these settings. Raises `Misconfigured`."""
    if settings.dsn is None:
        raise Misconfigured("Please set DATABASE_URL, or POSTGRES_HOST and its companions.")
    return await database.open_pool(
        settings.dsn,
        settings.database_connections,
        settings.database_proxy,
        settings.database_ca,
        announcements,
    )
