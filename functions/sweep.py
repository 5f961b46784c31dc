"""The schedule's function: see `core/chat/sweep.py`."""

from typing import Any

from core.app import App
from functions.runtime import LambdaEvent, lambda_handler, seconds_left


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    if context is None:
        # A process on one machine sweeps again in a moment.
        return dict(await app.sweeper.run())
    swept = await app.sweeper.run_and_go_on(seconds_left(context))
    # A timer is due, or its alarm was lost.
    await app.alarms.order()
    return dict(swept)


handler = lambda_handler(handle, App)
