"""`$connect`: store the connection id, before the socket is open."""

import re
from typing import Any

from core.app import App
from core.errors import ChatError
from core.frames import SUBPROTOCOL
from core.model import CHAT_ID, ChatId
from functions import events, problems
from functions.access import OPEN_MANAGER
from functions.runtime import Event, lambda_handler


async def handle(app: App, event: Event, context: Any) -> dict[str, Any]:
    target = events.target(app, event)
    chat_id = events.query(event, "chat_id") or ""
    try:
        if events.is_manager(event):
            await app.desk.enter(target, OPEN_MANAGER)
        elif re.fullmatch(CHAT_ID, chat_id):
            await app.visitor.enter(target, ChatId(chat_id))
        else:
            detail = "Name the chat as ?chat_id=…, 1 to 64 letters, digits or . _ ~ -"
            return problems.refusal("invalid", detail, 400)
    except ChatError as error:
        status, body = problems.of(error)
        return problems.refusal(error.code, body["detail"], status)
    return _accepted(event)


def _accepted(event: Event) -> dict[str, Any]:
    offered = (events.header(event, "sec-websocket-protocol") or "").split(",")
    if SUBPROTOCOL in (one.strip() for one in offered):
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": SUBPROTOCOL}}
    return {"statusCode": 200}


handler = lambda_handler(handle)
