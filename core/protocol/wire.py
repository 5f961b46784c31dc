"""Makes frames from the chat's values, for each kind of recipient, and small enough to send."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Literal

from core.model import (
    BudgetUse,
    Chat,
    ChatId,
    ContactRef,
    Draft,
    Manager,
    Rank,
    Row,
    Sight,
    StoredMessage,
    Viewing,
)
from core.protocol import frames
from core.protocol.fit import end, first, fit
from core.protocol.frames import MAX_FRAME_BYTES, encode, made
from core.protocol.markdown import RENDERER
from core.protocol.rendering import rendered
from core.protocol.text import MAX_EMAIL, MAX_LOCALE, MAX_NAME, MAX_URL

PREVIEW = 500
DRAFT_BYTES = 8_000
# So many sites are named in a frame at most: each has an id of 45 bytes at most.
MAX_SITES = 200
# The bytes of a draft's delta in a `ready` frame, without its text.
DELTA_BYTES = 300
# Those of a `peeked` frame, without its chats.
PEEKED_BYTES = 100
# A manager's `resume` looks back so far, because changes may commit out of order.
OVERLAP = timedelta(seconds=10)


def message_model(message: StoredMessage, *, html: bool = True) -> frames.Message:
    """A message as clients see it, with the HTML that it has."""
    return made(frames.Message, _message_fields(message, html=html))


def _message_fields(message: StoredMessage, *, html: bool = True) -> dict[str, Any]:
    author = message.author
    return {
        "chat_id": message.chat_id,
        "seq": message.seq,
        "id": message.id,
        "role": message.role,
        "author": author and _author(author),
        "kind": message.kind,
        "text": message.text,
        "event": message.event and made(frames.MessageEvent, {"reason": None, **message.event}),
        "html": message.html if html and message.renderer == RENDERER else None,
        "client_id": message.client_id,
        "broadcast_id": message.broadcast_id,
        "reply_to": message.reply_to,
        "state": message.state,
        "rev": message.rev,
        "change": message.change,
        "truncated": None,
        "attachments": [],
        "created_at": message.created_at,
    }


def message_frame(message: StoredMessage) -> bytes:
    """The `message` frame. If it is too large it loses its `html`, then the end of its text."""
    fields = _message_fields(rendered(message))
    frame = made(frames.MessageFrame, {"type": "message", **fields})
    data = encode(frame)
    return data if len(data) <= MAX_FRAME_BYTES else encode(fit(frame, MAX_FRAME_BYTES))


def chat_model(chat: Chat, *, for_user: bool = False) -> frames.ChatSummary:
    """A chat's summary. A user does not see the manager's id and the team's unread count."""
    return made(frames.ChatSummary, _chat_fields(chat, for_user))


def chat_frame(chat: Chat, *, for_user: bool) -> bytes:
    """The `chat` frame."""
    return encode(made(frames.ChatFrame, {"type": "chat", **_chat_fields(chat, for_user)}))


def _chat_fields(chat: Chat, for_user: bool) -> dict[str, Any]:
    manager = chat.manager
    return {
        "chat_id": chat.chat_id,
        "owner": chat.owner,
        "manager": manager
        and made(
            frames.ChatManager,
            dict(id=None if for_user else manager.id[:MAX_NAME], name=manager.name[:MAX_NAME]),
        ),
        "epoch": chat.epoch,
        "status": chat.status,
        "online": chat.online,
        "waiting_since": chat.waiting_since,
        "waiting_for": chat.waiting_for,
        "unanswered": chat.unanswered,
        "last_seq": chat.last_seq,
        "last_message": chat.last_message and _preview(chat.last_message),
        "seen": made(frames.SeenMarks, dict(user=chat.seen_by_user, manager=chat.seen_by_manager)),
        "visitor": made(
            frames.VisitorData,
            dict(
                name=_cut(chat.visitor.name, MAX_NAME),
                email=_cut(chat.visitor.email, MAX_EMAIL),
                locale=_cut(chat.visitor.locale, MAX_LOCALE),
                page_url=_cut(chat.visitor.page_url, MAX_URL),
                verified=chat.visitor.verified or None,
            ),
        ),
        "created_at": chat.created_at,
        "updated_at": chat.updated_at,
        **(_NOT_FOR_USERS if for_user else {name: of(chat) for name, of in _FOR_TEAM.items()}),
        **(_of_team(chat.of_team) if chat.of_team and not for_user else _NOTHING_OF_TEAM),
    }


