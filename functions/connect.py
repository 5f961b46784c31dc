"""`$connect`: store the connection id, before the socket is open."""

import re
from typing import Any

from core.app import App
from core.errors import ChatError, Forbidden, Invalid, Unauthorized
from core.model import CHAT_ID, ChatId, Target
from core.protocol.frames import SUBPROTOCOL
from functions import events, origins, problems
from functions.open_mode import OPEN_MANAGER
from functions.runtime import LambdaEvent, lambda_handler

NO_CHAT = "Name the chat as ?chat_id=…, 1 to 64 letters, digits or . _ ~ -"
NO_TICKET = "Open the socket with ?ticket=…, from POST /tickets."


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    target = events.target(app, event)
    try:
        await (_enter_open(app, event, target) if app.is_open else _enter(app, event, target))
    except Invalid as error:
        # 400 and not 422: the address is wrong, and there is no body.
        return problems.refusal(error, 400)
    except ChatError as error:
        return problems.refusal(error)
    return _accepted(event)


async def _enter(app: App, event: LambdaEvent, target: Target) -> None:
    _check_origin(app, event)
    ticket = events.query(event, "ticket")
    if not ticket:
        raise Unauthorized(NO_TICKET)
    if events.is_manager(event):
        await app.inbox.enter_with(target, ticket)
    else:
        await app.visitors.enter_with(target, _chat_id(event), ticket, events.address(app, event))


async def _enter_open(app: App, event: LambdaEvent, target: Target) -> None:
    if events.is_manager(event):
        await app.inbox.enter(target, OPEN_MANAGER)
        return
    chat_id = _chat_id(event)
    if chat_id is None:
        raise Invalid(NO_CHAT)
    await app.visitors.enter(target, chat_id, events.address(app, event))


def _chat_id(event: LambdaEvent) -> ChatId | None:
    """Raises `Invalid` for a malformed `chat_id`."""
    chat_id = events.query(event, "chat_id")
    if chat_id is None:
        return None
    if not re.fullmatch(CHAT_ID, chat_id):
        raise Invalid(NO_CHAT)
    return ChatId(chat_id)


def _check_origin(app: App, event: LambdaEvent) -> None:
    """Raises `Forbidden` for a page that may not open this socket.

    The browser does not check this: CORS is for fetches, and not for sockets.
    https://www.rfc-editor.org/rfc/rfc6455#section-10.2
    """
    read, host = app.settings, events.header(event, "host") or ""
    allowed = () if events.is_manager(event) else read.allowed_origins
    origin = events.header(event, "origin")
    scheme = events.header(event, "x-forwarded-proto") or ""
    if not origins.is_allowed(origin, host, read.public_url, scheme, allowed):
        raise Forbidden(origins.NOT_ALLOWED)


def _accepted(event: LambdaEvent) -> dict[str, Any]:
    offered = (events.header(event, "sec-websocket-protocol") or "").split(",")
    if SUBPROTOCOL in (one.strip() for one in offered):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}}
    return {"statusCode": 200}


handler = lambda_handler(handle, signs=True)
