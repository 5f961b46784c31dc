"""The composition root: makes each object when a function first needs it, and closes all."""

import asyncio
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self, Unpack

from core.assistants.throttle import EVEN, SLOWING
from core.auth.oidc import Allowed, OidcLogin
from core.chat.access import Access
from core.chat.answering import Answering, Patience
from core.chat.api_tokens import ApiTokens
from core.chat.assignments import Assignments
from core.chat.broadcasts import Broadcasts
from core.chat.bulk import Bulk
from core.chat.closing import Closing
from core.chat.contacts import Contacts
from core.chat.edits import Edits
from core.chat.invitations import Invitations
from core.chat.lists import Lists
from core.chat.macros import Macros
from core.chat.notes import Notes
from core.chat.notice_rules import Rules
from core.chat.priority import Priorities
from core.chat.sessions import Sessions
from core.chat.snooze import Snoozing
from core.chat.sweep import Sweeper
from core.chat.tags import Tags
from core.chat.team import Team
from core.chat.timers import Handler, Timers
from core.chat.web_push import WebPush
from core.limits import Buckets
from core.model import ChatId
from core.settings import Settings
from core.socket_app import Parts, SocketApp, opened
from core.store.announcements import Announcements
from core.store.batching import Batching
from core.store.database import Pool
from core.store.store import Store

if TYPE_CHECKING:
    from core.assistants.assistant import Assistant
    from core.chat.assistants import Assistants
    from core.chat.canned import CannedReplies
    from core.chat.deliverer import Deliverer
    from core.chat.transcripts import Transcripts
    from core.chat.trials import Trials
    from core.delivery.vapid import Vapid


# A long page takes the processor for some ms. Who asks for less stands behind so many of them.
READ_AT_ONCE = 2
# A service may refuse a push without a contact. This one reaches nobody.
NO_CONTACT = "mailto:webmaster@localhost.invalid"


