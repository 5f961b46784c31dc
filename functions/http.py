"""The HTTP API and its pages: FastAPI, and the Mangum entry that Lambda calls."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core import wire
from core.app import App
from core.errors import ChatError
from core.frames import ChatSummary, Message
from core.model import CHAT_ID, ChatId, Filter, Visitor
from functions import problems
from functions.access import OPEN_MANAGER
from functions.bodies import (
    Broadcast,
    BroadcastAccepted,
    BroadcastProgress,
    ChatList,
    ChatOpened,
    History,
    NewChat,
    Owning,
    Problem,
    Send,
    SetStatus,
    Ticket,
    TicketWanted,
)
from functions.pages import add_pages
from functions.runtime import Event, container

log = structlog.get_logger()

ChatIdParameter = Annotated[str, Query(pattern=f"^{CHAT_ID}$")]
ChatIdInPath = Annotated[str, Path(pattern=f"^{CHAT_ID}$")]
SeqParameter = Annotated[int, Query(ge=0, le=2**31 - 1)]
NamedChats = Annotated[tuple[ChatIdParameter, ...], Query(max_length=50)]
Limit = Annotated[int, Query(ge=1, le=200)]


ABOUT: dict[str, Any] = {
    "title": "Switchboard",
    "version": "1",
    "description": "Live chat that answers by itself until a person steps in.",
    "responses": {"4XX": {"model": Problem, "content": {problems.MEDIA_TYPE: {}}}},
}


def create_api(app: Callable[[], Awaitable[App]]) -> FastAPI:
    """The HTTP API by itself, as Lambda serves it."""
    api = FastAPI(**ABOUT)
    add_routes(api, app)
    return api


def add_routes(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    """Add every route. `app` gives the App of the request."""
    _problems(api)
    add_pages(api)
    _health(api, app)
    _chatting(api, app)
    _reading(api, app)
    _managing(api, app)
    _broadcasts(api, app)


def _respond(status: int, body: dict[str, Any]) -> Response:
    return JSONResponse(body, status, media_type=problems.MEDIA_TYPE)


def _problems(api: FastAPI) -> None:
    @api.exception_handler(ChatError)
    async def chat_error(request: Request, error: ChatError) -> Response:
        return _respond(*problems.of(error))

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        message = str(first["msg"]).removeprefix("Value error, ")
        return _respond(*problems.problem("invalid", f"Please correct `{where}`: {message}."))

    @api.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        code = "not_found" if error.status_code == 404 else "refused"
        return _respond(*problems.problem(code, f"{error.detail}.", error.status_code))

    @api.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        return _respond(*problems.internal())


def _health(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.get("/healthz")
    async def alive() -> dict[str, str]:
        """The process is up."""
        return {"status": "ok"}

    @api.get("/readyz")
    async def ready() -> dict[str, str]:
        """The process can serve: the database answers."""
        await (await app()).store.ping()
        return {"status": "ok"}


def _chatting(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.post("/chats", status_code=201)
    async def begin(body: NewChat, request: Request) -> ChatOpened:
        """A new chat for a visitor."""
        opened = await app()
        visitor = Visitor(**body.visitor.model_dump(), page_url=body.page_url)
        chat_id = await opened.visitor.begin(visitor)
        return ChatOpened(chat_id=chat_id, token="", ws_url=_ws_url(opened, request, chat_id))

    @api.post("/tickets", status_code=201)
    async def ticket(body: TicketWanted, request: Request) -> Ticket:
        """Where to open a socket, with what opens it."""
        url = _ws_url(await app(), request, body.chat_id)
        return Ticket(ticket="", ws_url=url, expires_in=60)


def _ws_url(app: App, request: Request, chat_id: str | None) -> str:
    read = app.settings
    base = (read.public_url or str(request.base_url)).rstrip("/").replace("http", "ws", 1)
    if chat_id:
        return f"{read.ws_url or f'{base}/ws'}?chat_id={chat_id}"
    return read.manager_ws_url or f"{base}/manager/ws"


def _reading(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.get("/history", response_model_exclude_none=True)
    async def history(
        chat_id: ChatIdParameter,
        after: SeqParameter = 0,
        before: SeqParameter | None = None,
        limit: Limit = 100,
    ) -> History:
        """A chat's messages in `seq` order: the first ones after `after`, or the last ones
        before `before`."""
        desk = (await app()).desk
        page = await desk.history(ChatId(chat_id), after, before, limit)
        messages = [wire.message_model(message) for message in page.messages]
        return History(chat_id=chat_id, messages=messages, has_more=page.has_more)

    @api.get("/manager/chats", response_model_exclude_none=True)
    async def chats(
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
        found, next_cursor = await desk.chats(filter, q, cursor, limit, OPEN_MANAGER)
        return ChatList(chats=[wire.chat_model(chat) for chat in found], next_cursor=next_cursor)


def _managing(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.post("/manager/send", status_code=201, response_model_exclude_none=True)
    async def send(body: Send) -> Message:
        """A manager's message: it takes the chat over and silences the assistant."""
        desk = (await app()).desk
        message = await desk.send(ChatId(body.chat_id), body.text, body.client_id, OPEN_MANAGER)
        return wire.message_model(message)

    @api.post("/manager/chats/{chat_id}/owner", response_model_exclude_none=True)
    async def owner(chat_id: ChatIdInPath, body: Owning) -> ChatSummary:
        """Take a chat over, or hand it back to the assistant."""
        desk = (await app()).desk
        return wire.chat_model(await desk.set_owner(ChatId(chat_id), body.owner, OPEN_MANAGER))

    @api.post("/manager/chats/{chat_id}/status", response_model_exclude_none=True)
    async def status(chat_id: ChatIdInPath, body: SetStatus) -> ChatSummary:
        """Close a chat, or open it again; a visitor's message opens it, too."""
        desk = (await app()).desk
        return wire.chat_model(await desk.set_status(ChatId(chat_id), body.status, OPEN_MANAGER))

    @api.post("/manager/chats/{chat_id}/stop", response_model_exclude_none=True)
    async def stop(chat_id: ChatIdInPath) -> ChatSummary:
        """End the answer being written; what was shown stays."""
        return wire.chat_model(await (await app()).desk.stop(ChatId(chat_id)))


def _broadcasts(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.post("/manager/broadcast", status_code=202, response_model_exclude_none=True)
    async def broadcast(body: Broadcast) -> BroadcastAccepted:
        """A message to many chats; `dry_run` only counts them."""
        desk = (await app()).desk
        audience, named = body.reach
        if body.dry_run:
            return BroadcastAccepted(recipients=await desk.count_audience(audience, named))
        begun = await desk.broadcast(body.text, audience, named, body.client_id, OPEN_MANAGER)
        return BroadcastAccepted(broadcast_id=begun.broadcast_id, recipients=begun.recipients)

    @api.get("/manager/broadcasts/{broadcast_id}")
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


class _Entry:
    """Mangum around the routes, made by the first invocation on the container's loop."""

    def __init__(self) -> None:
        self._mangum: Callable[[Event, Any], dict[str, Any]] | None = None

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        # Mangum runs the current loop, which must be the one that the App's pool belongs to.
        container.runner.get_loop()
        if self._mangum is None:
            from mangum import Mangum

            self._mangum = Mangum(create_api(container.app), lifespan="off")
        return self._mangum(event, context)


handler = _Entry()
