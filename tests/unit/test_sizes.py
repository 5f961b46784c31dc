"""Whatever is stored, a frame fits, and making it fit ends."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Chat, ChatId, Draft, Manager, Role, StoredMessage, Visitor
from core.protocol import wire
from core.protocol.frames import MAX_FRAME_BYTES

NOW = datetime(2026, 11, 26, tzinfo=UTC)

# What grows in JSON: an escape of six bytes, of two, four bytes of UTF-8; and what grows in HTML.
characters = st.sampled_from(["a", "\x01", '"', "\n", "😀", "漢", "*a*\n\n", "- x\n"])
lengths = st.integers(0, 200) | st.integers(0, 40_000)


@st.composite
def texts(draw: st.DrawFn) -> str:
    character = draw(characters)
    # Rendering takes its time, and is not what is tried here.
    most = 40_000 if len(character) == 1 else 500
    return str(character) * min(most, draw(lengths))


@st.composite
def messages(draw: st.DrawFn) -> StoredMessage:
    roles: list[Role] = ["user", "manager", "assistant"]
    role = draw(st.sampled_from(roles))
    return StoredMessage(
        chat_id=ChatId("c" * draw(st.integers(1, 64))),
        seq=draw(st.integers(1, 2**31 - 1)),
        id="0b6f9c3e-6d0c-4b0e-8f47-5d3c3b7e1a11",
        role=role,
        kind="text",
        text=draw(texts()),
        state="final",
        rev=1,
        created_at=NOW,
        author=draw(st.none() | st.builds(Manager, texts(), texts())),
        client_id=draw(st.none() | st.text("\x01", max_size=64)),
    )


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    return Chat(
        chat_id=ChatId("c"),
        owner="assistant",
        manager=draw(st.none() | st.builds(Manager, texts(), texts())),
        epoch=1,
        status="open",
        online=True,
        waiting_since=None,
        waiting_for=None,
        unanswered=False,
        last_seq=1,
        last_message=draw(st.none() | messages()),
        unread=0,
        seen_by_user=0,
        seen_by_manager=0,
        visitor=draw(st.builds(Visitor, texts(), texts(), texts(), texts())),
        created_at=NOW,
        updated_at=NOW,
    )


drafts = st.builds(Draft, st.just(ChatId("c")), st.just(1), st.just(1), texts())


def read(data: bytes) -> dict[str, Any]:
    assert len(data) <= MAX_FRAME_BYTES
    return dict(json.loads(data))


@given(messages())
@settings(deadline=None, max_examples=80)
def test_a_message_fits(message: StoredMessage) -> None:
    frame = read(wire.message_frame(message))
    assert message.text.startswith(frame["text"])
    assert (frame["text"] == message.text) is not frame.get("truncated", False)


@given(chats(), st.booleans())
@settings(deadline=None, max_examples=80)
def test_a_summary_fits(chat: Chat, for_user: bool) -> None:
    assert read(wire.chat_frame(chat, for_user=for_user))["chat_id"] == "c"


@given(chats(), st.lists(messages(), max_size=5), st.booleans(), st.none() | drafts)
@settings(deadline=None, max_examples=80)
def test_what_was_missed_fits(
    chat: Chat, missed: list[StoredMessage], has_more: bool, draft: Draft | None
) -> None:
    frame = read(wire.ready_frame(chat, missed, has_more, draft))
    came = [one["seq"] for one in frame["messages"]]
    # Something always comes, in order, and what did not is said to be missing.
    assert came == [one.seq for one in missed][: len(came)]
    assert came or not missed
    assert frame["has_more"] is (has_more or len(came) < len(missed))
    # A draft stands behind all messages.
    assert "draft" not in frame or not frame["has_more"]


@given(st.lists(chats(), max_size=4), st.booleans())
@settings(deadline=None, max_examples=80)
def test_what_a_manager_missed_fits(changed: list[Chat], has_more: bool) -> None:
    frame = read(wire.manager_ready_frame(changed, NOW, has_more))
    came = len(frame["chats"])
    assert came or not changed
    assert frame["has_more"] is (has_more or came < len(changed))


@given(drafts, texts())
@settings(deadline=None, max_examples=80)
def test_a_draft_fits(draft: Draft, piece: str) -> None:
    frame = read(wire.draft_frame(draft))
    assert draft.text.endswith(frame["text"])
    assert frame["offset"] + len(frame["text"]) == len(draft.text)