class App(SocketApp):
    """All objects of one process."""

    store: Store

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        *,
        announcements: Announcements | None = None,
        assistant: "Assistant | None" = None,
        **parts: Unpack[Parts],
    ) -> None:
        super().__init__(settings, pool, announcements=announcements, **parts)
        self._assistant = assistant
        self._vapid: Vapid | None = None
        self.reading = asyncio.Semaphore(READ_AT_ONCE)
        self.searches = Buckets(settings.limits.searches)
        self.tries = Buckets(settings.limits.tries)
        self._has_gateway = bool(parts.get("nodes"))
        # None: as many as it can. A process that answers chats as well sets it.
        self.deliveries_per_second: float | None = None

    @classmethod
    async def open(
        cls, settings: Settings, *, assistant: "Assistant | None" = None, **parts: Unpack[Parts]
    ) -> Self:
        """Connects to nothing yet. Raises `Misconfigured`."""
        announcements = Announcements()
        pool = await opened(settings, announcements)
        return cls(settings, pool, announcements=announcements, assistant=assistant, **parts)

    def _stores(self, batching: Batching | None) -> Store:
        return Store(self.pool, self.settings.limits, batching)

    @cached_property
    def assistants(self) -> "Assistants":
        # Only its calls and answers read profiles.
        from core.assistants import profile
        from core.chat.assistants import Assistants

        read = self.settings
        installed = partial(
            profile.installed, read.assistant_id, read.assistants_dir, read.openai_model
        )
        return Assistants(self.store.assistants, installed, echoes=read.is_echo)

    @cached_property
    def access(self) -> Access:
        return Access(self.store.access, self.publisher, _login(self.settings))

    @cached_property
    def api_tokens(self) -> ApiTokens:
        return ApiTokens(self.store.api_tokens, self.publisher)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.store.sessions, self.publisher)

    async def vapid(self) -> "Vapid":
        """The installation's key towards push services. Open mode derives it from a stored key."""
        if self._vapid is None:
            from core.delivery.vapid import Vapid

            secret = self.settings.secret_key or await self.store.nodes.key()
            self._vapid = Vapid(secret, contact(self.settings.public_url))
        return self._vapid

    @cached_property
    def notice_rules(self) -> Rules:
        return Rules(self.store.notice_rules, self.publisher)

    @cached_property
    def web_push(self) -> WebPush:
        return WebPush(self.store.web_push, self.vapid, self.publisher)

    @cached_property
    def team(self) -> Team:
        return Team(self.store.team, self.store.sites, self.publisher)

    @cached_property
    def invitations(self) -> Invitations:
        # In open mode nobody is invited, and there is no key to seal with.
        sends = bool(self.settings.mail_from) and not self.is_open
        return Invitations(
            self.store.deliveries,
            self.publisher,
            lambda secret, owner: self.keys.seal(secret, owner),
            sends=sends,
        )

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.store)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self.store.notes, self.publisher)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.store.contacts, self.publisher, self.queue)

    @cached_property
    def assignments(self) -> Assignments:
        return Assignments(self.store.assignments, self.publisher)

    @cached_property
    def canned(self) -> "CannedReplies":
        # Only its calls read files.
        from core.chat.canned import CannedReplies

        return CannedReplies(self.store.canned)

    @cached_property
    def priorities(self) -> Priorities:
        return Priorities(self.store.priority, self.publisher)

    @cached_property
    def tags(self) -> Tags:
        return Tags(self.store.tags, self.publisher)

    @cached_property
    def bulk(self) -> Bulk:
        return Bulk(self.store.bulk, self.publisher, self.queue)

    @cached_property
    def macros(self) -> Macros:
        return Macros(self.store.macros, self.publisher)

    @cached_property
    def snoozing(self) -> Snoozing:
        return Snoozing(self.store.snooze, self.publisher)

    @cached_property
    def edits(self) -> Edits:
        return Edits(self.store.edits, self.publisher)

    @cached_property
    def transcripts(self) -> "Transcripts":
        # Only its call knows clocks.
        from core.chat.transcripts import Transcripts

        return Transcripts(self.store.chats, self.inbox)

    @cached_property
    def closing(self) -> Closing:
        return Closing(self.store.closing, self.publisher, self.queue)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        return Broadcasts(self.store.broadcasts, self.publisher, self.queue)

    @cached_property
    def deliverer(self) -> "Deliverer":
        # Only what sends notices imports the ways out.
        from core.chat.deliverer import Deliverer
        from core.chat.news import all_news
        from core.chat.ways import ways
        from core.delivery.carriers.mail import Mail
        from core.delivery.carriers.web_push import WebPushCarrier
        from core.delivery.outgoing import Outgoing
        from core.delivery.post import office

        read = self.settings
        outgoing = Outgoing(read.outbound_allow)
        self._to_close.append(outgoing.close)
        leaves = office(read.mail_url, read.data_dir / "mail")
        base = read.public_url or ""
        sender = read.mail_from or "switchboard@localhost"
        carriers = ways(outgoing, Mail(leaves, sender, base, read.mail_reply_to))
        news = all_news(self.store)
        carriers["push"] = WebPushCarrier(self.store.web_push, self.vapid, outgoing, news)
        self._to_close += [carrier.close for carrier in carriers.values()]
        return Deliverer(
            self.store.deliveries,
            self.deliver_queue,
            carriers,
            news,
            read.secret_key,
            base,
            read.allowed_origins,
            self.deliveries_per_second,
        )

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.store, self.publisher, self.queue)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self.store.timers, self._timer_handlers())

    def _timer_handlers(self) -> dict[str, Handler]:
        """One for each kind of timer. A handler must be idempotent: see `core/chat/timers.py`."""
        return {
            "escalation": self._escalate,
            "follow_up": self._follow_up,
            "digest": self._deliver_due,
            "close": self.closing.close,
            "hand_back": self.closing.hand_back,
            "placement": self.assignments.place,
            "assigned": self.assignments.tell,
            "snooze": self.snoozing.come_back,
        }

    async def _escalate(self, ref: str) -> None:
        # Its calendar is no business of what only sets timers.
        from core.chat.escalation import Escalation

        await Escalation(self.store.escalation, self.publisher).run(ref)

    async def _deliver_due(self, ref: str) -> None:
        await self.publisher.deliver_outside()

    async def _follow_up(self, ref: str) -> None:
        if await self.store.follow_ups.write(ChatId(ref)):
            await self.publisher.deliver_outside()

    @cached_property
    def usual_assistant(self) -> "Assistant":
        made = self._assistant or make_assistant(self.settings)
        self._to_close.append(made.close)
        return made

    @cached_property
    def trials(self) -> "Trials":
        from core.chat.trials import Trials

        return Trials(self.store.trials, self.publisher, self.usual_assistant)

    @cached_property
    def answering(self) -> Answering:
        settings = self.settings
        patience = Patience(settings.answer_seconds, settings.retry_seconds, settings.quiet_seconds)
        return Answering(
            self.store,
            self.publisher,
            self.queue,
            self.usual_assistant,
            patience,
            # Without a gateway of its own it pays for each push.
            EVEN if self._has_gateway else SLOWING,
        )


def contact(public_url: str | None) -> str:
    """Where the operator of a push service reaches whoever runs this: an https address, or mail."""
    return public_url if public_url and public_url.startswith("https:") else NO_CONTACT


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
