"""A gateway behind uvicorn on a free port, with handlers that remember their events."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local.gateway.api import Api, Quotas, Route, RouteHandler
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.callback import CallbackApp
from local.gateway.gateway import Gateway
from local.gateway.signature import Credentials

Event = dict[str, Any]

KEYS = Credentials("AKIDEXAMPLE", "a-secret-for-tests", None, "eu-west-1")
OK: Event = {"statusCode": 200}
# Nothing takes that long; on a machine that is busy with other things it may.
PATIENCE = 60.0
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Calls:
    """The events that handlers got, by event type, in order."""

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[Event]] = {}

    def _queue(self, kind: str) -> asyncio.Queue[Event]:
        return self._queues.setdefault(kind, asyncio.Queue())

    async def next(self, kind: str) -> Event:
        """The next event of the type, waiting for it."""
        return await asyncio.wait_for(self._queue(kind).get(), PATIENCE)

    def count(self, kind: str) -> int:
        """How many events of the type nobody has taken yet."""
        return self._queue(kind).qsize()

    def handler(self, answer: Event | Exception | RouteHandler | None = OK) -> RouteHandler:
        """A handler that remembers its event, then answers, raises, or asks another one."""

        async def handle(event: Event, context: Any) -> Event | None:
            self._queue(event["requestContext"]["eventType"]).put_nowait(event)
            if isinstance(answer, Exception):
                raise answer
            if callable(answer):
                return await answer(event, context)
            return answer

        return handle

    async def ended(self) -> tuple[int, str]:
        """The status code and reason of the next `$disconnect`."""
        asked = (await self.next("DISCONNECT"))["requestContext"]
        return asked["disconnectStatusCode"], asked["disconnectReason"]


async def echo(event: Event, _: Any) -> Event:
    return {"statusCode": 200, "body": event["body"]}


def slow(seconds: float = 30) -> RouteHandler:
    async def handle(event: Event, context: Any) -> Event | None:
        await asyncio.sleep(seconds)
        return OK

    return handle


class Sockets:
    """The app under the server: websockets to the gateway, `/@connections` to its callback."""

    def __init__(
        self,
        gateway: Gateway,
        credentials: Credentials | None,
        through: Callable[[AsgiSend], AsgiSend],
    ) -> None:
        self._gateway = gateway
        self._callback = CallbackApp(gateway, credentials)
        self._through = through

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        if "connections" in scope["path"]:
            await self._callback(scope, receive, send)
        else:
            await self._gateway(scope, receive, self._through(send))


def directly(send: AsgiSend) -> AsgiSend:
    """The server's own `send`."""
    return send


def wrapped(send: AsgiSend) -> AsgiSend:
    """As a middleware does."""
    return lambda message: send(message)


@contextlib.asynccontextmanager
async def uvicorn_serving(app: Any, **options: Any) -> AsyncIterator[int]:
    """uvicorn inside the test's loop, without its signals and its main loop's ticks."""
    options = {"ws_per_message_deflate": False, **options}
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        **options,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        # Sockets inherit it: what the kernel holds does not count as read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        await server.startup([listener])
        try:
            yield listener.getsockname()[1]
        finally:
            for listening in server.servers:
                listening.close()
            for connection in list(server.server_state.connections):
                connection.shutdown()


@dataclass
class Running:
    """A gateway that is being served, and what handlers saw."""

    gateway: Gateway
    calls: Calls
    port: int
    stage: str
    clients: list[ClientConnection] = field(default_factory=list)

    @property
    def callback_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.stage}"

    async def connect(self, query: str = "", **options: Any) -> ClientConnection:
        """A WebSocket client; raises InvalidStatus if the handshake is refused."""
        url = f"ws://127.0.0.1:{self.port}/{self.stage}{query}"
        client = await connect(url, **{"compression": None, "open_timeout": PATIENCE} | options)
        self.clients.append(client)
        return client

    async def join(self, query: str = "", **options: Any) -> tuple[ClientConnection, str]:
        """A WebSocket client and its connection id."""
        client = await self.connect(query, **options)
        event = await self.calls.next("CONNECT")
        return client, event["requestContext"]["connectionId"]

    async def refusal(self, query: str = "") -> tuple[int, str]:
        """The HTTP status and body that a handshake is refused with."""
        try:
            await self.connect(query)
        except InvalidStatus as refused:
            return refused.response.status_code, (refused.response.body or b"").decode()
        raise AssertionError("the handshake was accepted")


Serve = Callable[..., Awaitable[Running]]


@contextlib.asynccontextmanager
async def serving(
    calls: Calls,
    routes: Mapping[str, Route | None] | None = None,
    *,
    stage: str = "ws",
    quotas: Quotas = Quotas(),  # noqa: B008
    ordered: bool = True,
    credentials: Credentials | None = KEYS,
    through: Callable[[AsgiSend], AsgiSend] = directly,
    proxy_headers: bool = False,
    deflate: bool = False,
    **api: Any,
) -> AsyncIterator[Running]:
    """Serve an API whose `$connect`, `$disconnect` and two-way echo can be replaced."""
    table: dict[str, Route | None] = {
        "$connect": Route(calls.handler()),
        "$disconnect": Route(calls.handler()),
        "$default": Route(calls.handler(echo), two_way=True),
        **(routes or {}),
    }
    kept = {key: route for key, route in table.items() if route is not None}
    gateway = Gateway(Api(stage, kept, **api), quotas=quotas, ordered=ordered)
    app = Sockets(gateway, credentials, through)
    options = {"proxy_headers": proxy_headers, "ws_per_message_deflate": deflate}
    async with uvicorn_serving(app, **options) as port:
        running = Running(gateway, calls, port, stage)
        try:
            yield running
        finally:
            for client in running.clients:
                client.transport.abort()
            await gateway.drain(5)


async def closed(client: ClientConnection) -> tuple[int, str]:
    """The close code and reason the client received, reading until then."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            while True:
                await client.recv()
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""