def _of_team(fields: Row) -> dict[str, Any]:
    return vars(frames.OfTeam.model_validate(fields))


def _contact(contact: ContactRef | None) -> frames.ChatContact | None:
    if contact is None:
        return None
    name = _cut(contact.name, MAX_NAME)
    fields = dict(id=contact.id, name=name, restriction=contact.restriction)
    return made(frames.ChatContact, fields)


def _cut(text: str | None, most: int) -> str | None:
    """A stored value, cut: an older release allowed longer ones."""
    return text and text[:most]


def _preview(message: StoredMessage) -> frames.Message:
    model = message_model(message, html=False)
    if len(model.text) > PREVIEW:
        return model.model_copy(update={"text": model.text[:PREVIEW], "truncated": True})
    return model


def delta_frame(draft: Draft, offset: int, text: str) -> bytes:
    """The `delta` frame of a piece that begins at `offset` of the answer."""
    return encode(_delta(draft, offset, text))


def draft_frame(draft: Draft) -> bytes:
    """The whole draft as one `delta`, for a manager who begins to watch during an answer."""
    return encode(_tail(draft, DRAFT_BYTES))


def _delta(draft: Draft, offset: int, text: str) -> frames.Delta:
    return made(
        frames.Delta,
        dict(
            type="delta",
            chat_id=draft.chat_id,
            reply_to=draft.reply_to,
            attempt=draft.attempt,
            offset=offset,
            text=text,
        ),
    )


def ready_frame(
    chat: Chat,
    messages: Sequence[StoredMessage],
    has_more: bool,
    draft: Draft | None,
    availability: frames.Availability | None = None,
    change: int | None = None,
    changed: Sequence[StoredMessage] = (),
) -> bytes:
    """The `ready` frame: as many messages as fit. It has the draft only if all messages fit.

    `change`: all of the chat's changes up to this one are in it. `changed` come first.
    """
    models = [message_model(message) for message in (*changed, *messages)]
    head = dict(
        type="ready",
        chat=chat_model(chat, for_user=True),
        availability=availability,
        change=change,
    )
    tail = None if draft is None or has_more else _tail(draft, DRAFT_BYTES)
    data = encode(_ready(head, models, has_more, tail))
    if len(data) <= MAX_FRAME_BYTES:
        return data
    room = MAX_FRAME_BYTES - len(encode(_ready(head, [], False, None)))
    fitting = first(models, room)
    has_more = has_more or len(fitting) < len(models)
    if len(fitting) < len(changed):
        head["change"] = fitting[-1].change
    rest = room - sum(len(encode(model)) + 1 for model in fitting)
    fits = draft is not None and not has_more and rest > DELTA_BYTES
    tail = _tail(draft, rest - DELTA_BYTES) if draft is not None and fits else None
    return encode(_ready(head, fitting, has_more, tail))


def _ready(
    head: dict[str, Any],
    messages: list[frames.Message],
    has_more: bool,
    draft: frames.Delta | None,
) -> frames.Ready:
    fields = dict(messages=messages, has_more=has_more, draft=draft)
    return made(frames.Ready, {**head, **fields})


def _tail(draft: Draft, room: int) -> frames.Delta:
    """The draft as one delta. If it is too long it loses its beginning."""
    text = end(draft.text, min(room, DRAFT_BYTES))
    return _delta(draft, len(draft.text) - len(text), text)


def manager_ready_frame(
    chats: Sequence[Chat],
    now: datetime,
    has_more: bool,
    used: BudgetUse | None = None,
    rank: Rank = "admin",
    sites: Sight = None,
    read: Mapping[ChatId, int] | None = None,
) -> bytes:
    """A manager's `ready`: as many changed summaries as fit."""
    models: list[frames.ChatSummary] = []
    budget = made(frames.BudgetData, _budget(used)) if used else None
    access = made(frames.AccessData, _access(rank, sites))
    marks = [made(frames.ReadMark, dict(chat_id=one, seq=seq)) for one, seq in (read or {}).items()]
    room = MAX_FRAME_BYTES - len(encode(_manager_ready([], now, False, budget, access, marks)))
    for chat in chats:
        model = chat_model(chat)
        room -= len(encode(model)) + 1
        if room < 0:
            has_more = True
            break
        models.append(model)
    # The client asks again from the last change that fitted. Each `resume` subtracts the overlap.
    # It is added here, or a client would never get past ten busy seconds.
    seen = models[-1].updated_at + OVERLAP if has_more and models else now
    return encode(_manager_ready(models, seen, has_more, budget, access, marks))


