"""The calls of managers: see every chat, send, take over, hand back, close, broadcast."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Query

from core.app import App
from core.model import ChatId, Filter, SignedIn
from core.protocol import wire
from core.protocol.frames import ChatSummary, Message
from functions.routes.dependencies import Doors
from functions.routes.parameters import ChatIdInPath, Limit, NamedChats
from functions.routes.schemas import (
    Broadcast,
    BroadcastAccepted,
    BroadcastProgress,
    ChatList,
    Owning,
    Send,
    SetStatus,
)

GetApp = Callable[[], Awaitable[App]]


def add_managing(api: FastAPI, app: GetApp, doors: Doors) -> None:
    """Add the routes. `app` gives the App of the request."""
    _reading(api, app, doors)
    _acting(api, app, doors)
    _broadcasts(api, app, doors)


def _reading(api: FastAPI, app: GetApp, doors: Doors) -> None:
    @api.get("/manager/chats", response_model_exclude_none=True)
    async def chats(
        caller: Annotated[SignedIn, Depends(doors.manager)],
        filter: Filter = "all",
        q: Annotated[str, Query(max_length=200)] = "",
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 50,
        chat_id: NamedChats = (),
    ) -> ChatList:
        """All chats, newest first; those who wait, longest first; or those that are named."""
        desk = (await app()).desk
        if chat_id:
            named = await desk.named_chats(chat_id)
            return ChatList(chats=[wire.chat_model(chat) for chat in named])
        found, next_cursor = await desk.chats(filter, q, cursor, limit, caller.manager)
        return ChatList(chats=[wire.chat_model(chat) for chat in found], next_cursor=next_cursor)


def _acting(api: FastAPI, app: GetApp, doors: Doors) -> None:
    Caller = Annotated[SignedIn, Depends(doors.manager)]

    @api.post("/manager/send", status_code=201, response_model_exclude_none=True)
    async def send(body: Send, caller: Caller) -> Message:
        """A manager's message: it takes the chat over and silences the assistant."""
        desk = (await app()).desk
        message = await desk.send(ChatId(body.chat_id), body.text, body.client_id, caller.manager)
        return wire.message_model(message)

    @api.post("/manager/chats/{chat_id}/owner", response_model_exclude_none=True)
    async def owner(chat_id: ChatIdInPath, body: Owning, caller: Caller) -> ChatSummary:
        """Take a chat over, or hand it back to the assistant."""
        desk = (await app()).desk
        return wire.chat_model(await desk.set_owner(ChatId(chat_id), body.owner, caller.manager))

    @api.post("/manager/chats/{chat_id}/status", response_model_exclude_none=True)
    async def status(chat_id: ChatIdInPath, body: SetStatus, caller: Caller) -> ChatSummary:
        """Close a chat, or open it again; a visitor's message opens it, too."""
        desk = (await app()).desk
        return wire.chat_model(await desk.set_status(ChatId(chat_id), body.status, caller.manager))

    @api.post("/manager/chats/{chat_id}/stop", response_model_exclude_none=True)
    async def stop(chat_id: ChatIdInPath, caller: Caller) -> ChatSummary:
        """End the answer being written; what was shown stays."""
        return wire.chat_model(await (await app()).desk.stop(ChatId(chat_id), caller.manager))


def _broadcasts(api: FastAPI, app: GetApp, doors: Doors) -> None:
    @api.post("/manager/broadcast", status_code=202, response_model_exclude_none=True)
    async def broadcast(
        body: Broadcast, caller: Annotated[SignedIn, Depends(doors.admin)]
    ) -> BroadcastAccepted:
        """A message to many chats, from an admin; `dry_run` only counts them."""
        desk = (await app()).desk
        audience, named = body.reach
        if body.dry_run:
            return BroadcastAccepted(recipients=await desk.count_audience(audience, named))
        begun = await desk.broadcast(body.text, audience, named, body.client_id, caller.manager)
        return BroadcastAccepted(broadcast_id=begun.broadcast_id, recipients=begun.recipients)

    @api.get("/manager/broadcasts/{broadcast_id}", dependencies=[Depends(doors.manager)])
    async def progress(broadcast_id: UUID) -> BroadcastProgress:
        """How far a broadcast is."""
        found = await (await app()).desk.progress(broadcast_id)
        return BroadcastProgress(
            recipients=found.recipients,
            stored=found.stored,
            delivered=found.delivered,
            failed=found.failed,
            done=found.done,
        )
