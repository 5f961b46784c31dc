"""Chats that the team puts off."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from core.model import ChatId
from core.protocol import wire
from core.protocol.frames import ChatSummary
from core.protocol.text import NearTime
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager/chats/{chat_id}/snooze")


class PutOff(BaseModel):
    """Without `until`, until the visitor writes."""

    model_config = ConfigDict(extra="forbid")

    until: NearTime | None = None


@router.post("", response_model_exclude_none=True)
async def snooze(
    chat_id: ChatIdInPath, body: PutOff, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Put a chat off. It comes back by itself: at its time, or when its visitor writes.

    Who waits for a person needs a time. A closed chat is put off no more.
    """
    return wire.chat_model(await app.snoozing.snooze(ChatId(chat_id), body.until, caller.manager))


@router.delete("", response_model_exclude_none=True)
async def unsnooze(chat_id: ChatIdInPath, app: CurrentApp, caller: CurrentManager) -> ChatSummary:
    """Bring a chat back now."""
    return wire.chat_model(await app.snoozing.unsnooze(ChatId(chat_id), caller.manager))
