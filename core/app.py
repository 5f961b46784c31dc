"""The composition root: makes each object when a function first needs it, and closes all."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Self

from core.auth.oidc import Allowed, OidcLogin
from core.chat.access import Access
from core.chat.answering import Answering, Patience
from core.chat.api_tokens import ApiTokens
from core.chat.broadcasts import Broadcasts
from core.chat.contacts import Contacts
from core.chat.inbox import Inbox
from core.chat.publish import Publisher
from core.chat.sessions import Sessions
from core.chat.sites import Sites
from core.chat.sweep import Sweeper
from core.chat.visitor import Visitors
from core.delivery.aws import Clients
from core.delivery.callbacks import Callbacks
from core.delivery.jobs import Queue, SqsQueue
from core.delivery.published import InMemory, Publication
from core.delivery.push import Node, Push
from core.errors import Misconfigured
from core.limits import Buckets, Rate
from core.settings import Settings
from core.store import database
from core.store.batching import Batching
from core.store.store import Store

if TYPE_CHECKING:
    from core.assistants.assistant import Assistant
    from core.auth.tokens import Keys


# A long page takes the processor for some ms. Who asks for less stands behind so many of them.
READ_AT_ONCE = 2


class App:
    """The objects of one process. `nodes` are its own gateways by callback URL."""

    def __init__(
        self,
        settings: Settings,
        pool: database.Pool,
        *,
        queue: Queue | None = None,
        nodes: Mapping[str, Node] | None = None,
        batching: Batching | None = None,
        assistant: "Assistant | None" = None,
        publication: Publication | None = None,
    ) -> None:
        self.settings = settings
        self._publication = publication
        self._assistant = assistant
        self.clients = Clients(settings.aws_region)
        self.pool = pool
        self.store = Store(pool, settings.limits, batching)
        # A socket has one process, and on Lambda few: each counts what it sees.
        self.idle_frames = Buckets(settings.limits.idle_frames)
        # The same for reads: each costs a bounded time. A bucket in the database would make each a
        # write.
        self.reading = asyncio.Semaphore(READ_AT_ONCE)
        self.reads = Buckets(settings.limits.reads)
        self.manager_reads = Buckets(settings.limits.manager_reads)
        self.searches = Buckets(settings.limits.searches)
        self.warnings = Buckets(Rate(burst=1, refill=1 / 60))
        self.queue = queue or self._sqs()
        self.callbacks = Callbacks(settings.aws_region)
        self.publisher = Publisher(self.store.connections, Push(self.callbacks, nodes))
        self._to_close = [self.clients.close, self.callbacks.close]

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        queue: Queue | None = None,
        nodes: Mapping[str, Node] | None = None,
        batching: Batching | None = None,
        assistant: "Assistant | None" = None,
        publication: Publication | None = None,
    ) -> Self:
        """Connects to nothing yet. Raises `Misconfigured`."""
        if settings.dsn is None:
            raise Misconfigured("Please set DATABASE_URL, or POSTGRES_HOST and its companions.")
        pool = await database.open_pool(
            settings.dsn,
            settings.database_connections,
            settings.database_proxy,
            settings.database_ca,
        )
        return cls(
            settings,
            pool,
            queue=queue,
            nodes=nodes,
            batching=batching,
            assistant=assistant,
            publication=publication,
        )

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
        publication = self._publication or InMemory()
        return Sites(self.store.sites, publication, self.settings.allowed_origins)

    @cached_property
    def access(self) -> Access:
        return Access(self.store.access, self.publisher, _login(self.settings))

    @cached_property
    def api_tokens(self) -> ApiTokens:
        return ApiTokens(self.store.api_tokens, self.publisher)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.store.sessions, self.publisher)

    @cached_property
    def visitors(self) -> Visitors:
        return Visitors(self.store, self.publisher, self.queue, self.reads)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.store, self.publisher, self.queue, self.manager_reads)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.store.contacts, self.publisher, self.queue)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        return Broadcasts(self.store.broadcasts, self.publisher, self.queue)

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.store, self.publisher, self.queue)

    @cached_property
    def answering(self) -> Answering:
        settings = self.settings
        assistant = self._assistant or make_assistant(settings)
        self._to_close.append(assistant.close)
        patience = Patience(settings.answer_seconds, settings.retry_seconds, settings.quiet_seconds)
        return Answering(self.store, self.publisher, self.queue, assistant, patience)

    def _sqs(self) -> SqsQueue:
        if not self.settings.ring_queue_url:
            raise Misconfigured("Please set RING_QUEUE_URL to the queue's URL.")
        return SqsQueue(self.clients, self.settings.ring_queue_url)

    async def close(self) -> None:
        for close in self._to_close:
            await close()
        await database.close_pool(self.pool)


def _login(read: Settings) -> OidcLogin | None:
    """The team's own login, if it has one."""
    if not (read.oidc_issuer and read.oidc_audience):
        return None
    allowed = Allowed(
        frozenset(read.oidc_allowed_subs),
        frozenset(read.oidc_allowed_domains),
        frozenset(read.oidc_allowed_groups),
        read.oidc_groups_claim,
    )
    return OidcLogin(read.oidc_issuer, read.oidc_audience, allowed)


def make_assistant(settings: Settings) -> "Assistant":
    """The assistant of these settings. Raises `Misconfigured` naming the variable or the file."""
    # Only the responder imports an assistant, because only it answers.
    from core.assistants import choice

    return choice.make(
        openai_key=settings.openai_key,
        openai_base_url=settings.openai_base_url,
        openai_api=settings.openai_api,
        openai_model=settings.openai_model,
        assistant_id=settings.assistant_id,
        assistants_dir=settings.assistants_dir,
        stall_seconds=settings.openai_stall_seconds,
        echo_delay=settings.echo_delay,
    )
