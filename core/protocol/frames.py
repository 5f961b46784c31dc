"""The wire protocol: text frames of UTF-8 JSON, one model for each. No other code builds them.

First the frames that a client sends, by `action`. Then the frames that it gets, by `type`. Those of
one capability stand in a file of their own beside this one, such as `note_frames.py`.
"""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from core.model import CHAT_ID, Pressing, Rank
from core.protocol.text import MAX_EMAIL, MAX_URL, NearTime, Text, clean, optional_line

# API Gateway cuts a frame at 32 KB; every frame to a client stays below.
MAX_FRAME_BYTES = 32_000
SUBPROTOCOL = "switchboard.v1"

Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]
ClientId = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
ChatIdField = Annotated[str, Field(pattern=f"^{CHAT_ID}$")]


Email = Annotated[
    str,
    Field(pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]+$", max_length=MAX_EMAIL),
    AfterValidator(clean),
]


class _Action(BaseModel):
    # Each is built when it is first read: a cold start needs one of them.
    model_config = ConfigDict(strict=True, frozen=True, defer_build=True)


class SendMessage(_Action):
    action: Literal["message"] = "message"
    text: Text
    client_id: ClientId | None = None
    # False: the client begins another chat, where the site wants that after closing.
    reopens: bool = True


class Resume(_Action):
    action: Literal["resume"]
    after: Seq = 0
    # What changed since this change is asked for as well. None: nothing of it.
    changed: Seq | None = None


class Typing(_Action):
    action: Literal["typing"]


class Seen(_Action):
    action: Literal["seen"]
    seq: Seq


class Stop(_Action):
    action: Literal["stop"]


class AskForPerson(_Action):
    action: Literal["human"]
    reason: Annotated[str, optional_line(500)] | None = None


class NeedNoPerson(_Action):
    action: Literal["no_human"]


class SayEmail(_Action):
    """Where the visitor can be reached when they are gone."""

    action: Literal["email"]
    email: Email


class OnPage(_Action):
    """Where the visitor is now."""

    action: Literal["page"]
    url: Annotated[str, optional_line(MAX_URL)]


class Ping(_Action):
    """`keep` is the same where nobody waits for the `pong`. API Gateway does not send it then."""

    action: Literal["ping", "keep"]


class Watch(_Action):
    """`looks`: the manager is at the page. The team sees who looks at a chat."""

    action: Literal["watch"]
    chat_id: ChatIdField
    looks: bool = True


class Unwatch(_Action):
    action: Literal["unwatch"]
    chat_id: ChatIdField


class Peek(_Action):
    """The chats whose rows are on the screen."""

    action: Literal["peek"]
    chat_ids: Annotated[list[ChatIdField], Field(max_length=60)]


class ManagerTyping(_Action):
    action: Literal["typing"]
    chat_id: ChatIdField


class ManagerSeen(_Action):
    action: Literal["seen"]
    chat_id: ChatIdField
    seq: Seq


class ManagerResume(_Action):
    action: Literal["resume"]
    since: NearTime | None = None


UserAction = (
    SendMessage
    | Resume
    | Typing
    | Seen
    | Stop
    | AskForPerson
    | NeedNoPerson
    | SayEmail
    | OnPage
    | Ping
)
ManagerAction = Watch | Unwatch | Peek | ManagerTyping | ManagerSeen | ManagerResume | Ping

# The frames that a client gets.


class Author(BaseModel):
    id: str
    name: str


class MessageEvent(BaseModel):
    """The event's name: `taken_over`, `handed_back`, `left`, `closed`, `reopened`,
    `asked_for_person` or `person_not_needed`."""

    name: str
    reason: str | None = None


