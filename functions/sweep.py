"""The schedule's function: see `core/chat/sweep.py`."""

from typing import Any

from core.app import App
from functions.runtime import LambdaEvent, lambda_handler


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    return dict(await app.sweep.run())


handler = lambda_handler(handle)
