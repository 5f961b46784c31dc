"""The bodies of HTTP calls and answers, beside the protocol's `Message` and `ChatSummary`."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from core.model import Owner, Rank, Role, Status
from core.protocol.attributes import Attributes, TimeZone
from core.protocol.frames import Author, ChatIdField, ChatSummary, ClientId, Message, Seq
from core.protocol.text import MAX_EMAIL, MAX_LOCALE, MAX_NAME, MAX_URL, Text, optional_line
from core.store.sites import AnsweringMode

# A site's id, or its public key.
NamedSite = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Problem(BaseModel):
    """RFC 9457, with a stable `code`; `retry_after` is in seconds."""

    title: str
    status: int
    code: str
    detail: str
    retry_after: int | None = None


class NewVisitor(BaseModel):
    name: Annotated[str, optional_line(MAX_NAME)] | None = None
    email: Annotated[str, optional_line(MAX_EMAIL)] | None = None
    locale: Annotated[str, optional_line(MAX_LOCALE)] | None = None
    time_zone: TimeZone = None
    attributes: Attributes = {}


class NewChat(BaseModel):
    """`site` is the public key of the page's site. Without it, it is the first site.

    `after`: a chat that is closed. The new one is of the same contact, and needs that one's token.
    """

    site: NamedSite | None = None
    after: ChatIdField | None = None
    visitor: NewVisitor = NewVisitor()
    page_url: Annotated[str, optional_line(MAX_URL)] | None = None


class ChatOpened(BaseModel):
    """`ws_url` is the socket's address. `token` is for `POST /tickets`."""

    chat_id: str
    token: str
    ws_url: str


class PublicSite(BaseModel):
    """What a site's pages show. What is missing is as the widget has it. As of `published_at`.

    `open`: these are the team's hours; else `back_at` is when they begin.
    """

    key: str
    name: str
    archived: bool
    locale: str | None = None
    theme: dict[str, Any]
    texts: dict[str, Any]
    privacy_url: str | None = None
    consent: str | None = None
    answering_mode: AnsweringMode | None = None
    open: bool
    back_at: AwareDatetime | None = None
    published_at: AwareDatetime


class TicketWanted(BaseModel):
    """With `chat_id` it is for a chat's socket, without for a manager's.

    `site`: in open mode, the public key of the page's site. A token knows its site.
    """

    site: NamedSite | None = None
    chat_id: ChatIdField | None = None


class Ticket(BaseModel):
    """Opens one socket, once. Connect to `ws_url` without a change."""

    ticket: str
    ws_url: str
    expires_in: int
    token: str | None = None


class History(BaseModel):
    """`change`: these have all of the chat's changes up to this one."""

    chat_id: str
    messages: list[Message]
    has_more: bool
    change: int | None = None


class SearchHit(BaseModel):
    """The newest message of a chat that has all words; `text` is the part around the first."""

    chat_id: str
    seq: int
    role: Role
    text: str


class SearchNoteHit(BaseModel):
    """The newest note of a chat that has all words; `text` is the part around the first."""

    chat_id: str
    note_id: str
    author: Author
    text: str
    created_at: datetime


class Missing(BaseModel):
    """What a list names, and what is not there or of a site that the caller does not see."""

    kind: Literal["tag", "person", "team", "site"]
    name: str


class ChatList(BaseModel):
    """`hits`: of a search, for each chat that was found by its messages; `note_hits`: by its notes.

    `missing`: of what is not there nothing is found.
    """

    chats: list[ChatSummary]
    next_cursor: str | None = None
    hits: list[SearchHit] | None = None
    note_hits: list[SearchNoteHit] | None = None
    missing: list[Missing] | None = None


class Send(BaseModel):
    chat_id: ChatIdField
    text: Text
    client_id: ClientId | None = None
    after_seq: Seq | None = None


class Owning(BaseModel):
    owner: Owner


class SetStatus(BaseModel):
    status: Status


class Broadcast(BaseModel):
    """`site`: the id of one site; without it, the chats of all sites are meant."""

    text: Text
    site: NamedSite | None = None
    audience: Literal["open", "online"] | Annotated[list[ChatIdField], Field(max_length=1000)] = (
        "open"
    )
    client_id: ClientId | None = None
    dry_run: bool = False

    @property
    def reach(self) -> tuple[str, list[str]]:
        """The audience's name, and the chats if they are named."""
        if isinstance(self.audience, list):
            return "named", self.audience
        return self.audience, []


class BroadcastAccepted(BaseModel):
    broadcast_id: UUID | None = None
    recipients: int


class BroadcastProgress(BaseModel):
    recipients: int
    stored: int
    delivered: int
    failed: int
    done: bool


class SignIn(BaseModel):
    """The token of a sign-in link, or an ID token of the team's own login."""

    token: Annotated[str, Field(min_length=1, max_length=8192)]


class DeviceLink(BaseModel):
    """Whoever opens `url` first is signed in as its manager."""

    url: str
    expires_at: AwareDatetime


class NewApiToken(BaseModel):
    """`name` says what uses the token."""

    name: Annotated[Text, optional_line(MAX_NAME)]


class ApiTokenInfo(BaseModel):
    """`used_on`: the last day (UTC) on which it was used. Without `expires_at` it has no end."""

    id: UUID
    name: str
    created_at: AwareDatetime
    used_on: date | None = None
    expires_at: AwareDatetime | None = None


class NewToken(ApiTokenInfo):
    """`token` is shown this once."""

    token: str


class ApiTokenList(BaseModel):
    tokens: list[ApiTokenInfo]


class SessionInfo(BaseModel):
    """`user_agent`: what the browser said when it signed in. `seen_at` is right to five minutes."""

    id: UUID
    user_agent: str | None = None
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime
    current: bool


class SessionList(BaseModel):
    sessions: list[SessionInfo]


class NewName(BaseModel):
    name: Annotated[Text, optional_line(MAX_NAME)]


class Away(BaseModel):
    away: bool


class Me(BaseModel):
    """`open`: open mode, where nobody signs in. `now`: what a socket's first `resume` may name.

    `own_name`: the manager may change the name with `PATCH /manager/me`.
    """

    id: str
    name: str
    role: Rank
    open: bool
    own_name: bool
    now: AwareDatetime


class Budget(BaseModel):
    """In tokens of the provider. A limit of 0 is no limit."""

    tokens_today: int
    tokens_reserved: int
    tokens_per_day: int
    tokens_per_chat: int
    tokens_per_address: int


class AuditLine(BaseModel):
    """`manager` did it. It is absent where nobody was signed in: at the command line, for example.

    `count`: so many sign-ins from one address have failed in one minute.
    """

    id: int
    at: AwareDatetime
    manager: Author | None = None
    action: str
    site: str | None = None
    chat_id: str | None = None
    detail: str | None = None
    count: int | None = None


class AuditLog(BaseModel):
    entries: list[AuditLine]
