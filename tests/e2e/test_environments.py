"""What proxies, load balancers, containers and generators of clients expect of a server."""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.client import Client
from tests.server import Serve, Server

SILENT_SECONDS = 1.0


class Proxy:
    """Cuts a connection that is silent for `SILENT_SECONDS`, as nginx does after 60 s."""

    def __init__(self, server: Server) -> None:
        self._port = int(server.environment["PORT"])
        self.port = 0
        self.cuts = 0
        self.chunks = asyncio.Semaphore(0)

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        serving = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.port = serving.sockets[0].getsockname()[1]
        async with serving:
            yield self

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self._port)
        back = asyncio.create_task(self._copy(their_reader, writer))
        await self._copy(reader, their_writer, None)
        await back

    async def _copy(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        silent: float | None = SILENT_SECONDS,
    ) -> None:
        try:
            while data := await asyncio.wait_for(reader.read(65_536), silent):
                writer.write(data)
                self.chunks.release()
        except TimeoutError:
            self.cuts += 1
        finally:
            writer.close()


async def test_a_silent_socket_outlives_a_proxy_that_cuts_silent_ones(shared: Serve) -> None:
    server = shared(PING_SECONDS="0.2")
    async with Proxy(server).running() as proxy, Client(proxy, "/ws?chat_id=quiet") as user:
        await user.resume()
        # Each way: the ping, and its answer.
        for _ in range(40):
            await proxy.chunks.acquire()
        assert (await user.say("still there?"))["type"] == "message"
        assert proxy.cuts == 0


def ask(server: Server, request: str) -> str:
    """The head of the answer to a request that is sent as it is."""
    address = ("127.0.0.1", int(server.environment["PORT"]))
    with socket.create_connection(address, 60) as peer:
        peer.sendall(request.replace("\n", "\r\n").encode())
        return peer.recv(65_536).decode()


@pytest.mark.parametrize("settings", [{}, {"PUBLIC_URL": "https://chat.example.com"}])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_under_any_name(
    shared: Serve, settings: dict[str, str], path: str
) -> None:
    server = shared(**settings)
    for head in (
        f"GET {path} HTTP/1.1\nHost: 10.0.0.5:8000\nConnection: close\n\n",
        f"GET {path} HTTP/1.0\n\n",
        f"OPTIONS {path} HTTP/1.0\n\n",
    ):
        status = int(ask(server, head).split()[1])
        assert status == (405 if head.startswith("OPTIONS") else 200), head
    foreign = "GET /manager/chats HTTP/1.1\nHost: 10.0.0.5:8000\nConnection: close\n\n"
    assert ask(server, foreign).split()[1] == "403"


def test_a_wrong_method_is_told_the_right_ones(shared: Serve) -> None:
    answer = shared().request("PUT", "/chats")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "refused"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_is_no_failure(serve: Serve, how: signal.Signals) -> None:
    server = serve()
    assert server.stop(how) == 0
    assert "Traceback" not in server.log


def test_the_banner_names_the_published_port(serve: Serve) -> None:
    server = serve(APP_PORTS="9123", HOST="0.0.0.0", SECRET_KEY="k" * 32)
    assert "http://localhost:9123/manager" in server.printed


def test_the_page_of_the_calls_loads_nothing_foreign(shared: Serve) -> None:
    server = shared()
    page = server.get("/docs").text
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    script = server.get("/docs/start.js").text
    described = re.findall(r'url: "([^"]+)"', script)
    assert described == ["openapi.json"] and len(loaded) == 4
    for address in loaded + described:
        # Relative, so it is right below any path.
        assert not re.match(r"\w+:|/", address), address
        assert server.get(f"/{address}").status_code == 200
    assert server.get("/redoc").status_code == 404
    assert server.get("/docs/other.js").status_code == 404


def test_generated_clients_have_short_names(shared: Serve) -> None:
    description = shared().get("/openapi.json").json()
    calls = [call for path in description["paths"].values() for call in path.values()]
    names = [call["operationId"] for call in calls]
    assert len(names) == len(set(names)) > 10
    assert all(re.fullmatch(r"[a-z_]{2,20}", name) for name in names)
    assert {tag for call in calls for tag in call["tags"]} == {
        *("health", "visitors", "inbox", "broadcasts", "sign-in", "team", "tokens"),
        *("contacts", "sessions", "sites", "site settings", "managers", "start"),
        *("assistants", "trials", "push", "away", "notices", "receivers"),
        *("escalation", "mail", "notes", "assignments", "snooze", "canned", "tags"),
        *("edits", "transcripts", "bulk", "macros", "views", "priority"),
    }
