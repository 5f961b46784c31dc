"""The pages as AWS serves them: from the function, whose sockets open at other hosts."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from playwright.async_api import Page, WebSocket, expect

from core.store.database import Pool
from local.gateway.api import Api, Route
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.gateway import Gateway
from tests.browser.conftest import ONE_LOOP, Person, fixture
from tests.browser.pages import Widget
from tests.gateway.harness import uvicorn_serving
from tests.infra.http_api import HttpApi
from tests.infra.runtime_api import Function
from tests.infra.template import written_variables
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.timeout(600)]

REGION = "us-east-1"
CALLER = {
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@dataclass
class Aws:
    """The functions of the template, and the two hosts that they are reached at."""

    environment: dict[str, str]
    folder: Path
    functions: dict[str, Function] = field(default_factory=dict)
    page: str = ""
    # A page asks for thirty files at once; each container is a process of its own.
    containers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    def add(self, name: str, **values: str) -> None:
        """A function with exactly the variables that the template gives it."""
        given = {**self.environment, **values}
        # Empty is a parameter that nobody set: its default is the setting's own.
        environment = {variable: given.get(variable, "") for variable in written_variables(name)}
        log = self.folder / f"{name}.log"
        self.functions[name] = Function(name, environment | self.caller, log)

    @property
    def caller(self) -> dict[str, str]:
        return CALLER | {"AWS_ENDPOINT_URL": self.environment["AWS_ENDPOINT_URL"]}

    async def http_api(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        await HttpApi(self._http)(scope, receive, send)

    async def _http(self, event: dict[str, Any]) -> Any:
        async with self.containers:
            return await self.functions["http"].invoke(event)

    def socket_apis(self) -> Any:
        """The two WebSocket APIs, by the paths in the template's outputs."""

        def invoking(name: str) -> Any:
            async def invoke(event: dict[str, Any], context: Any) -> Any:
                return await self.functions[name].invoke(event)

            return invoke

        def gateway(stage: str) -> Gateway:
            routes = {
                "$connect": Route(invoking("connect")),
                "$default": Route(invoking("message"), two_way=True),
                "$disconnect": Route(invoking("disconnect")),
            }
            return Gateway(Api(stage, routes))

        gateways = {"/ws": gateway("ws"), "/manager": gateway("manager")}

        async def serve(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
            await gateways[scope["path"]](scope, receive, send)

        return serve


@fixture()
async def aws(dsn: str, tmp_path: Path) -> AsyncIterator[Aws]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    made = Aws(await asyncio.to_thread(_environment, f"http://{host}:{port}", dsn), tmp_path)
    async with AsyncExitStack() as stack:
        stack.callback(moto.stop)
        pages = await stack.enter_async_context(uvicorn_serving(made.http_api, interface="asgi3"))
        sockets = await stack.enter_async_context(uvicorn_serving(made.socket_apis()))
        made.page = f"http://127.0.0.1:{pages}"
        at = f"ws://127.0.0.1:{sockets}"
        made.environment |= {
            "PUBLIC_URL": made.page,
            "WS_URL": f"{at}/ws",
            "MANAGER_WS_URL": f"{at}/manager",
        }
        for name in ("connect", "message", "disconnect", "http"):
            made.add(name)
        yield made
        for function in made.functions.values():
            await function.stop()


def _environment(endpoint: str, dsn: str) -> dict[str, str]:
    """What the template's references become, but for the addresses."""
    session = boto3.Session("test", "test", region_name=REGION)
    secrets = session.client("secretsmanager", endpoint_url=endpoint)
    key = secrets.create_secret(Name=uuid4().hex, SecretString=SECRET_KEY)["ARN"]
    address = secrets.create_secret(Name=uuid4().hex, SecretString=dsn)["ARN"]
    queue = session.client("sqs", endpoint_url=endpoint).create_queue(QueueName="rings")
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "LOG_LEVEL": "INFO",
        "DATABASE_URL_ARN": address,
        "SECRET_KEY_ARN": key,
        "DATABASE_PROXY": "false",
        "AWS_URL_SUFFIX": "amazonaws.com",
        "DATABASE_CONNECTIONS": "1",
        "RING_QUEUE_URL": queue["QueueUrl"],
        "ALLOWED_ORIGINS": "",
    }


def first_frame(page: Page) -> "asyncio.Future[tuple[str, str]]":
    """The address of the page's next socket, and the first frame that comes on it."""
    came: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

    def opened(socket: WebSocket) -> None:
        def received(frame: str | bytes) -> None:
            if not came.done():
                came.set_result((socket.url, str(frame)))

        socket.on("framereceived", received)

    page.on("websocket", opened)
    return came


async def test_the_console_opens_its_socket_at_another_host(
    aws: Aws, pool: Pool, person: Person
) -> None:
    token = await manager_link(pool, "anna", "admin")
    page = await person(f"{aws.page}/healthz")
    came = first_frame(page)
    await page.goto(f"{aws.page}/manager#token={token}")
    url, frame = await asyncio.wait_for(came, 120)
    assert url.startswith(aws.environment["MANAGER_WS_URL"])
    assert json.loads(frame)["type"] == "ready"


async def test_the_demo_page_opens_its_socket_at_another_host(aws: Aws, person: Person) -> None:
    page = await person(f"{aws.page}/")
    came = first_frame(page)
    visitor = await Widget(page).open()
    await visitor.say("from afar")
    url, _ = await asyncio.wait_for(came, 120)
    assert url.startswith(aws.environment["WS_URL"])
    await expect(visitor.message("from afar")).to_have_count(1)
    await expect(page.locator(".panel")).not_to_contain_text("Sending")


async def test_a_page_may_connect_to_its_own_sockets_and_to_nothing_else(
    aws: Aws, person: Person
) -> None:
    page = await person(f"{aws.page}/healthz")
    answer = await page.goto(f"{aws.page}/manager")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    (allowed,) = [part for part in policy.split("; ") if part.startswith("connect-src")]
    at = aws.environment["WS_URL"].removesuffix("/ws")
    own = aws.page.removeprefix("http://")
    assert set(allowed.split()[1:]) == {"'self'", f"ws://{own}", f"wss://{own}", at}
