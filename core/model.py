"""The nouns of the chat, as values."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, NewType, Self
from uuid import UUID

from core import old_events
from core.value import value

ChatId = NewType("ChatId", str)
ConnectionId = NewType("ConnectionId", str)
ManagerId = NewType("ManagerId", str)
SiteId = NewType("SiteId", str)

# The site that is always there.
FIRST_SITE = SiteId("default")

Row = Mapping[str, Any]
"""A row of the store, by column name."""

CHAT_ID = r"[A-Za-z0-9._~-]{1,64}"

Role = Literal["user", "manager", "assistant"]
Kind = Literal["text", "event"]
State = Literal["final", "interrupted", "failed", "erased"]
Owner = Literal["assistant", "manager"]
Status = Literal["open", "closed"]
# A chat that presses more or less than others. Others are `normal`, which is not stored.
Pressing = Literal["low", "high", "urgent"]
PRIORITIES: Mapping[Pressing, int] = {"low": 1, "high": 3, "urgent": 4}
# What a manager's socket asks for, if not everything.
Feed = Literal["list"]
WaitingFor = Literal["new", "asked", "failed", "budget", "reply"]
Filter = Literal[
    "waiting",
    "open",
    "assistant",
    "manager",
    "mine",
    "unassigned",
    "snoozed",
    "closed",
    "restricted",
    "all",
]
Restriction = Literal["blocked", "spam"]
# Where words are looked for: also in names and addresses, with messages.
Where = Literal["all", "messages", "notes"]


@value
class Manager:
    """A person of the team."""

    id: ManagerId
    name: str

    @classmethod
    def from_row(cls, id: ManagerId | None, name: str | None) -> Self | None:
        return cls(id, name or id) if id else None


Rank = Literal["agent", "admin"]

Sight = tuple[SiteId, ...] | None
"""The sites that somebody sees. None: all."""


@value
class SignedIn:
    """A manager who is signed in. `until`: when the sign-in or the token ends.

    A sign-in by a link slides: its first use of a day prolongs it. One by the team's own login does
    not slide, and what it makes ends with it.

    `sites`: those that the manager sees.
    """

    manager: Manager
    rank: Rank
    until: datetime | None = None
    by: Literal["link", "login", "token"] = "token"
    prolonged: bool = False
    sites: Sight = None

    @property
    def names_itself(self) -> bool:
        """Whether the manager may change their name. The team's own login says it each time."""
        return self.by == "link"

    @property
    def lasts_until(self) -> datetime | None:
        """The latest end of what this manager makes. None: it has none."""
        return self.until if self.by == "login" else None


@value
class ApiToken:
    """A manager's token for programs, without its secret."""

    id: UUID
    manager_id: ManagerId
    name: str
    created_at: datetime
    used_on: date | None
    until: datetime | None


@value
class ManagerSession:
    """One sign-in of a manager. `user_agent`: what the browser said that it is."""

    id: UUID
    user_agent: str | None
    created_at: datetime
    seen_at: datetime
    until: datetime
    current: bool


@value
class PushSubscription:
    """A browser that can be woken: its address at its push service, and the keys that only it has.

    `last_notice`: what it got last.
    """

    id: UUID
    endpoint: str
    p256dh: bytes
    auth: bytes
    language: str
    last_notice: UUID | None = None


@value
class PushDevice:
    """A browser that is woken, as its manager sees it. `current`: the one that asks."""

    id: UUID
    user_agent: str | None
    created_at: datetime
    used_at: datetime | None
    current: bool


@value
class Vouched:
    """A person whom the team's own login vouches for, once.

    `token_hash` stays known until `until`, so that nobody can use the token again.
    """

    manager: Manager
    rank: Rank
    token_hash: bytes
    until: datetime


@value
class Target:
    """A connection and the gateway that holds it: enough to push to it."""

    connection_id: ConnectionId
    callback_url: str

    @classmethod
    def parse_all(cls, stored: Iterable[str] | None) -> "tuple[Target, ...]":
        """Read the store's form, `connection_id callback_url` each."""
        return tuple(map(_target, stored or ()))


# The same recipients come again and again.
@lru_cache(maxsize=4096)
def _target(stored: str) -> Target:
    connection_id, callback_url = stored.split(" ", 1)
    return Target(ConnectionId(connection_id), callback_url)


