"""One event loop and one App, which a warm Lambda container keeps between invocations.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core import log
from core.app import App
from core.settings import Settings
from functions import secret_store

LambdaEvent = dict[str, Any]
LambdaResponse = dict[str, Any]
EventHandler = Callable[[App, LambdaEvent, Any], Awaitable[LambdaResponse]]
LambdaHandler = Callable[[LambdaEvent, Any], LambdaResponse]

SPARE_SECONDS = 20.0


class Container:
    """The project's only global. Lambda calls a function of a module, so only a global can keep a
    pool between two invocations.

    One `asyncio.Runner` keeps one loop, and with it everything that is bound to this loop.
    """

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._app: App | None = None

    def run(
        self, handle: EventHandler, event: LambdaEvent, context: Any, *, signs: bool
    ) -> LambdaResponse:
        """Await a handler on the container's loop."""
        return self.runner.run(self._handled(handle, event, context, signs=signs))

    @property
    def runner(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner

    async def app(self, *, signs: bool = True) -> App:
        """The container's App, opened by the first invocation.

        `signs`: the function opens sockets or signs people in, and so has `SECRET_KEY`.
        """
        if self._app is None:
            read = await _read(signs)
            log.configure(read.log_level)
            self._app = await App.open(read)
        return self._app

    async def settle(self) -> None:
        """Order what this invocation has left for later."""
        if self._app is not None:
            await self._app.alarms.settle()

    def close(self) -> None:
        """Close everything. Only tests do: Lambda never calls it."""
        if self._app is not None:
            self.runner.run(self._app.close())
        if self._runner is not None:
            self._runner.close()
        self._app = self._runner = None

    async def _handled(
        self, handle: EventHandler, event: LambdaEvent, context: Any, *, signs: bool
    ) -> LambdaResponse:
        app = await self.app(signs=signs)
        try:
            return await handle(app, event, context)
        finally:
            await app.alarms.settle()


async def _read(signs: bool) -> Settings:
    return await (secret_store.read_settings() if signs else secret_store.read_without_key())


container = Container()


def seconds_left(context: Any) -> float:
    """How long an invocation may go on, with time to spare for the step that it is in then."""
    return float(context.get_remaining_time_in_millis()) / 1000 - SPARE_SECONDS


def lambda_handler(handle: EventHandler, *, signs: bool = False) -> LambdaHandler:
    """The function that Lambda calls, around an async handler.

    `signs`: it opens sockets or signs people in. It refuses to do so in open mode.
    """

    def handler(event: LambdaEvent, context: Any) -> LambdaResponse:
        return container.run(handle, event, context, signs=signs)

    return handler
