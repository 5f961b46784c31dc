"""What a warm Lambda container keeps between invocations: one event loop and one App.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core import log
from core.app import App
from functions import secret_store

LambdaEvent = dict[str, Any]
LambdaResponse = dict[str, Any]
EventHandler = Callable[[App, LambdaEvent, Any], Awaitable[LambdaResponse]]
LambdaHandler = Callable[[LambdaEvent, Any], LambdaResponse]


class Container:
    """The one global of the project: Lambda calls a module's function and gives it nothing that
    could carry a pool from one invocation to the next.

    One `asyncio.Runner` keeps one loop, and with it everything that is bound to a loop.
    """

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._app: App | None = None

    def run(self, handle: EventHandler, event: LambdaEvent, context: Any) -> LambdaResponse:
        """Await a handler on the container's loop."""
        return self.runner.run(self._handled(handle, event, context))

    @property
    def runner(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner

    async def app(self) -> App:
        """The container's App, opened by the first invocation."""
        if self._app is None:
            read = await secret_store.read_settings()
            log.configure(read.log_level)
            self._app = await App.open(read)
        return self._app

    def close(self) -> None:
        """Close everything; Lambda never does, tests do."""
        if self._app is not None:
            self.runner.run(self._app.close())
        if self._runner is not None:
            self._runner.close()
        self._app = self._runner = None

    async def _handled(
        self, handle: EventHandler, event: LambdaEvent, context: Any
    ) -> LambdaResponse:
        return await handle(await self.app(), event, context)


container = Container()


def lambda_handler(handle: EventHandler) -> LambdaHandler:
    """Wrap an async handler as the function that Lambda calls."""

    def handler(event: LambdaEvent, context: Any) -> LambdaResponse:
        return container.run(handle, event, context)

    return handler
