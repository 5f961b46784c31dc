"""AWS's whole part without an account: our gateway for API Gateway, AWS's own runtime client for
Lambda, LocalStack for SQS, and for the event source mapping the worker.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from core.delivery.aws import Clients
from core.delivery.jobs import AnswerChat, write_job
from local.gateway.api import Api, Route, RouteHandler
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.callback import CallbackApp
from local.gateway.gateway import Gateway
from local.gateway.signature import Credentials
from local.queues import SqsSource
from local.worker import Worker
from tests.gateway.harness import uvicorn_serving
from tests.infra.localstack import LocalStackServer
from tests.infra.runtime_api import Container, Function
from tests.tickets import SECRET_KEY

REGION = "us-east-1"
SOCKETS = {"$connect": "connect", "$default": "message", "$disconnect": "disconnect"}
STAGES = {"/ws": "ws", "/manager/ws": "manager"}

JobHandler = Callable[[dict[str, Any], Any], Awaitable[dict[str, Any]]]


def mapping(clients: Clients, queue_url: str, handle: JobHandler) -> Worker:
    """An event source mapping: calls a function with each message of a queue."""
    source = SqsSource(clients, queue_url, wait_seconds=2)
    return Worker(handle, asyncio.Semaphore(1000), source)


def routes_of(invoking: Callable[[str], RouteHandler]) -> dict[str, Route]:
    """The routes of the template's two APIs."""
    return {
        **{key: Route(invoking(name)) for key, name in SOCKETS.items()},
        "$default": Route(invoking("message"), two_way=True),
        "keep": Route(invoking("message")),
    }


class SocketApis:
    """Both WebSocket APIs in front of `functions`, and their `/@connections`."""

    def __init__(self, functions: dict[str, Function], signing: dict[str, str]) -> None:
        self._functions = functions
        self._gateways = {path: self._gateway(stage) for path, stage in STAGES.items()}
        credentials = Credentials(
            signing["AWS_ACCESS_KEY_ID"], signing["AWS_SECRET_ACCESS_KEY"], None, REGION
        )
        self._callbacks = {
            g.api.stage: CallbackApp(g, credentials) for g in self._gateways.values()
        }
        # The method, and the connection.
        self.callbacks: list[tuple[str, str]] = []

    def takes(self, scope: AsgiScope) -> bool:
        """Whether a request is theirs."""
        return scope["type"] == "websocket" or "/@connections/" in scope["path"]

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        path = str(scope.get("path", ""))
        stage, at, connection = path.lstrip("/").partition("/@connections/")
        if at:
            self.callbacks.append((scope["method"], connection))
            inner = {**scope, "root_path": f"/{stage}"}
            await self._callbacks[stage](inner, receive, send)
        else:
            await self._gateways[path](scope, receive, send)

    async def drain(self) -> None:
        for gateway in self._gateways.values():
            await gateway.drain(3)

    def _gateway(self, stage: str) -> Gateway:
        return Gateway(Api(stage, routes_of(self._invoking)))

    def _invoking(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def invoke(event: dict[str, Any], context: Any) -> Any:
            return await self._functions[name].invoke(event)

        return invoke


class Stack:
    """Every function in processes of its own; `socket_url` is where a client connects."""

    def __init__(
        self, localstack: LocalStackServer, queue_url: str, folder: Path, **environment: str
    ) -> None:
        self._queue_url = queue_url
        self._folder = folder
        self._environment = {
            **localstack.environment,
            "DATABASE_CONNECTIONS": "1",
            "RING_QUEUE_URL": queue_url,
            "SECRET_KEY": SECRET_KEY,
            # As the template has it where an assistant answers.
            "ECHO_DELAY": "0",
            # As Lambda sets it by the template's format.
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            **environment,
        }
        self.port = 0
        self.functions: dict[str, Function] = {}
        self.jobs: list[dict[str, Any]] = []
        self._sockets = SocketApis(self.functions, localstack.environment)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        async with uvicorn_serving(self) as port:
            self.port = port
            # Where API Gateway's own name would lead.
            environment = {**self._environment, "CALLBACK_URL": f"http://127.0.0.1:{port}"}
            for name in (*SOCKETS.values(), "responder", "http"):
                log = self._folder / f"{name}.log"
                self.functions[name] = Function(name, environment, log, timeout=150)
            clients = Clients(REGION)
            worker = mapping(clients, self._queue_url, self._respond)
            worker.start()
            try:
                yield self
            finally:
                await worker.stop(1)
                await clients.close()
                await self._sockets.drain()
                for function in self.functions.values():
                    await function.stop()

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    async def send_job(self, chat_id: str) -> None:
        """A job that nobody asked for: the queue may double any."""
        clients = Clients(REGION)
        sqs = await clients.sqs()
        body = write_job(AnswerChat(chat_id))  # type: ignore[arg-type]
        await sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)
        await clients.close()

    @property
    def responders(self) -> list[Container]:
        return self.functions["responder"].containers

    @property
    def callbacks(self) -> list[tuple[str, str]]:
        return self._sockets.callbacks

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        await self._sockets(scope, receive, send)

    async def _respond(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        self.jobs += event["Records"]
        return dict(await self.functions["responder"].invoke(event))