@value
class StoredMessage:
    """One stored message. `seq` is 1, 2, 3… within its chat.

    `event` is `{name, …}` where the message is an event and not somebody's text. `html` was made by
    this version of the `renderer`. Without a version, nothing has rendered the text yet. `change`:
    the chat's number of its last edit. None: it is as it was written.
    """

    chat_id: ChatId
    seq: int
    id: str
    role: Role
    kind: Kind
    text: str
    state: State
    rev: int
    created_at: datetime
    author: Manager | None = None
    client_id: str | None = None
    broadcast_id: str | None = None
    reply_to: int | None = None
    event: dict[str, str] | None = None
    html: str | None = None
    renderer: int | None = None
    change: int | None = None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read a row of `messages`, as such or as JSON."""
        text, event, at = row["text"], row["event"], row["created_at"]
        if event is None:
            if row["kind"] == "event":
                text, event = old_events.read(text, row["author_name"])
        elif isinstance(event, str):
            event = json.loads(event)
        # In the order of the fields. By name it takes twice as long, for each of a page.
        return cls(
            row["chat_id"],
            row["seq"],
            str(row["id"]),
            row["role"],
            row["kind"],
            text,
            row["state"],
            row["rev"],
            datetime.fromisoformat(at) if isinstance(at, str) else at,
            Manager.from_row(row["author_id"], row["author_name"]) if row["author_id"] else None,
            row["client_id"],
            row["broadcast_id"] and str(row["broadcast_id"]),
            row["reply_to"],
            event,
            row.get("html"),
            row.get("renderer"),
            row["change"],
        )


@value
class Visitor:
    """What is known about a visitor. `verified`: the host site signed name and e-mail address."""

    name: str | None = None
    email: str | None = None
    locale: str | None = None
    page_url: str | None = None
    verified: bool = False


@value
class KnownContact:
    """What a visitor's contact holds beside their name and address.

    `subject`: the host site's own name for the person, which it signed with `signed_attributes`.
    `after`: the new chat goes on after this one, with its contact.
    """

    subject: str | None = None
    time_zone: str | None = None
    device: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    signed_attributes: Mapping[str, str] = field(default_factory=dict)
    after: ChatId | None = None


@value
class ContactRef:
    """The contact of a chat: the one that shows it, with the name that the team knows."""

    id: str
    name: str | None
    restriction: Restriction | None

    @classmethod
    def from_row(cls, row: Row | None, restriction: Restriction | None) -> Self | None:
        return cls(row["id"], row["name"], restriction) if row else None


@value
class TagRef:
    """A word of the team about a chat, as a chat names it."""

    id: str
    name: str


@value
class Viewing:
    """Who of the team looks at a chat, and whose sockets are to hear of it."""

    chat_id: ChatId
    managers: tuple[Manager, ...]
    at: datetime | None = None
    sockets: tuple[Target, ...] = ()

    @classmethod
    def from_row(cls, row: Row | None) -> Self | None:
        return next(iter(cls.parse_all([row])), None) if row else None

    @classmethod
    def parse_all(cls, rows: Sequence[Row] | None) -> tuple[Self, ...]:
        return tuple(
            cls(
                row["chat_id"],
                tuple(Manager(**one) for one in row["managers"]),
                datetime.fromisoformat(row["at"]) if "at" in row else None,
                Target.parse_all(row.get("sockets")),
            )
            for row in rows or ()
        )


@value
class Chat:
    """A chat's summary: everything that a row of the list shows.

    `read`: how far the manager who asked has read. `to_deliver`: a notice about it is to be
    delivered outside now. `listing`: the managers' sockets that get summaries, and messages only
    of the chats that they watch. `of_team`: what the team says about it, by the names of the frame.
    """

    chat_id: ChatId
    owner: Owner
    manager: Manager | None
    epoch: int
    status: Status
    online: bool
    waiting_since: datetime | None
    waiting_for: WaitingFor | None
    unanswered: bool
    last_seq: int
    last_message: StoredMessage | None
    unread: int
    seen_by_user: int
    seen_by_manager: int
    visitor: Visitor
    created_at: datetime
    updated_at: datetime
    active_at: datetime | None = None
    site_id: SiteId = FIRST_SITE
    contact: ContactRef | None = None
    to_deliver: bool = False
    listing: tuple[Target, ...] = ()
    read: int | None = None
    of_team: Row = field(default_factory=dict, hash=False)

    @classmethod
    def from_row(cls, row: Row | None) -> Self | None:
        return cls.of_row(row) if row else None

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read a row of `summaries`, as JSON. Its last message may be a row as such."""
        since, last = row["waiting_since"], row["last_message"]
        active = row.get("active_at")
        return cls(
            chat_id=ChatId(row["chat_id"]),
            owner=row["owner"],
            manager=Manager.from_row(row["manager_id"], row["manager_name"]),
            epoch=row["epoch"],
            status=row["status"],
            online=row["online"],
            waiting_since=datetime.fromisoformat(since) if since else None,
            waiting_for=row["waiting_for"],
            unanswered=row["unanswered"],
            last_seq=row["last_seq"],
            last_message=StoredMessage.from_row(last) if last else None,
            unread=row["unread"],
            seen_by_user=row["seen_by_user"],
            seen_by_manager=row["seen_by_manager"],
            visitor=Visitor(**row["visitor"], verified=row["visitor_verified"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            updated_at=datetime.fromisoformat(row["updated_at"]),
            active_at=datetime.fromisoformat(active) if active else None,
            site_id=row["site_id"],
            contact=ContactRef.from_row(row.get("contact"), row.get("restriction")),
            to_deliver=row.get("to_deliver", False),
            listing=Target.parse_all(row.get("listing")),
            read=row.get("read"),
            of_team=row.get("of_team") or {},
        )


@value
class Hit:
    """The newest message of a chat that a search found."""

    chat_id: ChatId
    seq: int
    role: Role
    text: str


@value
class NoteHit:
    """The newest note of a chat that a search found. Managers only."""

    chat_id: ChatId
    note_id: str
    author: Manager
    # A name stands for each id.
    text: str
    created_at: datetime


@value
class Asked:
    """What is asked of a list, in names or ids, before anybody has looked what they mean.

    `words` may hold typed filters. `marks`: tags as in `#vip`.
    """

    words: str = ""
    marks: Sequence[str] = ()
    tags: Sequence[str] = ()
    person: str | None = None
    team: str | None = None
    site: str | None = None
    priority: Pressing | None = None
    where: Where | None = None
    after: datetime | None = None
    before: datetime | None = None


@value
class Unknown:
    """What a list names and what is not there: a `tag`, `person`, `team` or `site`."""

    kind: str
    name: str


@value
class Found:
    """A page of a list, and where the words are that were looked for."""

    chats: Sequence[Chat]
    cursor: str | None = None
    hits: Sequence[Hit] = ()
    note_hits: Sequence[NoteHit] = ()
    missing: Sequence[Unknown] = ()


@value
class Narrow:
    """What further narrows a list. All of it must hold.

    `tags`: one of each group; `people`: one of them answers the chat or is responsible for it.
    `priority`: from 1, low, to 4, urgent.
    `after` and `before`: when what has the words was written, and without words, when the chat was
    last active.
    """

    tags: Sequence[Sequence[UUID]] = ()
    people: Sequence[ManagerId] = ()
    teams: Sequence[str] = ()
    priority: int | None = None
    after: datetime | None = None
    before: datetime | None = None
    where: Where = "all"


@value
class Draft:
    """The running answer: the text that was shown so far."""

    chat_id: ChatId
    reply_to: int
    attempt: int
    text: str

    @classmethod
    def from_row(cls, chat_id: ChatId, row: Row | None) -> Self | None:
        return cls(chat_id, row["reply_to"], row["try"], row["text"]) if row else None


@value
class Claim:
    """The right to write the answer now. A higher `epoch` or `attempt` in the chat ends it."""

    chat_id: ChatId
    epoch: int
    attempt: int
    reply_to: int


@value
class Usage:
    """What an answer cost, in tokens."""

    model: str
    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@value
class CallCost:
    """The most tokens that one call of the provider may cost, by what they are for."""

    instructions: int
    history: int
    output: int


@value
class BudgetUse:
    """How much of the day's budget is used. `percent`: 80 or 100, whichever was reached.

    `site` and `name`: it is this site's own budget, and not that of all.
    """

    percent: int
    tokens_today: int
    tokens_per_day: int
    day: date
    site: SiteId | None = None
    name: str | None = None


@value
class Line:
    """One line of a conversation as the assistant reads it."""

    role: Role
    text: str


@value
class Conversation:
    """The lines that the assistant answers, the oldest first. The last one is the question.

    `age`: the question was stored so many seconds ago.
    """

    chat_id: ChatId
    lines: tuple[Line, ...]
    age: float = 0.0
    visitor: Visitor = field(default_factory=Visitor)