def _manager_ready(
    chats: list[frames.ChatSummary],
    now: datetime,
    has_more: bool,
    budget: frames.BudgetData | None,
    access: frames.AccessData,
    marks: list[frames.ReadMark],
) -> frames.ManagerReady:
    fields = dict(
        type="ready",
        chats=chats,
        now=now,
        has_more=has_more,
        budget=budget,
        access=access,
        read=marks or None,
    )
    return made(frames.ManagerReady, fields)


def budget_frame(used: BudgetUse) -> bytes:
    """The `budget` frame."""
    return encode(made(frames.ManagerBudget, dict(type="budget", **_budget(used))))


def _budget(used: BudgetUse) -> dict[str, Any]:
    return dict(
        percent=used.percent,
        tokens_today=used.tokens_today,
        tokens_per_day=used.tokens_per_day,
        day=used.day,
        site=used.site,
        name=used.name,
    )


def access_frame(rank: Rank, sites: Sight) -> bytes:
    """The `access` frame."""
    return encode(made(frames.ManagerAccess, dict(type="access", **_access(rank, sites))))


def _access(rank: Rank, sites: Sight) -> dict[str, Any]:
    # A page that is told of none shows all that it has until it is loaded anew.
    named = None if sites is None or len(sites) > MAX_SITES else list(sites)
    return dict(role=rank, sites=named)


def typing_frame(
    chat_id: str, role: Literal["user", "manager"], by: Manager | None = None
) -> bytes:
    """The `typing` frame. `by` is for managers alone."""
    fields = dict(type="typing", chat_id=chat_id, role=role, by=by and _author(by))
    return encode(made(frames.TypingFrame, fields))


def viewing_frame(viewing: Viewing) -> bytes:
    """The `viewing` frame."""
    fields = dict(type="viewing", at=viewing.at, **_viewing(viewing))
    return encode(made(frames.ManagerViewing, fields))


def peeked_frame(looked_at: Sequence[Viewing], at: datetime) -> bytes:
    """The `peeked` frame. What does not fit is left out from its end."""
    chats = [made(frames.Viewed, _viewing(one)) for one in looked_at]
    sizes = accumulate(len(encode(one)) + 1 for one in chats)
    fitting = bisect_right(list(sizes), MAX_FRAME_BYTES - PEEKED_BYTES)
    fields = dict(type="peeked", chats=chats[:fitting], at=at)
    return encode(made(frames.ManagerPeeked, fields))


def _viewing(viewing: Viewing) -> dict[str, Any]:
    return dict(chat_id=viewing.chat_id, managers=list(map(_author, viewing.managers)))


def _author(manager: Manager) -> frames.Author:
    return made(frames.Author, dict(id=manager.id[:MAX_NAME], name=manager.name[:MAX_NAME]))


def seen_frame(chat_id: str, role: Literal["user", "manager"], seq: int) -> bytes:
    """The `seen` frame."""
    return encode(made(frames.SeenFrame, dict(type="seen", chat_id=chat_id, role=role, seq=seq)))


def read_frame(chat_id: ChatId, seq: int, *, unread: bool = False) -> bytes:
    """The `read` frame."""
    fields = dict(type="read", chat_id=chat_id, seq=seq, unread=unread or None)
    return encode(made(frames.ManagerRead, fields))


# What a summary holds for the team alone. A visitor gets none of it.
_FOR_TEAM: dict[str, Callable[[Chat], object]] = {
    "site": lambda chat: chat.site_id,
    "unread": lambda chat: chat.unread,
    "read": lambda chat: chat.read,
    "active_at": lambda chat: chat.active_at,
    "contact": lambda chat: _contact(chat.contact),
}
_NOT_FOR_USERS = dict.fromkeys(_FOR_TEAM)
_NOTHING_OF_TEAM = dict.fromkeys(frames.OfTeam.model_fields)
