"""From the chat's values to frames that fit: what goes to whom, and what is cut when too large."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from core import frames
from core.frames import MAX_FRAME_BYTES, encode, made
from core.markdown import html as rendered_html
from core.model import Chat, Draft, Message

PREVIEW = 500
DRAFT_BYTES = 8_000
# How far back a manager's `resume` looks, for changes that committed out of order.
OVERLAP = timedelta(seconds=10)

M = TypeVar("M", bound=frames.Message)


def message_model(message: Message, *, html: bool = True) -> frames.Message:
    """A message as clients see it, with server-made HTML for what was written in markdown."""
    return made(frames.Message, _message_fields(message, html=html))


def _message_fields(message: Message, *, html: bool = True) -> dict[str, Any]:
    rendered = html and message.role != "user" and message.kind == "text"
    author = message.author
    return {
        "chat_id": message.chat_id,
        "seq": message.seq,
        "id": message.id,
        "role": message.role,
        "author": author and made(frames.Author, dict(id=author.id, name=author.name)),
        "kind": message.kind,
        "text": message.text,
        "html": rendered_html(message.text) if rendered else None,
        "client_id": message.client_id,
        "reply_to": message.reply_to,
        "state": message.state,
        "rev": message.rev,
        "truncated": None,
        "attachments": [],
        "created_at": message.created_at,
    }


def message_frame(message: Message) -> bytes:
    """The `message` frame; too large, it goes without `html`, then with its text cut."""
    frame = made(frames.MessageFrame, {"type": "message", **_message_fields(message)})
    data = encode(frame)
    if len(data) > MAX_FRAME_BYTES:
        data = encode(_fit(frame, MAX_FRAME_BYTES))
    return data


def _fit(model: M, limit: int) -> M:
    model = model.model_copy(update={"html": None})
    while (over := len(encode(model)) - limit) > 0:
        # Each code point is at most 6 bytes of JSON; cutting by the sixth never cuts too much.
        keep = len(model.text) - max(1, over // 6)
        model = model.model_copy(update={"text": model.text[:keep], "truncated": True})
    return model


def chat_model(chat: Chat, *, for_user: bool = False) -> frames.ChatSummary:
    """A chat's summary; users see neither the manager's id nor what the team has read."""
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
        and made(frames.ChatManager, dict(id=None if for_user else manager.id, name=manager.name)),
        "epoch": chat.epoch,
        "status": chat.status,
        "online": chat.online,
        "waiting_since": chat.waiting_since,
        "waiting_for": chat.waiting_for,
        "unanswered": chat.unanswered,
        "last_seq": chat.last_seq,
        "last_message": chat.last_message and _preview(chat.last_message),
        "unread": None if for_user else chat.unread,
        "seen": made(frames.SeenMarks, dict(user=chat.seen_by_user, manager=chat.seen_by_manager)),
        "visitor": made(
            frames.VisitorData,
            dict(
                name=chat.visitor.name,
                email=chat.visitor.email,
                locale=chat.visitor.locale,
                page_url=chat.visitor.page_url,
            ),
        ),
        "created_at": chat.created_at,
        "updated_at": chat.updated_at,
    }


def _preview(message: Message) -> frames.Message:
    model = message_model(message, html=False)
    if len(model.text) > PREVIEW:
        return model.model_copy(update={"text": model.text[:PREVIEW], "truncated": True})
    return model


def delta_frame(draft: Draft, offset: int, text: str) -> bytes:
    """The `delta` frame for a piece that begins at `offset` of the answer."""
    return encode(_delta(draft, offset, text))


def draft_frame(draft: Draft) -> bytes:
    """The whole draft as one `delta`, for who begins to watch in the middle of an answer."""
    return encode(_tail(draft))


def _delta(draft: Draft, offset: int, text: str) -> frames.Delta:
    return made(
        frames.Delta,
        dict(
            type="delta",
            chat_id=draft.chat_id,
            reply_to=draft.reply_to,
            try_=draft.try_,
            offset=offset,
            text=text,
        ),
    )


def ready_frame(
    chat: Chat, messages: Sequence[Message], has_more: bool, draft: Draft | None
) -> bytes:
    """The `ready` frame: as many messages as fit, and the draft only behind all of them."""
    frame = made(
        frames.Ready,
        dict(
            type="ready",
            chat=chat_model(chat, for_user=True),
            messages=[message_model(message) for message in messages],
            has_more=has_more,
            draft=None if draft is None or has_more else _tail(draft),
        ),
    )
    data = encode(frame)
    while len(data) > MAX_FRAME_BYTES:
        frame = _shrunk(frame, len(data))
        data = encode(frame)
    return data


def _tail(draft: Draft) -> frames.Delta:
    """The draft as one delta; too long, it loses its front."""
    text = draft.text
    while len(text.encode()) > DRAFT_BYTES:
        text = text[max(1, (len(text.encode()) - DRAFT_BYTES) // 4) :]
    return _delta(draft, len(draft.text) - len(text), text)


def _shrunk(frame: frames.Ready, size: int) -> frames.Ready:
    if len(frame.messages) > 1:
        keep = max(1, min(len(frame.messages) - 1, len(frame.messages) * MAX_FRAME_BYTES // size))
        update = {"messages": frame.messages[:keep], "has_more": True, "draft": None}
        return frame.model_copy(update=update)
    rest = size - len(encode(frame.messages[0]))
    return frame.model_copy(update={"messages": [_fit(frame.messages[0], MAX_FRAME_BYTES - rest)]})


def manager_ready_frame(chats: Sequence[Chat], now: datetime, has_more: bool) -> bytes:
    """A manager's `ready`: as many changed summaries as fit."""
    models = [chat_model(chat) for chat in chats]
    while True:
        # What did not fit is asked for again, from the last change that did; the overlap that
        # every `resume` takes off is put on first, or a busy ten seconds would never be left.
        seen = models[-1].updated_at + OVERLAP if has_more and models else now
        frame = made(
            frames.ManagerReady, dict(type="ready", chats=models, now=seen, has_more=has_more)
        )
        data = encode(frame)
        if len(data) <= MAX_FRAME_BYTES:
            return data
        models, has_more = models[: max(1, len(models) * MAX_FRAME_BYTES // len(data))], True


def typing_frame(chat_id: str, role: Literal["user", "manager"]) -> bytes:
    """The `typing` frame."""
    return encode(made(frames.TypingFrame, dict(type="typing", chat_id=chat_id, role=role)))


def seen_frame(chat_id: str, role: Literal["user", "manager"], seq: int) -> bytes:
    """The `seen` frame."""
    return encode(made(frames.SeenFrame, dict(type="seen", chat_id=chat_id, role=role, seq=seq)))
