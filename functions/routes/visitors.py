"""The calls of visitors: begin a chat, get a ticket for a socket, read the messages."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from core.app import App
from core.errors import Forbidden
from core.model import FIRST_SITE, ChatId, KnownContact, Visitor
from core.protocol import wire
from core.protocol.frames import encode
from core.store.access import TICKET_SECONDS
from core.store.sites import Site
from functions.device import device
from functions.routes.dependencies import (
    NOT_A_USER,
    Bearer,
    CurrentApp,
    ReadableSites,
    address,
    is_managers,
    manager,
    may_use,
    site_in_use,
    user,
)
from functions.routes.parameters import ChatIdParameter, Limit, SeqParameter
from functions.routes.schemas import ChatOpened, History, NewChat, Ticket, TicketWanted

if TYPE_CHECKING:
    from core.auth.tokens import Identity

router = APIRouter()

OTHER_SITE = "That chat is of another site."


@router.post("/chats", status_code=201)
async def begin(body: NewChat, request: Request, bearer: Bearer, app: CurrentApp) -> ChatOpened:
    """Begin a new chat. A person whom the host site has signed in gets the chat that they have.

    The site signs a JWT (HS256 with `IDENTITY_KEY`; claims `sub`, `exp`, `name`, `email`,
    `attributes`). The widget shows it as `Authorization: Bearer …`.
    """
    site = await site_in_use(app, request, body.site)
    said = body.visitor
    visitor = Visitor(said.name, said.email, said.locale, body.page_url)
    known = KnownContact(
        time_zone=said.time_zone,
        device=device(request.headers.get("user-agent")),
        attributes=said.attributes,
    )
    if body.after is not None:
        after = ChatId(body.after)
        if not app.is_open and user(app, bearer, after).site_id != site.id:
            raise Forbidden(OTHER_SITE)
        known = replace(known, after=after)
        chat_id = await app.visitors.begin(visitor, address(app, request), site.id, known)
    elif bearer is not None and not app.is_open:
        person = app.keys.read_identity(bearer.credentials, site.id, site.identity_key)
        chat_id = await _persons_chat(app, person, visitor, address(app, request), site, known)
    else:
        chat_id = await app.visitors.begin(visitor, address(app, request), site.id, known)
    token = "" if app.is_open else app.keys.user_token(chat_id, site.id)
    url = _ws_url(app, request, chat_id=chat_id, site=site)
    return ChatOpened(chat_id=chat_id, token=token, ws_url=url)


async def _persons_chat(
    app: App,
    person: "Identity",
    given: Visitor,
    address: str | None,
    site: Site,
    known: KnownContact,
) -> ChatId:
    # Name and e-mail address come from the signed token only, and not from the page.
    visitor = Visitor(person.name, person.email, given.locale, given.page_url, verified=True)
    known = replace(known, subject=person.subject, signed_attributes=person.attributes)
    await app.visitors.welcome(person.chat_id, visitor, address, site.id, known)
    return person.chat_id


@router.post("/tickets", status_code=201, response_model_exclude_none=True)
async def ticket(body: TicketWanted, request: Request, bearer: Bearer, app: CurrentApp) -> Ticket:
    """A ticket and the address of a socket: of the chat for a user's token, else of a manager.

    If the answer has a `token`, it replaces the one that was shown.
    """
    if app.is_open:
        site = await app.sites.named(body.site)
        url = _ws_url(app, request, chat_id=body.chat_id, manager=body.chat_id is None, site=site)
        return Ticket(ticket="", ws_url=url, expires_in=TICKET_SECONDS)
    if bearer is not None and not is_managers(bearer):
        return await _users_ticket(app, request, bearer, body.chat_id)
    signed_in = await manager(request, bearer, app)
    if body.chat_id is not None:
        raise Forbidden(NOT_A_USER)
    made = await app.access.manager_ticket(signed_in)
    url = _ws_url(app, request, ticket=made, manager=True)
    return Ticket(ticket=made, ws_url=url, expires_in=TICKET_SECONDS)


async def _users_ticket(app: App, request: Request, bearer: Bearer, chat_id: str | None) -> Ticket:
    token = user(app, bearer, ChatId(chat_id) if chat_id else None)
    site = await app.sites.named(token.site_id)
    await may_use(app, request, site)
    made = await app.access.user_ticket(token.chat_id, token.until, address(app, request))
    return Ticket(
        ticket=made,
        ws_url=_ws_url(app, request, chat_id=token.chat_id, ticket=made, site=site),
        expires_in=TICKET_SECONDS,
        token=app.keys.user_token(token.chat_id, site.id) if token.is_old else None,
    )


@router.get("/history", response_model=History)
async def history(
    app: CurrentApp,
    sites: ReadableSites,
    chat_id: ChatIdParameter,
    after: SeqParameter = 0,
    before: SeqParameter | None = None,
    limit: Limit = 100,
    changed: SeqParameter | None = None,
) -> Response:
    """A chat's messages in `seq` order: the first after `after`, or the last before `before`.

    With `changed`, first come those up to `after` that changed since that change.
    """
    async with app.reading:
        page = await app.inbox.history(ChatId(chat_id), after, before, limit, sites, changed)
        messages = [wire.message_model(message) for message in page.messages]
        read = History(
            chat_id=chat_id, messages=messages, has_more=page.has_more, change=page.change
        )
        return Response(encode(read), media_type="application/json")


def _ws_url(
    app: App,
    request: Request,
    *,
    chat_id: str | None = None,
    ticket: str | None = None,
    manager: bool = False,
    site: Site | None = None,
) -> str:
    read = app.settings
    base = (read.public_url or str(request.base_url)).rstrip("/").replace("http", "ws", 1)
    users, managers = read.ws_url or f"{base}/ws", read.manager_ws_url or f"{base}/manager/ws"
    url = managers if manager else users
    query = {"chat_id": chat_id, "ticket": ticket}
    if site is not None and site.id != FIRST_SITE and not manager:
        query["site"] = site.key
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{url}?{asked}" if asked else url
