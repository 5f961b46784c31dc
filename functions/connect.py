"""`$connect`: store the connection id, before the socket is open."""

import re
from collections.abc import Collection
from typing import Any

from core.errors import ChatError, Forbidden, Invalid, Unauthorized
from core.model import CHAT_ID, ChatId, Feed, SiteId, Target
from core.protocol.frames import SUBPROTOCOL
from core.socket_app import SocketApp
from functions import events, origins, problems
from functions.open_mode import OPEN_MANAGER
from functions.runtime import LambdaEvent, lambda_handler

NO_CHAT = "Name the chat as ?chat_id=…, 1 to 64 letters, digits or . _ ~ -"
NO_FEED = "A feed is list, or is left out."
NO_TICKET = "Open the socket with ?ticket=…, from POST /tickets."


async def handle(app: SocketApp, event: LambdaEvent, context: Any) -> dict[str, Any]:
    target = events.target(app, event)
    try:
        await (_enter_open(app, event, target) if app.is_open else _enter(app, event, target))
    except Invalid as error:
        # 400 and not 422: the address is wrong, and there is no body.
        return problems.refusal(error, 400)
    except ChatError as error:
        return problems.refusal(error)
    return _accepted(event)


async def _enter(app: SocketApp, event: LambdaEvent, target: Target) -> None:
    site_id = await _site(app, event)
    ticket = events.query(event, "ticket")
    if not ticket:
        raise Unauthorized(NO_TICKET)
    if events.is_manager(event):
        await app.inbox.enter_with(target, ticket, _feed(event))
    else:
        chat_id, address = _chat_id(event), events.address(app, event)
        await app.visitors.enter_with(target, chat_id, ticket, address, site_id)


async def _enter_open(app: SocketApp, event: LambdaEvent, target: Target) -> None:
    if events.is_manager(event):
        await app.inbox.enter(target, OPEN_MANAGER, _feed(event))
        return
    chat_id = _chat_id(event)
    if chat_id is None:
        raise Invalid(NO_CHAT)
    site_id = await _site(app, event)
    await app.visitors.enter(target, chat_id, events.address(app, event), site_id)


def _feed(event: LambdaEvent) -> Feed | None:
    """What a manager's socket asks for; None: everything. Raises `Invalid`."""
    asked = events.query(event, "feed")
    if asked is None:
        return None
    if asked != "list":
        raise Invalid(NO_FEED)
    return "list"


def _chat_id(event: LambdaEvent) -> ChatId | None:
    """Raises `Invalid` for a malformed `chat_id`."""
    chat_id = events.query(event, "chat_id")
    if chat_id is None:
        return None
    if not re.fullmatch(CHAT_ID, chat_id):
        raise Invalid(NO_CHAT)
    return ChatId(chat_id)


async def _site(app: SocketApp, event: LambdaEvent) -> SiteId | None:
    """The site that the socket's page may use; its chat must be one of that site.

    None: of any. Raises `Forbidden` for a page that may not open this socket, and `NotFound`. The
    browser does not check this: CORS is for fetches, and not for sockets.
    https://www.rfc-editor.org/rfc/rfc6455#section-10.2
    """
    key, origin = events.query(event, "site"), events.header(event, "origin")
    if key is None and origin is None:
        return None
    public_url, host = app.settings.public_url, events.header(event, "host") or ""
    scheme = events.header(event, "x-forwarded-proto") or ""
    if key is None and origin and origins.is_own(origin, host, public_url, scheme):
        return None
    if events.is_manager(event):
        allowed: Collection[str] = ()
        site_id = None
    else:
        site = await app.sites.named(key)
        allowed, site_id = await app.sites.origins_of(site), site.id
    if not origins.is_allowed(origin, host, public_url, scheme, allowed):
        raise Forbidden(origins.NOT_ALLOWED)
    return site_id


def _accepted(event: LambdaEvent) -> dict[str, Any]:
    offered = (events.header(event, "sec-websocket-protocol") or "").split(",")
    if SUBPROTOCOL in (one.strip() for one in offered):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}}
    return {"statusCode": 200}


handler = lambda_handler(handle, SocketApp, signs=True)
