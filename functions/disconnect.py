"""`$disconnect`: forget the connection. Best effort on AWS; the sweep does what was missed."""

from typing import Any

from core.app import App
from functions import events
from functions.runtime import LambdaEvent, lambda_handler


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    await app.visitors.leave(events.connection_id(event))
    return events.answer()


handler = lambda_handler(handle)
