"""The calls of visitors: begin a chat, get a ticket for a socket, read what was said."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request

from core.app import App
from core.auth.addresses import counted
from core.auth.tickets import MANAGER_PREFIX
from core.errors import Forbidden
from core.model import ChatId, Visitor
from core.protocol import wire
from functions.routes.dependencies import NOT_A_USER, Bearer, Doors
from functions.routes.parameters import ChatIdParameter, Limit, SeqParameter
from functions.routes.schemas import ChatOpened, History, NewChat, Ticket, TicketWanted

TICKET_SECONDS = 60


def add_visiting(api: FastAPI, app: Callable[[], Awaitable[App]], doors: Doors) -> None:
    """Add the routes. `app` gives the App of the request."""
    _begin(api, app)
    _tickets(api, app, doors)
    _history(api, app, doors)


def _begin(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    @api.post("/chats", status_code=201)
    async def begin(body: NewChat, request: Request, bearer: Bearer) -> ChatOpened:
        """A new chat for a visitor; or, for a person whom the host site signed in, theirs.

        The site signs a JWT (HS256 with `IDENTITY_KEY`; claims `sub`, `exp`, `name`, `email`) and
        the widget shows it as `Authorization: Bearer …`.
        """
        opened = await app()
        visitor = Visitor(**body.visitor.model_dump(), page_url=body.page_url)
        if bearer is not None and not opened.is_open:
            chat_id = await _persons_chat(opened, bearer.credentials, visitor)
        else:
            chat_id = await opened.visitor.begin(visitor, _address(request))
        token = "" if opened.is_open else opened.keys.user_token(chat_id)
        return ChatOpened(
            chat_id=chat_id, token=token, ws_url=_ws_url(opened, request, chat_id=chat_id)
        )


async def _persons_chat(app: App, token: str, told: Visitor) -> ChatId:
    person = app.keys.read_identity(token)
    # What the site signed is known; what the page says of itself beside it is not taken for that.
    known = Visitor(person.name, person.email, told.locale, told.page_url)
    await app.visitor.welcome(person.chat_id, known)
    return person.chat_id


def _tickets(api: FastAPI, app: Callable[[], Awaitable[App]], doors: Doors) -> None:
    @api.post("/tickets", status_code=201, response_model_exclude_none=True)
    async def ticket(body: TicketWanted, request: Request, bearer: Bearer) -> Ticket:
        """Where to open a socket, with what opens it: the chat's for a user's token, else a
        manager's. `token` is given now and then, and replaces the one that was shown."""
        opened = await app()
        if opened.is_open:
            url = _ws_url(opened, request, chat_id=body.chat_id, manager=body.chat_id is None)
            return Ticket(ticket="", ws_url=url, expires_in=TICKET_SECONDS)
        if body.chat_id is not None or _is_users(bearer):
            return await users(opened, request, bearer, body.chat_id)
        signed_in = await doors.manager(request, bearer)
        made = await opened.access.manager_ticket(signed_in)
        url = _ws_url(opened, request, ticket=made, manager=True)
        return Ticket(ticket=made, ws_url=url, expires_in=TICKET_SECONDS)

    async def users(app: App, request: Request, bearer: Bearer, chat_id: str | None) -> Ticket:
        if chat_id is not None and not _is_users(bearer):
            # Whoever is a manager is told so; anyone else, that a token is missing.
            await doors.manager(request, bearer)
            raise Forbidden(NOT_A_USER)
        token = doors.user(app, bearer, ChatId(chat_id) if chat_id else None)
        made = await app.access.user_ticket(token.chat_id, token.until, _address(request))
        return Ticket(
            ticket=made,
            ws_url=_ws_url(app, request, chat_id=token.chat_id, ticket=made),
            expires_in=TICKET_SECONDS,
            token=app.keys.user_token(token.chat_id) if token.is_old else None,
        )


def _is_users(bearer: Bearer) -> bool:
    return bearer is not None and not bearer.credentials.startswith(MANAGER_PREFIX)


def _history(api: FastAPI, app: Callable[[], Awaitable[App]], doors: Doors) -> None:
    @api.get("/history", response_model_exclude_none=True, dependencies=[Depends(doors.reader)])
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


def _address(request: Request) -> str | None:
    return counted(request.client.host if request.client else None)


def _ws_url(
    app: App,
    request: Request,
    *,
    chat_id: str | None = None,
    ticket: str | None = None,
    manager: bool = False,
) -> str:
    read = app.settings
    base = (read.public_url or str(request.base_url)).rstrip("/").replace("http", "ws", 1)
    users, managers = read.ws_url or f"{base}/ws", read.manager_ws_url or f"{base}/manager/ws"
    url = managers if manager else users
    query = {"chat_id": chat_id, "ticket": ticket}
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{url}?{asked}" if asked else url
