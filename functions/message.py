"""`$default`: takes one frame, and returns the frame for its sender (a two-way route)."""

from typing import Any

import structlog

from core.errors import ChatError, NotConnected, TooMany, TryAgain
from core.log import Sampled
from core.model import Target
from core.protocol import frames, parse
from core.socket_app import SocketApp
from core.store.refusals import MANY_FRAMES
from functions import events
from functions.runtime import LambdaEvent, lambda_handler

# Whoever goes on after this warning is cut off.
WARNED_SECONDS = 10
PONG = frames.encode(frames.Pong())

log = structlog.get_logger()
refusals = Sampled()


async def handle(app: SocketApp, event: LambdaEvent, context: Any) -> dict[str, Any]:
    target = events.target(app, event)
    raw = str(event.get("body") or "")
    try:
        answer = await _received(app, event, target, raw)
        # Whoever asks for nothing is limited without the database, which pings do not wake.
        idle = answer == PONG
    except NotConnected:
        # The client connects again and resumes.
        await app.publisher.close(target)
        return events.answer()
    except ChatError as error:
        answer, idle = _refusal(error, target, raw), not isinstance(error, TooMany | TryAgain)
    if idle and not app.idle_frames.draw(target.connection_id):
        if not app.warnings.draw(target.connection_id):
            await app.publisher.close(target)
            return events.answer()
        answer = _refusal(TooMany(MANY_FRAMES, WARNED_SECONDS), target, "")
    return events.answer(answer)


async def _received(app: SocketApp, event: LambdaEvent, target: Target, raw: str) -> bytes | None:
    if events.is_manager(event):
        return await app.inbox.receive(target, raw)
    name = str(event["requestContext"]["messageId"])
    return await app.visitors.receive(target, raw, name)


def _refusal(error: ChatError, target: Target, raw: str) -> bytes:
    if (left_out := refusals.draw()) is not None:
        connection_id = target.connection_id
        log.info("frame_refused", connection_id=connection_id, code=error.code, left_out=left_out)
    refused = frames.Error(
        code=error.code,
        message=error.message,
        client_id=parse.client_id_of(raw),
        retry_after=error.retry_after if isinstance(error, TooMany) else None,
    )
    return frames.encode(refused)


handler = lambda_handler(handle, SocketApp)
