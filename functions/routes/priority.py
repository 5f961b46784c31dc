"""How much a chat presses."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from core.model import ChatId
from core.protocol import wire
from core.protocol.frames import ChatSummary, Priority
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager")


class Prioritizing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    priority: Priority


@router.post("/chats/{chat_id}/priority", response_model_exclude_none=True)
async def prioritize(
    chat_id: ChatIdInPath, body: Prioritizing, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Say how much a chat presses. A `normal` one has none in its summary."""
    return wire.chat_model(
        await app.priorities.prioritize(ChatId(chat_id), body.priority, caller.manager)
    )