class Message(BaseModel):
    """One message as clients see it; a higher `rev` of a known `seq` replaces it.

    A message of kind `event` says what happened: `event` for programs, `text` for people. `change`:
    it was edited or erased, and this was the chat's change of that number.
    """

    chat_id: str
    seq: int
    id: str
    role: Literal["user", "manager", "assistant"]
    author: Author | None = None
    kind: Literal["text", "event"]
    text: str
    event: MessageEvent | None = None
    html: str | None = None
    client_id: str | None = None
    broadcast_id: str | None = None
    reply_to: int | None = None
    state: Literal["final", "interrupted", "failed", "erased"]
    rev: int
    change: int | None = None
    truncated: bool | None = None
    attachments: list[dict[str, Any]] = []
    created_at: AwareDatetime


class ChatManager(BaseModel):
    id: str | None = None
    name: str


class VisitorData(BaseModel):
    """`verified`: the host site signed name and e-mail address; else the visitor said them."""

    name: str | None = None
    email: str | None = None
    locale: str | None = None
    page_url: str | None = None
    verified: bool | None = None


class ChatContact(BaseModel):
    """Whose chat it is. `restriction`: the contact is `blocked`, or marked as `spam`."""

    id: str
    name: str | None = None
    restriction: Literal["blocked", "spam"] | None = None


class ChatTeam(BaseModel):
    id: str
    name: str


class SeenMarks(BaseModel):
    user: int
    manager: int


class ChatSnooze(BaseModel):
    """Put off until a time; without `until`, until the visitor writes."""

    until: AwareDatetime | None = None


class ChatTag(BaseModel):
    """A word of the team about a chat."""

    id: str
    name: str


Priority = Pressing | Literal["normal"]


class ChatCycle(BaseModel):
    """From the first message, or a reopening, to the closing. `number` counts from 1.

    `first_response_at`: when a person wrote to the visitor first.
    """

    number: int
    began_at: AwareDatetime
    first_response_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class OfTeam(BaseModel):
    """What the team says about a chat. The store gives these fields by their names.

    `assignee` and `team`: who is responsible. `unsnoozed_at`: when it came back. `cycle`: the last
    one, once somebody has responded or closed the chat.
    """

    assignee: ChatManager | None = None
    team: ChatTeam | None = None
    snoozed: ChatSnooze | None = None
    unsnoozed_at: AwareDatetime | None = None
    tags: list[ChatTag] | None = None
    priority: Pressing | None = None
    cycle: ChatCycle | None = None


class _Summary(BaseModel):
    chat_id: str
    site: str | None = None
    owner: Literal["assistant", "manager"]
    manager: ChatManager | None = None
    epoch: int
    status: Literal["open", "closed"]
    online: bool
    waiting_since: AwareDatetime | None = None
    waiting_for: Literal["new", "asked", "failed", "budget", "reply"] | None = None
    unanswered: bool
    last_seq: int
    last_message: Message | None = None
    unread: int | None = None
    read: int | None = None
    seen: SeenMarks
    visitor: VisitorData
    created_at: AwareDatetime
    updated_at: AwareDatetime
    active_at: AwareDatetime | None = None
    contact: ChatContact | None = None


class ChatSummary(OfTeam, _Summary):
    """Everything that a row of the list shows. `unread` and `seen` are the whole team's.

    `read`: how far the manager who asks has read. A push, which is for all, does not say it.

    `active_at`: when somebody wrote last. A broadcast does not count. `site`: the chat's site, for
    the team. `manager` is who answers.
    """


class _OfMessage(BaseModel):
    type: Literal["message"] = "message"


class _OfChat(BaseModel):
    type: Literal["chat"] = "chat"


# The later base gives the earlier field: `type` comes first on the wire.
class MessageFrame(Message, _OfMessage):
    """A message, flat, as a frame."""


class ChatFrame(ChatSummary, _OfChat):
    """A chat's summary, flat, as a frame."""


class Delta(BaseModel):
    """A piece of the running answer. `offset` is in code points."""

    type: Literal["delta"] = "delta"
    chat_id: str
    reply_to: int
    attempt: int = Field(serialization_alias="try")
    offset: int
    text: str


