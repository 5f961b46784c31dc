"""Notes of the team in a chat, and those that name the caller. No visitor ever gets one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel

from core.model import ChatId
from core.protocol.frames import Author, ChatIdField, ClientId
from core.protocol.note_frames import Mention, Note
from core.protocol.text import Text
from functions.routes.dependencies import CurrentApp, CurrentManager, ReadingManager
from functions.routes.parameters import ChatIdInPath, Limit

router = APIRouter(prefix="/manager")

Cursor = Annotated[str | None, Query(max_length=200)]
# With their names a note still fits into a frame.
MOST_NAMED = 10


def _few(text: str) -> str:
    if text.count("@[") > MOST_NAMED:
        raise ValueError(f"a note names at most {MOST_NAMED} people and teams")
    return text


class NewNote(BaseModel):
    """`@[id]` names a manager, `@[team:id]` a team. A repeat of a `client_id` stores nothing."""

    text: Annotated[Text, AfterValidator(_few)]
    client_id: ClientId | None = None


class NoteList(BaseModel):
    notes: list[Note]
    next_cursor: str | None = None


class MentionList(BaseModel):
    """`unread`: how many of all were not seen; 100 may be more."""

    mentions: list[Mention]
    unread: int
    next_cursor: str | None = None


class Colleagues(BaseModel):
    """The id of a team begins with `team:`, as a note has it in its brackets."""

    managers: list[Author]
    teams: list[Author]


class SeenMentions(BaseModel):
    chat_id: ChatIdField


class Unread(BaseModel):
    unread: int


@router.get("/chats/{chat_id}/notes", response_model_exclude_none=True)
async def notes(
    chat_id: ChatIdInPath,
    app: CurrentApp,
    caller: ReadingManager,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> NoteList:
    """A chat's notes, the newest first."""
    found, last = await app.notes.of(ChatId(chat_id), caller.sites, cursor, limit)
    return NoteList(notes=list(found), next_cursor=last)


@router.post("/chats/{chat_id}/notes", status_code=201, response_model_exclude_none=True)
async def add_note(
    chat_id: ChatIdInPath, body: NewNote, app: CurrentApp, caller: CurrentManager
) -> Note:
    """Write a note for the team. Whom it names is told."""
    return await app.notes.add(ChatId(chat_id), body.text, body.client_id, caller.manager)


@router.delete("/chats/{chat_id}/notes/{note_id}", status_code=204)
async def delete_note(
    chat_id: ChatIdInPath, note_id: UUID, app: CurrentApp, caller: CurrentManager
) -> None:
    """Delete one's own note, within 15 minutes."""
    await app.notes.delete(ChatId(chat_id), note_id, caller.manager.id)


@router.get("/chats/{chat_id}/colleagues")
async def colleagues(chat_id: ChatIdInPath, app: CurrentApp, caller: ReadingManager) -> Colleagues:
    """The managers who see a chat and the teams of its site: whom a note there can name."""
    people, teams = await app.notes.colleagues(ChatId(chat_id), caller.sites)
    return Colleagues(managers=list(people), teams=list(teams))


# `/manager/mentions` is a page.
@router.get("/notes/mentions", response_model_exclude_none=True)
async def mentions(
    app: CurrentApp, caller: ReadingManager, cursor: Cursor = None, limit: Limit = 50
) -> MentionList:
    """The notes that name the caller, the newest first."""
    found, last, unread = await app.notes.mentions(caller.manager.id, caller.sites, cursor, limit)
    return MentionList(mentions=list(found), unread=unread, next_cursor=last)


@router.post("/notes/mentions/seen")
async def see_mentions(body: SeenMentions, app: CurrentApp, caller: CurrentManager) -> Unread:
    """The caller has seen the notes of a chat, on all devices."""
    return Unread(unread=await app.notes.see(caller.manager.id, ChatId(body.chat_id)))
