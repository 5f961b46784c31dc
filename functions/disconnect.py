"""`$disconnect`: delete the connection. AWS may not call it; the sweep deletes what is left."""

from typing import Any

from core.socket_app import SocketApp
from functions import events
from functions.runtime import LambdaEvent, lambda_handler


async def handle(app: SocketApp, event: LambdaEvent, context: Any) -> dict[str, Any]:
    await app.visitors.leave(events.connection_id(event))
    return events.answer()


handler = lambda_handler(handle, SocketApp)
