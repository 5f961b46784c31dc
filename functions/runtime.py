"""One event loop and one app, which a warm Lambda container keeps between invocations.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from core import log
from core.settings import Settings
from core.socket_app import SocketApp
from functions import secret_store

LambdaEvent = dict[str, Any]
LambdaResponse = dict[str, Any]
A = TypeVar("A", bound=SocketApp)
EventHandler = Callable[[A, LambdaEvent, Any], Awaitable[LambdaResponse]]
LambdaHandler = Callable[[LambdaEvent, Any], LambdaResponse]

SPARE_SECONDS = 20.0


class Container:
    """The project's only global. Lambda calls a function of a module, so only a global can keep a
    pool between two invocations.

    One `asyncio.Runner` keeps one loop, and with it everything that is bound to this loop.
    """

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        # One: a function opens only what it needs. Tests call several functions.
        self._apps: list[SocketApp] = []

    def run(
        self, handle: EventHandler[A], opens: type[A], event: LambdaEvent, context: Any, *,
        signs: bool,
    ) -> LambdaResponse:  # fmt: skip
        """Await a handler on the container's loop."""
        return self.runner.run(self.handled(handle, opens, event, context, signs=signs))

    @property
    def runner(self) -> asyncio.Runner:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner

    async def app(self, opens: type[A], *, signs: bool = True) -> A:
        """The container's objects, opened by the first invocation.

        `signs`: the function opens sockets or signs people in, and so has `SECRET_KEY`.
        """
        for app in self._apps:
            if isinstance(app, opens):
                return app
        read = await _read(signs)
        log.configure(read.log_level)
        made = await opens.open(read)
        self._apps.append(made)
        return made

    async def settle(self) -> None:
        """Order what this invocation has left for later."""
        for app in self._apps:
            await app.alarms.settle()

    def close(self) -> None:
        """Close everything. Only tests do: Lambda never calls it."""
        for app in self._apps:
            self.runner.run(app.close())
        if self._runner is not None:
            self._runner.close()
        self._apps, self._runner = [], None

    async def handled(
        self, handle: EventHandler[A], opens: type[A], event: LambdaEvent, context: Any, *,
        signs: bool,
    ) -> LambdaResponse:  # fmt: skip
        app = await self.app(opens, signs=signs)
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


def lambda_handler(
    handle: EventHandler[A], opens: type[A], *, signs: bool = False
) -> LambdaHandler:
    """The function that Lambda calls, around an async handler.

    `opens`: the objects that it needs. `signs`: it opens sockets or signs people in. It refuses to
    do so in open mode.
    """

    def handler(event: LambdaEvent, context: Any) -> LambdaResponse:
        return container.run(handle, opens, event, context, signs=signs)

    return handler
