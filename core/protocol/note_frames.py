"""The frames of notes. They go to managers only."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from core.protocol.frames import Author


class Note(BaseModel):
    """A text for the team alone, in a chat. It has no `seq`, and no visitor ever gets it.

    `@[id]` in the text names a manager, `@[team:id]` a team, and `mentions` says what they are
    called, by what stands in the brackets. A note that was `deleted` has no text.
    """

    chat_id: str
    id: str
    text: str
    author: Author
    mentions: list[Author]
    client_id: str | None = None
    deleted: bool
    created_at: AwareDatetime


class Mention(BaseModel):
    """A note that names the caller. `seen_at`: when they saw it."""

    note: Note
    seen_at: AwareDatetime | None = None


class _OfNote(BaseModel):
    type: Literal["note"] = "note"


class ManagerNote(Note, _OfNote):
    """The same, as a frame for managers who see the chat."""


class ManagerMentions(BaseModel):
    """In how many notes the manager is named that they have not seen; 100 may be more.

    `note_id`: the new note that names them, or a team of theirs.
    """

    type: Literal["mentions"] = "mentions"
    unread: int
    note_id: str | None = None
