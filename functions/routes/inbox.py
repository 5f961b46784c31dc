"""The calls of managers: see every chat, send, take over, hand back, close."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from core.model import ChatId, Found
from core.protocol import wire
from core.protocol.frames import ChatSummary, Message, ReadMark, encode
from functions.routes.asked import ListCall
from functions.routes.dependencies import CurrentApp, CurrentManager, SearchingManager, narrowed
from functions.routes.parameters import ChatIdInPath
from functions.routes.schemas import (
    ChatList,
    Missing,
    Owning,
    SearchHit,
    SearchNoteHit,
    Send,
    SetStatus,
)

router = APIRouter(prefix="/manager")


@router.get("/chats", response_model=ChatList)
async def chats(
    app: CurrentApp, caller: SearchingManager, query: Annotated[ListCall, Query()]
) -> Response:
    """Chats, the newest first. With `filter=waiting` the longest wait comes first.

    `chat_id` may be repeated, and asks for these chats only. `site`: the chats of one site. A page
    may be short, and still have a next one.
    """
    sites = await narrowed(app, caller, query.site)
    if query.chat_id:
        found = Found(await app.inbox.named_chats(query.chat_id, caller.manager, sites))
    else:
        found = await app.lists.page(
            query.filter, query.asked(), query.cursor, query.limit, caller.manager, sites
        )
    # Not around the search: a slow one delays nobody.
    async with app.reading:
        read = ChatList(
            chats=[wire.chat_model(chat) for chat in found.chats],
            next_cursor=found.cursor,
            hits=[SearchHit(**asdict(hit)) for hit in found.hits] or None,
            note_hits=[SearchNoteHit(**asdict(hit)) for hit in found.note_hits] or None,
            missing=[Missing(**asdict(one)) for one in found.missing] or None,
        )
        return Response(encode(read), media_type="application/json")


@router.post("/send", status_code=201, response_model_exclude_none=True)
async def send(body: Send, app: CurrentApp, caller: CurrentManager) -> Message:
    """Send a manager's message. The assistant stops answering. A colleague's chat stays theirs.

    `after_seq`: the last message that its writer has seen. If a colleague has replied after it,
    nothing is sent, and the answer is 409 with the code `newer_reply`.
    """
    message = await app.inbox.send(
        ChatId(body.chat_id), body.text, body.client_id, caller.manager, body.after_seq
    )
    return wire.message_model(message)


@router.post("/chats/{chat_id}/owner", response_model_exclude_none=True)
async def owner(
    chat_id: ChatIdInPath, body: Owning, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Take a chat over, or hand it back to the assistant."""
    return wire.chat_model(await app.inbox.set_owner(ChatId(chat_id), body.owner, caller.manager))


@router.post("/chats/{chat_id}/status", response_model_exclude_none=True)
async def status(
    chat_id: ChatIdInPath, body: SetStatus, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Close a chat, or open it again. A visitor's message opens it, too."""
    return wire.chat_model(await app.inbox.set_status(ChatId(chat_id), body.status, caller.manager))


@router.post("/chats/{chat_id}/stop", response_model_exclude_none=True)
async def stop(chat_id: ChatIdInPath, app: CurrentApp, caller: CurrentManager) -> ChatSummary:
    """Stop the running answer. The text that was shown stays."""
    return wire.chat_model(await app.inbox.stop(ChatId(chat_id), caller.manager))


@router.post("/chats/{chat_id}/unread")
async def unread(chat_id: ChatIdInPath, app: CurrentApp, caller: CurrentManager) -> ReadMark:
    """Mark the visitor's newest message as unread, on all devices of the caller."""
    seq = await app.inbox.unread(ChatId(chat_id), caller.manager)
    return ReadMark(chat_id=chat_id, seq=seq)
