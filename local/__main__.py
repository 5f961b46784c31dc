"""`python -m local` starts everything. `python -m local managers` manages the team.

`python -m local backup` and `restore` save all that there is, and bring it back.
"""

import errno
import signal
import socket
import sys
from contextlib import suppress

import uvicorn

from core import log, settings
from core.chat.access import NewManager
from core.errors import Misconfigured
from core.settings import Settings
from local import cli
from local.app import LocalApp
from local.backup import commands
from local.http_protocol import HttpProtocol
from local.ws_protocol import WebSocketProtocol

USAGE = (
    "usage: python -m local [managers add|list|link|remove|token|tokens|revoke]"
    " | [backup FILE] | [restore FILE [--replace]]"
)
PORT_TAKEN = "Port {port} is in use. Stop what runs there, or set PORT to another one."


def main() -> None:
    match sys.argv[1:]:
        case []:
            serve()
        case ["managers", *words]:
            cli.main(words)
        case ["backup" | "restore", *_]:
            commands.main(sys.argv[1:])
        case _:
            sys.exit(USAGE)


def serve() -> None:
    """Start everything, and run until a signal stops it."""
    try:
        read = settings.read()
        listener = _listen(read.host, read.port)
    except Misconfigured as error:
        sys.exit(f"switchboard: {error.message}")
    read = read.model_copy(update={"port": listener.getsockname()[1]})
    log.configure(read.log_level)
    # uvicorn raises the signal again after a clean stop, which then is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = LocalApp(lambda: read)
    server = Server(app, read)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


class Server(uvicorn.Server):
    """Prints the addresses when it listens, and drains the sockets before it stops."""

    def __init__(self, app: LocalApp, read: Settings) -> None:
        super().__init__(_config(app, read))
        self.app = app
        self.settings = read

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _welcome(self.settings, self.app.first_manager)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self.servers:
            listening.close()
        await self.app.drain()
        await super().shutdown(sockets)


def _welcome(read: Settings, first: NewManager | None) -> None:
    host = "localhost" if read.host in ("0.0.0.0", "::", "127.0.0.1") else read.host
    at = (read.public_url or f"http://{host}:{read.app_ports or read.port}").rstrip("/")
    lines = [
        f"Switchboard is up, listening at http://{host}:{read.port}",
        f"  page     {at}/",
        f"  manager  {at}/manager",
        f"  calls    {at}/docs",
    ]
    print("\n" + "".join(f"  {line}\n" for line in lines), end="", flush=True)
    if first is not None:
        print(cli.first_link(at, first), end="", flush=True)
    print("  Stop it with Ctrl-C.\n", flush=True)


def _config(app: LocalApp, read: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="auto",
        http=HttpProtocol,
        ws=WebSocketProtocol,
        # API Gateway does not compress. Compression would cost 36 KiB a socket.
        ws_per_message_deflate=False,
        # Many proxies cut a socket that is silent for 60 s. A peer that does not answer stays.
        ws_ping_interval=read.ping_seconds or None,
        ws_ping_timeout=None,
        ws_max_size=128 * 1024,
        # The app itself believes proxies, those in `TRUSTED_PROXIES`.
        proxy_headers=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=8,
    )


def _listen(host: str, port: int) -> socket.socket:
    """Bind first. If the port is in use, nothing has been started yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(f"PORT: {PORT_TAKEN.format(port=port)}") from None
        raise Misconfigured(f"HOST: cannot listen on {host}: {error.strerror}") from None
    return listener


if __name__ == "__main__":
    main()
