"""Managers edit and delete what they have sent."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from core.model import ChatId
from core.protocol import wire
from core.protocol.frames import Message, Seq
from core.protocol.text import Text
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager/chats/{chat_id}/messages/{seq}")

SeqInPath = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NewWords(BaseModel):
    """With `rev`, only a message that still has this revision is changed."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    rev: Seq | None = None


@router.patch("", response_model_exclude_none=True)
async def edit_message(
    chat_id: ChatIdInPath,
    seq: SeqInPath,
    body: NewWords,
    app: CurrentApp,
    caller: CurrentManager,
) -> Message:
    """Edit one's own message, within 15 minutes. The old text is kept nowhere."""
    text, rev = body.text, body.rev
    edited = await app.edits.edit(ChatId(chat_id), seq, text, rev, caller.manager.id)
    return wire.message_model(edited)


@router.delete("", response_model_exclude_none=True)
async def erase_message(
    chat_id: ChatIdInPath, seq: SeqInPath, app: CurrentApp, caller: CurrentManager
) -> Message:
    """Delete one's own message, within 15 minutes. Its place stays, without a text."""
    return wire.message_model(await app.edits.erase(ChatId(chat_id), seq, caller.manager.id))
