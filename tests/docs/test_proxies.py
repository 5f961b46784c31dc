"""The proxies' configurations of docs/deploy.md, each with the real proxy in front of a server."""

import asyncio
import logging
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.client import Client
from tests.e2e.test_nodes import free_port
from tests.lacking import lacking
from tests.server import ROOT, Serve, Server

DEPLOY = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;
events {{}}
http {{
    access_log off; {paths}
    {map}
    server {{ listen 127.0.0.1:{port}; {location} }}
}}
"""
PATHS = " ".join(
    f"{name}_temp_path {{folder}}/{name};"
    for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)
HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 2s
    timeout server 30s
"""


def block(name: str) -> str:
    found = re.search(rf"^```{name}\n(.*?)^```", DEPLOY, re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


def nginx(folder: Path, port: int) -> tuple[str, list[str]]:
    text = NGINX.format(
        folder=folder,
        paths=PATHS.format(folder=folder),
        map=block("nginx-map"),
        port=port,
        # The proxy itself would cut a silent socket after 60 s.
        location=block("nginx").replace("proxy_pass", "proxy_read_timeout 1s; proxy_pass"),
    )
    return text, ["nginx", "-c"]


def caddy(folder: Path, port: int) -> tuple[str, list[str]]:
    alone = "{\n    admin off\n    auto_https off\n}\n"
    text = alone + block("caddy").replace("chat.example.com", f"http://127.0.0.1:{port}")
    return text, ["caddy", "run", "--adapter", "caddyfile", "--config"]


def haproxy(folder: Path, port: int) -> tuple[str, list[str]]:
    text = HAPROXY + block("haproxy").replace("bind :80", f"bind 127.0.0.1:{port}")
    return text, ["haproxy", "-db", "-f"]


class Proxied:
    """A server as it is seen through its proxy."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{port}"

    def socket_url(self, path: str) -> str:
        return self.url.replace("http", "ws", 1) + path


class Pings(logging.Handler):
    """Hears in a client's log that the server's pings came."""

    def __init__(self) -> None:
        super().__init__()
        self._pings = asyncio.Semaphore(0)
        self.logger = logging.getLogger("test_proxies")
        self.logger.setLevel(logging.DEBUG)
        self.logger.handlers = [self]
        self.logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        if "< PING" in record.getMessage():
            self._pings.release()

    async def ten(self) -> None:
        for _ in range(10):
            await self._pings.acquire()


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=[nginx, caddy, haproxy], ids=lambda one: str(one.__name__))
def proxied(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Iterator[Proxied]:
    name = request.param.__name__
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        lacking(f"{name} is not installed")
    port = int(free_port())
    server = serve(PUBLIC_URL=f"http://127.0.0.1:{port}", PING_SECONDS="0.4", CHATS_PER_HOUR="1")
    text, (_, *options) = request.param(tmp_path, port)
    file = tmp_path / "proxy.conf"
    file.write_text(text.replace("127.0.0.1:8000", server.url.removeprefix("http://")))
    with subprocess.Popen([program, *options, str(file)], cwd=tmp_path, env=None) as process:
        try:
            while not listens(port):
                assert process.poll() is None, "the proxy did not start"
            yield Proxied(server, port)
        finally:
            process.terminate()
            process.wait(30)


async def test_a_chat_goes_through_it(proxied: Proxied) -> None:
    with httpx2.Client(base_url=proxied.url, timeout=60) as http:
        assert "Switchboard" in http.get("/manager").text
        for node in ("/ws/@connections/x", "/manager/@connections/x"):
            assert http.post(node).status_code == 404
    heard = Pings()
    options = {"additional_headers": {"origin": proxied.url}, "logger": heard.logger}
    async with Client(proxied, "/ws?chat_id=a", **options) as user:
        await user.say("hello")
        await user.reply_to(1)
        # Longer than these proxies take silence.
        await heard.ten()
        assert (await user.say("and again"))["type"] == "message"


def test_m9_fifty_visitors_behind_it_are_fifty_addresses(proxied: Proxied) -> None:
    def begun(n: int) -> int:
        transport = httpx2.HTTPTransport(local_address=f"127.0.1.{n}", verify=False)
        with httpx2.Client(transport=transport, timeout=60) as http:
            return http.post(f"{proxied.url}/chats", json={}).status_code

    assert [begun(n) for n in range(1, 51)] == [201] * 50
    assert [begun(n) for n in (1, 50)] == [429] * 2
