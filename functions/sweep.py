"""The schedule's function: see `core/chat/sweep.py`."""

from typing import Any

from core.app import App
from functions.runtime import LambdaEvent, lambda_handler

# The last step of a run must end in this time.
SPARE_SECONDS = 20.0


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    if context is None:
        return dict(await app.sweep.run())
    left = context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    return dict(await app.sweep.run(left))


handler = lambda_handler(handle)