class Availability(BaseModel):
    """Whether the team is there: `here`, `busy`, `away` (in its hours, with nobody here), `closed`.

    `minutes`: how long others have waited for a person in the last days. `back_at`: when it opens
    again. `until`: look again then.
    """

    state: Literal["here", "busy", "away", "closed"]
    minutes: int | None = None
    back_at: AwareDatetime | None = None
    until: AwareDatetime | None = None


class _OfAvailability(BaseModel):
    type: Literal["availability"] = "availability"


class AvailabilityFrame(Availability, _OfAvailability):
    """The same, as a frame, for whoever asked for a person."""


class Ready(BaseModel):
    type: Literal["ready"] = "ready"
    chat: ChatSummary
    messages: list[Message]
    has_more: bool
    change: int | None = None
    draft: Delta | None = None
    availability: Availability | None = None


class BudgetData(BaseModel):
    """How much of the assistant's budget of a day (UTC) is used: `percent` is 80 or 100.

    `site` and `name`: it is that site's own budget.
    """

    percent: int
    tokens_today: int
    tokens_per_day: int
    day: date
    site: str | None = None
    name: str | None = None


class _OfBudget(BaseModel):
    type: Literal["budget"] = "budget"


class ManagerBudget(BudgetData, _OfBudget):
    """The same, as a frame."""


class AccessData(BaseModel):
    """What the manager may do and see now. Without `sites` it is every site."""

    role: Rank
    sites: list[str] | None = None


class _OfAccess(BaseModel):
    type: Literal["access"] = "access"


class ManagerAccess(AccessData, _OfAccess):
    """The same, as a frame."""


class ReadMark(BaseModel):
    chat_id: str
    seq: int


class ManagerReady(BaseModel):
    type: Literal["ready"] = "ready"
    chats: list[ChatSummary]
    now: AwareDatetime
    has_more: bool
    budget: BudgetData | None = None
    access: AccessData
    read: list[ReadMark] | None = None


class TypingFrame(BaseModel):
    """`by`: which manager writes. Visitors are not told."""

    type: Literal["typing"] = "typing"
    chat_id: str
    role: Literal["user", "manager"]
    by: Author | None = None


class SeenFrame(BaseModel):
    type: Literal["seen"] = "seen"
    chat_id: str
    role: Literal["user", "manager"]
    seq: int


class Viewed(BaseModel):
    chat_id: str
    managers: list[Author]


class ManagerViewing(Viewed):
    """Who of the team looks at a chat. An older one, by `at`, says nothing any more."""

    type: Literal["viewing"] = "viewing"
    at: AwareDatetime


class ManagerPeeked(BaseModel):
    """Who looks at the chats of the rows on the screen. At the others of them nobody does."""

    type: Literal["peeked"] = "peeked"
    chats: list[Viewed]
    at: AwareDatetime


class Error(BaseModel):
    type: Literal["error"] = "error"
    code: str
    message: str
    client_id: str | None = None
    # Seconds, for `too_many`.
    retry_after: int | None = None


class ManagerRead(ReadMark):
    """How far this manager has read. `unread`: they marked it so. Else a mark moves forward."""

    type: Literal["read"] = "read"
    unread: bool | None = None


class Pong(BaseModel):
    type: Literal["pong"] = "pong"


M = TypeVar("M", bound=BaseModel)

# What a model consists of. `object.__setattr__` looks for each by its name.
_put_values, _put_given, _put_extra, _put_private = (
    vars(BaseModel)[f"__{name}__"].__set__
    for name in ("dict", "pydantic_fields_set", "pydantic_extra", "pydantic_private")
)


def made(kind: type[M], fields: dict[str, Any]) -> M:
    """A model of these values, without validation. They must be all of its fields.

    `model_construct` looks for a default and an alias of each field. That takes longer than
    everything that is done with the model afterwards.
    """
    model = object.__new__(kind)
    _put_values(model, fields)
    _put_given(model, set())
    _put_extra(model, None)
    _put_private(model, None)
    return model


def encode(frame: BaseModel) -> bytes:
    """One frame's bytes, without the fields that are None."""
    return frame.__pydantic_serializer__.to_json(frame, by_alias=True, exclude_none=True)
