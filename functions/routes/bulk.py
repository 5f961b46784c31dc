"""Many chats changed at once, and changes taken back."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from core.chat.snooze import in_reach
from core.protocol import wire
from core.protocol.frames import ChatIdField, ChatSummary, Priority
from core.protocol.text import NearTime
from core.store.bulk import Result
from functions.routes.assignments import SomeoneId, TeamId
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.tags import TagName

router = APIRouter(prefix="/manager/chats")

MOST_CHATS = 100


class Act(BaseModel):
    """`undo_id`: chosen by the caller. With it the change can be taken back."""

    model_config = ConfigDict(extra="forbid")

    chat_ids: Annotated[list[ChatIdField], Field(min_length=1, max_length=MOST_CHATS)]
    undo_id: UUID | None = None


class Closes(Act):
    act: Literal["close", "reopen", "unsnooze"]


class Snoozes(Act):
    """Without `until`, until the visitor writes."""

    act: Literal["snooze"]
    until: NearTime | None = None


class Assigns(Act):
    """What is left out stays. `null`: nobody, or no team."""

    act: Literal["assign"]
    assignee: SomeoneId | None = None
    team: TeamId | None = None


class Prioritizes(Act):
    act: Literal["prioritize"]
    priority: Priority


class TagsMany(Act):
    """`add` and `remove`: names."""

    act: Literal["tag"]
    add: Annotated[list[TagName], Field(max_length=20)] = []
    remove: Annotated[list[TagName], Field(max_length=20)] = []


BulkAct = Annotated[Closes | Snoozes | Assigns | Prioritizes | TagsMany, Field(discriminator="act")]


class Undo(BaseModel):
    undo_id: UUID


class ChatResult(BaseModel):
    """`refused` has the `code` and `message` that the call for one chat would have given."""

    chat_id: str
    result: Literal["done", "unchanged", "refused"]
    code: str | None = None
    message: str | None = None
    chat: ChatSummary | None = None


class BulkResults(BaseModel):
    results: list[ChatResult]


@router.post("/bulk", response_model_exclude_none=True)
async def change_many(body: BulkAct, app: CurrentApp, caller: CurrentManager) -> BulkResults:
    """Do the same to many chats. Each is done, or refused, on its own.

    With `undo_id` it can be taken back for 8 seconds, and nobody outside hears of it before. A
    repeat of an `undo_id` changes nothing.
    """
    act = _act(body)
    return _results(await app.bulk.change(body.chat_ids, act, body.undo_id, caller.manager))


@router.post("/undo", response_model_exclude_none=True)
async def undo(body: Undo, app: CurrentApp, caller: CurrentManager) -> BulkResults:
    """Take back what the caller did a moment ago. What somebody has changed since stays."""
    return _results(await app.bulk.undo(body.undo_id, caller.manager))


def _act(body: Closes | Snoozes | Assigns | Prioritizes | TagsMany) -> dict[str, object]:
    match body:
        case Snoozes():
            return {"until": in_reach(body.until).isoformat() if body.until else None}
        case Assigns():
            named = body.model_dump(exclude_unset=True)
            return {"assignment": {k: v for k, v in named.items() if k in ("assignee", "team")}}
        case Prioritizes():
            return {"priority": body.priority}
        case TagsMany():
            return {"tags": {"add": body.add, "remove": body.remove}}
        case _ if body.act == "unsnooze":
            return {"back": True}
        case _:
            return {"status": "closed" if body.act == "close" else "open"}


def _results(made: Sequence[Result]) -> BulkResults:
    return BulkResults(results=[_result(one) for one in made])


def _result(one: Result) -> ChatResult:
    if one.refusal is not None:
        code, message = one.refusal.code, one.refusal.message
        return ChatResult(chat_id=one.chat_id, result="refused", code=code, message=message)
    chat = wire.chat_model(one.change.chat) if one.change.chat else None
    return ChatResult(chat_id=one.chat_id, result="done" if one.done else "unchanged", chat=chat)
