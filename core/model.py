"""The nouns of the chat, as values. No behaviour that needs anything outside this file."""

from dataclasses import field
from datetime import datetime
from typing import Any, Literal, NewType, Self
from uuid import UUID

from core.value import value

ChatId = NewType("ChatId", str)
ConnectionId = NewType("ConnectionId", str)

CHAT_ID = r"[A-Za-z0-9._~-]{1,64}"

Role = Literal["user", "manager", "assistant"]
Kind = Literal["text", "event"]
State = Literal["final", "interrupted", "failed", "erased"]
Owner = Literal["assistant", "manager"]
Status = Literal["open", "closed"]
WaitingFor = Literal["asked", "failed", "budget", "reply"]
Filter = Literal["waiting", "assistant", "manager", "mine", "closed", "all"]


@value
class Manager:
    """A person of the team."""

    id: str
    name: str


Rank = Literal["agent", "admin"]


@value
class SignedIn:
    """A manager who has shown who they are; `until`: when they must do so again."""

    manager: Manager
    role: Rank
    until: datetime | None = None


@value
class AuditEntry:
    """Something a manager did. `detail` is a message's `seq`, or a broadcast's id."""

    id: int
    at: datetime
    manager: Manager
    action: str
    chat_id: ChatId | None
    detail: str | None


@value
class Target:
    """A connection and the gateway that holds it: all that is needed to push to it."""

    connection_id: ConnectionId
    callback_url: str

    @classmethod
    def parse(cls, stored: str) -> Self:
        """Read the store's form, `connection_id callback_url`."""
        connection_id, callback_url = stored.split(" ", 1)
        return cls(ConnectionId(connection_id), callback_url)


@value
class Message:
    """One stored message. `seq` is 1, 2, 3… within its chat."""

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
    reply_to: int | None = None


@value
class Visitor:
    """What is known of the person who writes."""

    name: str | None = None
    email: str | None = None
    locale: str | None = None
    page_url: str | None = None


@value
class Chat:
    """A chat's summary: everything a list row shows."""

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
    last_message: Message | None
    unread: int
    seen_by_user: int
    seen_by_manager: int
    visitor: Visitor
    created_at: datetime
    updated_at: datetime


@value
class Draft:
    """The answer now being written: what was shown of it so far."""

    chat_id: ChatId
    reply_to: int
    try_: int
    text: str


@value
class Claim:
    """The right to write the answer now. A higher `try_` or `epoch` in the chat's row ends it."""

    chat_id: ChatId
    epoch: int
    try_: int
    reply_to: int


@value
class Usage:
    """What an answer cost, in tokens."""

    model: str
    input_tokens: int
    output_tokens: int


@value
class Told:
    """What a committed step changed, and whom to tell.

    `users` and `managers` were read after the commit, so whoever is missing here connected
    later and finds the change in its `resume`. `chat` is set only when the summary changed in a
    way that the messages alone do not tell.
    """

    messages: tuple[Message, ...] = ()
    chat: Chat | None = None
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()


@value
class Page:
    """Messages of a chat in `seq` order, and whether there are more beyond them."""

    messages: tuple[Message, ...] = ()
    has_more: bool = False


@value
class Broadcast:
    """The progress of a manager's message to many chats."""

    broadcast_id: UUID
    recipients: int
    pages: int
    stored: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def done(self) -> bool:
        return self.stored + self.failed >= self.recipients


Json = dict[str, Any]


@value
class Line:
    """One line of a conversation as the assistant reads it."""

    role: Role
    text: str


@value
class Conversation:
    """What the assistant answers: the lines so far, oldest first, ending with the question.

    `age` is how many seconds ago the question was stored.
    """

    chat_id: ChatId
    lines: tuple[Line, ...]
    age: float = 0.0
    visitor: Visitor = field(default_factory=Visitor)
