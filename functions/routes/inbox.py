"""The calls of managers: see every chat, send, take over, hand back, close."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from core.model import ChatId, Filter
from core.protocol import wire
from core.protocol.frames import ChatSummary, Message, ReadMark, encode
from functions.routes.dependencies import CurrentApp, CurrentManager, SearchingManager, narrowed
from functions.routes.parameters import (
    ChatIdInPath,
    Limit,
    NamedChats,
    SearchParameter,
    SiteParameter,
)
from functions.routes.schemas import ChatList, Owning, SearchHit, Send, SetStatus

router = APIRouter(prefix="/manager")


@router.get("/chats", response_model=ChatList)
async def chats(
    app: CurrentApp,
    caller: SearchingManager,
    filter: Filter = "all",
    q: SearchParameter = "",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
    chat_id: NamedChats = (),
    site: SiteParameter | None = None,
) -> Response:
    """Chats, the newest first. With `filter=waiting` the longest wait comes first.

    `chat_id` may be repeated, and asks for these chats only. `site`: the chats of one site.
    """
    sites = await narrowed(app, caller, site)
    if chat_id:
        found, next_cursor = await app.inbox.named_chats(chat_id, caller.manager, sites), None
    else:
        found, next_cursor = await app.inbox.chats(filter, q, cursor, limit, caller.manager, sites)
    hits = () if chat_id else await app.inbox.hits(found, q)
    # Not around the search: a slow one delays nobody.
    async with app.reading:
        read = ChatList(
            chats=[wire.chat_model(chat) for chat in found],
            next_cursor=next_cursor,
            hits=[SearchHit(**asdict(hit)) for hit in hits] or None,
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
