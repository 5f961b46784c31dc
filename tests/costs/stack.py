"""The stack of tests/infra with meters: at its gateway, its functions, its queues, its database."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import yaml

from local.gateway.api import Api
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.callback import CallbackApp
from local.gateway.events import ConnectionInfo
from local.gateway.gateway import Gateway
from local.gateway.signature import Credentials
from tests.costs.database import CountingDatabase
from tests.costs.meter import Used
from tests.costs.queues import CountingQueues
from tests.gateway.harness import PATIENCE, uvicorn_serving
from tests.infra.runtime_api import ROOT, Function
from tests.infra.stack import REGION, SOCKETS, STAGES, routes_of
from tests.tickets import SECRET_KEY

NAMES = (*SOCKETS.values(), "responder", "deliver", "http", "sweep")
KEYS = Credentials("local", "for-tests-only", None, REGION)
# Each queue's function.
TAKES = {"rings": "responder", "deliveries": "deliver"}


class MeteredGateway(Gateway):
    def __init__(self, api: Api, used: Used, left: asyncio.Event) -> None:
        super().__init__(api)
        self._used = used
        self._left = left

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left.set()

    def post(self, connection_id: str, data: bytes) -> int:
        status = super().post(connection_id, data)
        if status == 200:
            self._used.frame(f"push to {_who(self.api.stage)}", _kind(data), len(data))
        return status

    @property
    def serving(self) -> int:
        """How many sockets are open, or close: until their `$disconnect` is done."""
        return len(self._serving)

    async def _routed(self, info: ConnectionInfo, text: str) -> str | None:
        self._used.frame("in", _kind(text), len(text.encode()))
        answer = await super()._routed(info, text)
        if answer is not None:
            self._used.frame("answer", _kind(answer), len(answer.encode()))
        return answer


class CostStack:
    """`used` counts. `socket_url` is where a client connects."""

    def __init__(self, dsn: str, folder: Path, **environment: str) -> None:
        self.used = Used()
        self.database = CountingDatabase(dsn, self.used)
        self.queues = CountingQueues(self.used, self._take)
        self._folder = folder
        self._environment = environment
        self._left, self._done = asyncio.Event(), asyncio.Event()
        self._gateways = {path: self._gateway(stage) for path, stage in STAGES.items()}
        self._callbacks = {g.api.stage: CallbackApp(g, KEYS) for g in self._gateways.values()}
        self._functions: dict[str, Function] = {}
        self._logged = 0
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        async with self.database.serving(), uvicorn_serving(self) as port:
            self.port = port
            for name in NAMES:
                self._functions[name] = Function(
                    name, self._given(), self._folder / f"{name}.log", timeout=150
                )
            try:
                yield self
            finally:
                for gateway in self._gateways.values():
                    await gateway.drain(3)
                for function in self._functions.values():
                    await function.stop()

    def _given(self) -> dict[str, str]:
        here = f"http://127.0.0.1:{self.port}"
        arn = f"arn:aws:sqs:{REGION}:000000000000:rings"
        return {
            "AWS_ENDPOINT_URL": here,
            "AWS_ACCESS_KEY_ID": str(KEYS.access_key_id),
            "AWS_SECRET_ACCESS_KEY": KEYS.secret_access_key,
            "AWS_REGION": REGION,
            "DATABASE_URL": self.database.dsn,
            "DATABASE_CONNECTIONS": "1",
            "RING_QUEUE_URL": f"{here}/000000000000/rings",
            "DELIVER_QUEUE_URL": f"{here}/000000000000/deliveries",
            "TIMER_GROUP": "timers",
            "TIMER_QUEUE_ARN": arn,
            "TIMER_ROLE_ARN": "arn:aws:iam::000000000000:role/timers",
            "CALLBACK_URL": here,
            "SECRET_KEY": SECRET_KEY,
            "DATA_DIR": str(self._folder),
            "ECHO_DELAY": "0" if "OPENAI_KEY" in self._environment else "1",
            **self._environment,
        }

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    async def invoke(self, name: str, event: object) -> Any:
        """Call a function. Its cold start is not in the milliseconds: see docs/scale.md."""
        function = self._functions[name]
        container = await function.ready()
        began = time.monotonic()
        try:
            return await function.run(container, event)
        finally:
            self.used.invocation(name, time.monotonic() - began)
            self._done.set()

    async def settled(self, sockets: int) -> None:
        """Wait until all other sockets have closed, and all is done that was left for later."""
        async with asyncio.timeout(PATIENCE):
            while sum(gateway.serving for gateway in self._gateways.values()) > sockets:
                self._left.clear()
                await self._left.wait()
        await self.queues.settled()

    async def invoked(self, name: str) -> None:
        """Wait until this function was invoked, since something was taken last."""
        while not self.used.invocations[name]:
            self._done.clear()
            await self._done.wait()

    def take(self) -> Used:
        """What was used since the last time."""
        logged = sum(one.stat().st_size for one in self._folder.glob("*.log"))
        self.used.log_bytes, self._logged = logged - self._logged, logged
        return self.used.take()

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        path = str(scope.get("path", ""))
        stage, at, _ = path.lstrip("/").partition("/@connections/")
        if at:
            await self._callbacks[stage]({**scope, "root_path": f"/{stage}"}, receive, send)
        elif scope["type"] == "websocket":
            await self._gateways[path](scope, receive, send)
        else:
            await self._called(scope, receive, send)

    async def _called(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """A call of AWS's API."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = self.queues.called(headers.get("x-amz-target", ""), scope["path"], body)
        content = json.dumps(answer).encode()
        given = [
            (b"content-type", b"application/x-amz-json-1.0"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": given})
        await send({"type": "http.response.body", "body": content})

    async def _take(self, queue: str, event: dict[str, Any]) -> Any:
        return await self.invoke(TAKES[queue], event)

    def _gateway(self, stage: str) -> MeteredGateway:
        return MeteredGateway(Api(stage, routes_of(self._invoking)), self.used, self._left)

    def _invoking(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def invoke(event: dict[str, Any], context: Any) -> Any:
            return await self.invoke(name, event)

        return invoke


def _who(stage: str) -> str:
    return "visitor" if stage == "ws" else "manager"


def _kind(frame: str | bytes) -> str:
    if not frame:
        return "empty"
    fields = json.loads(frame)
    return str(fields.get("action") or fields.get("type"))


def memory() -> dict[str, int]:
    """The megabytes of each function, as the template has them."""

    class Loader(yaml.SafeLoader):
        """CloudFormation's short forms are of no interest here."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    template = yaml.load((ROOT / "infra" / "template.yaml").read_text(), Loader)
    usual = template["Globals"]["Function"]["MemorySize"]
    found = {
        one["Properties"]["Handler"].split(".")[1]: one["Properties"].get("MemorySize", usual)
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    }
    return {name: int(found[name]) for name in NAMES}
