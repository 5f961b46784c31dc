"""One process with everything: the HTTP API, both gateways, the worker and the sweep.

`LocalApp` stands in for API Gateway, for Lambda's SQS trigger and for the schedule. It awaits the
handlers that Lambda runs.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp

from core import log, settings
from core.app import App, make_assistant
from core.assistants.assistant import needs_only_the_message
from core.chat.access import NewManager
from core.delivery.jobs import Queue
from core.errors import Misconfigured, TryAgain
from core.settings import Settings
from core.store import database
from functions import connect, deliver, disconnect, message, responder, sweep
from functions.http import ABOUT, add_routes, share
from functions.runtime import EventHandler
from local import api_docs, cli, deliveries, guard, mail, nodes
from local.batching import LocalBatching
from local.gateway import leaked_tasks
from local.gateway.api import Api, Route, RouteHandler
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.callback import CallbackApp
from local.gateway.gateway import Gateway
from local.half_open import Arrival, HalfOpen
from local.http_protocol import HALF_OPEN
from local.migration import bring_up_to_date
from local.postgres import embedded
from local.proxies import Proxies
from local.published import InFile
from local.queues import MemoryQueue
from local.timers import TimerRunner
from local.worker import JobHandler, Worker, open_queue, stop_all

logger = structlog.get_logger()

# Their sum stays below the 10 s that a stop may take.
DRAIN_SECONDS = 3.0
JOBS_SECONDS = 4.0
TIMERS_SECONDS = 2.0
YOUNG_OBJECTS = 30_000


class LocalApp(FastAPI):
    """The FastAPI app of `uvicorn main:app`, which also serves the sockets.

    A socket goes straight to its gateway: no middleware is between the gateway and the server.
    """

    def __init__(
        self, read: Callable[[], Settings] = settings.read, *, announces: bool = False
    ) -> None:
        super().__init__(**ABOUT, lifespan=LocalApp._lifespan)
        self._read = read
        self._app: App | None = None
        self._misconfigured = ""
        # The first admin, made when there was no manager. Their link is printed once.
        self.first_manager: NewManager | None = None
        self._announces = announces
        self._callbacks: dict[str, Any] = {}
        self._guard = guard.Guard()
        self._proxies = Proxies()
        self._shared: ASGIApp = super().__call__
        self.gateways = {
            "/ws": self._gateway("ws"),
            "/manager/ws": self._gateway("manager"),
        }
        add_routes(self, self._opened)
        self.include_router(api_docs.router)
        self.include_router(mail.router)

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        path = scope.get("path", "")
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, self._explaining(send))
            return
        self._proxies.apply(scope)
        stage, at, _ = path.lstrip("/").partition("/@connections/")
        if scope["type"] == "http" and at and stage in self._callbacks:
            # Other nodes make these calls, under any host name. The signature protects them.
            await self._callbacks[stage](_below(scope, f"/{stage}"), receive, send)
            return
        refused = self._guard.refusal(scope)
        if refused:
            await guard.refuse(scope, receive, send, refused)
        elif scope["type"] == "websocket" and path in self.gateways:
            await self.gateways[path](scope, receive, send)
        else:
            await self._shared(scope, receive, send)

    async def drain(self) -> None:
        """Close every socket with 1001, after its queued frames are written."""
        await asyncio.gather(*(gateway.drain(DRAIN_SECONDS) for gateway in self.gateways.values()))

    def _gateway(self, stage: str) -> Gateway:
        routes = {
            "$connect": Route(self._bound(connect.handle)),
            "$default": Route(self._bound(message.handle), two_way=True),
            "$disconnect": Route(self._bound(disconnect.handle)),
        }
        return Gateway(Api(stage, routes))

    def _bound(self, handle: EventHandler[App]) -> RouteHandler:
        async def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            return await handle(await self._opened(), event, context)

        return handler

    async def _opened(self) -> App:
        if self._app is None:
            raise TryAgain("The server is starting or stopping. Please try again in a moment.")
        return self._app

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[dict[str, Any]]:
        try:
            read = self._read()
            log.configure(read.log_level)
            if read.watch_tasks:
                leaked_tasks.watch(asyncio.get_running_loop())
            async with self._running(read):
                _collect_seldom()
                # The server's HTTP protocol finds it there.
                yield {HALF_OPEN: HalfOpen(_arrival(read), self._proxies)}
        except Misconfigured as error:
            self._misconfigured = error.message
            raise

    def _explaining(self, send: AsgiSend) -> AsgiSend:
        """Show a wrong setting as a sentence and not as a traceback."""

        async def explained(sent: Any) -> None:
            if sent["type"] == "lifespan.startup.failed" and self._misconfigured:
                sent = {**sent, "message": self._misconfigured}
            await send(sent)

        return explained

    @asynccontextmanager
    async def _running(self, read: Settings) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            given = read.dsn is not None
            if not given:
                address = await stack.enter_async_context(embedded(read.data_dir))
                read = read.model_copy(update={"database_url": address})
            queue, sources = await open_queue(read.aws_region, read.ring_queue_url, stack)
            outside = MemoryQueue()
            app, node = await self._open(read, queue, outside)
            stack.push_async_callback(app.close)
            deliverer = await deliveries.open_app(read, queue, outside)
            stack.push_async_callback(deliverer.close)
            # So many chats are answered at the same time, as Lambda's maximum concurrency sets it.
            slots = asyncio.Semaphore(read.answers_at_once)
            answer = _jobs(responder.handle, app)
            workers = [Worker(answer, slots, *source) for source in sources]
            workers.append(deliveries.worker(_jobs(deliver.handle, deliverer), outside))
            for worker in workers:
                worker.start()
            stack.push_async_callback(stop_all, workers, JOBS_SECONDS)
            runner = TimerRunner(app.timers).start()
            app.announcements.listener = runner.wake
            stack.push_async_callback(runner.stop, TIMERS_SECONDS)
            sweeper = asyncio.create_task(_sweep_often(app, node, runner, read.sweep_seconds))
            stack.push_async_callback(_cancelled, sweeper)
            self._app = app
            logger.info("server_ready", database="given" if given else "embedded")
            yield
            await self.drain()

    async def _open(
        self, read: Settings, queue: Queue, outside: Queue
    ) -> tuple[App, nodes.ThisNode]:
        callback_url = nodes.own_url(read)
        gateways = {g.api.stage: g for g in self.gateways.values()}
        read = read.model_copy(update={"callback_url": callback_url})
        if read.secret_key is None:
            if read.identity_key:
                raise Misconfigured("IDENTITY_KEY needs SECRET_KEY: without it nobody signs in.")
            logger.warning("open_mode_used", hint=guard.WARNING)
        self._proxies = Proxies(read.trusted_proxies)
        # A wrong assistant fails here, and not at the first message. A queue in memory keeps jobs
        # in this process, so this process can use claims that were made ahead.
        assistant = make_assistant(read)
        ahead = needs_only_the_message(assistant) and isinstance(queue, MemoryQueue)
        app = await App.open(
            read,
            queue=queue,
            deliver_queue=outside,
            nodes={f"{callback_url}/{stage}": g for stage, g in gateways.items()},
            batching=LocalBatching(claims_ahead=ahead),
            assistant=assistant,
            publication=InFile(read.data_dir, read.dsn or ""),
        )
        await database.check(app.pool)
        await bring_up_to_date(app)
        await app.sites.publish()
        self._guard = guard.Guard(read.public_url, app.sites.known_origins, read.secret_key is None)
        self._shared = share(super().__call__, read.allowed_origins, app.sites.directory)
        key = await nodes.key(app)
        self._callbacks = {stage: CallbackApp(g, key) for stage, g in gateways.items()}
        node = nodes.ThisNode(app, callback_url, tuple(gateways))
        await node.start()
        if not app.is_open:
            self.first_manager = await app.access.first_manager()
            if self.first_manager and self._announces:
                print(cli.first_link(cli.base(read), self.first_manager), flush=True)
        return app, node


def create_app() -> LocalApp:
    """The app for any server. Nothing is opened before the server starts it."""
    return LocalApp(announces=True)


def _arrival(read: Settings) -> Arrival:
    return Arrival(
        seconds=read.request_seconds,
        per_address=read.half_open_per_address,
        in_all=read.half_open_sockets,
    )


def _jobs(handle: EventHandler[App], app: App) -> JobHandler:
    async def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return await handle(app, event, context)

    return handler


def _collect_seldom() -> None:
    """Run the garbage collector less often, and never over the objects of the start.

    By default it takes a fifth of the time, and it hardly finds any garbage: almost all objects end
    with their last reference. Answers to 500 visitors are up to 20,000 objects at once, and each
    run over them is a pause of some milliseconds. Far more would be a long pause.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 20)


async def _sweep_often(app: App, node: nodes.ThisNode, runner: TimerRunner, seconds: float) -> None:
    while True:
        try:
            await node.look()
            # Another node may have changed a site.
            await app.sites.publish()
            await sweep.handle(app, {}, None)
            # A timer that another process has set, which may have died.
            await runner.look()
        except TryAgain as error:
            logger.warning("sweep_postponed", reason=error.message)
        except Exception:
            logger.exception("sweep_failed")
        await asyncio.sleep(seconds)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _below(scope: AsgiScope, prefix: str) -> AsgiScope:
    """The scope for an app that is mounted at `prefix`."""
    return {**scope, "root_path": scope.get("root_path", "") + prefix}
