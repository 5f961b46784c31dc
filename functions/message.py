"""`$default`: takes one frame, and returns the frame for its sender (a two-way route)."""

from typing import Any

import structlog

from core.app import App
from core.errors import ChatError, NotConnected, TooMany
from core.protocol import frames, parse
from functions import events
from functions.runtime import LambdaEvent, lambda_handler

log = structlog.get_logger()


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    target = events.target(app, event)
    raw = str(event.get("body") or "")
    try:
        if events.is_manager(event):
            return events.answer(await app.inbox.receive(target, raw))
        name = str(event["requestContext"]["messageId"])
        return events.answer(await app.visitors.receive(target, raw, name))
    except NotConnected:
        # The client connects again and resumes.
        await app.publisher.close(target)
        return events.answer()
    except ChatError as error:
        log.info("frame_refused", connection_id=target.connection_id, code=error.code)
        name_or_none = parse.client_id_of(raw)
        refused = frames.Error(
            code=error.code,
            message=error.message,
            client_id=name_or_none,
            retry_after=error.retry_after if isinstance(error, TooMany) else None,
        )
        return events.answer(frames.encode(refused))


handler = lambda_handler(handle)
