"""Start a peer beside our server and on its database: each gives the port on which it answers.

A peer is as warm as ours when it is measured: it does the same work for a while before.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from tests.benchmarks.bench import Machine, listening
from tests.benchmarks.peers.environments import HOME
from tests.server import INHERITED

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 10.0


@contextmanager
def started(
    machine: Machine, name: str, command: Sequence[object], port: int, **environment: str
) -> Iterator[int]:
    """A program that listens on a port, until it is ended by its id."""
    home = machine.folder / name
    home.mkdir(exist_ok=True)
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=home,
            env={**inherited, "HOME": str(home), **environment},
            stdout=log,
            stderr=log,
            # Its children end with it.
            start_new_session=True,
        )
    machine.other_pid = process.pid
    try:
        try:
            listening(port, START_SECONDS)
        except TimeoutError as late:
            raise AssertionError((home / "log").read_text()[-2000:]) from late
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def socketio(machine: Machine) -> Iterator[int]:
    port = free_ports(1)[0]
    command = ["node", HERE / "chat.js", HOME / "socketio", port]
    with started(machine, "socketio", command, port, **postgres(machine.dsn)) as port:
        yield port


def postgres(dsn: str) -> dict[str, str]:
    """A database's address in the words of Postgres' own clients."""
    parts = urlsplit(dsn)
    host = parse_qs(parts.query).get("host", [parts.hostname or LOOPBACK])[0]
    found = {
        "PGHOST": host,
        "PGPORT": str(parts.port or ""),
        "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.lstrip("/"),
    }
    return {name: value for name, value in found.items() if value}


@contextmanager
def chainlit(machine: Machine) -> Iterator[int]:
    asyncio.run(_tables(machine.dsn))
    port = free_ports(1)[0]
    command = [
        *(HOME / "chainlit" / "bin" / "chainlit", "run", HERE / "echoing.py"),
        *("--headless", "--host", LOOPBACK, "--port", port),
    ]
    environment = {
        "DATABASE_URL": machine.dsn,
        "CHAINLIT_APP_ROOT": str(machine.folder / "chainlit"),
    }
    with started(machine, "chainlit", command, port, **environment) as port:
        yield port


async def _tables(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute((HERE / "chainlit.sql").read_text())
    await connection.close()


@contextmanager
def serverless_offline(machine: Machine) -> Iterator[int]:
    """serverless-offline finds its plugin only from the folder of the service, and upwards."""
    home = HOME / "serverless_offline"
    service = home / "service"
    shutil.copytree(HERE / "service", service, dirs_exist_ok=True)
    port, *others = free_ports(3)
    words = ["node", home / "node_modules" / "osls" / "bin" / "serverless.js", "offline"]
    options = ["--host", LOOPBACK, "--websocketPort", port]
    options += ["--httpPort", others[0], "--lambdaPort", others[1]]
    environment = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"}
    command = [sys.executable, "-c", INTO, service, *words, *options]
    with started(machine, "serverless_offline", command, port, **environment) as port:
        yield port


# The process becomes the program, which therefore has its id.
INTO = "import os, sys; os.chdir(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"


@contextmanager
def nchan(machine: Machine) -> Iterator[int]:
    home, folder = HOME / "nchan", machine.folder / "nchan"
    folder.mkdir(exist_ok=True)
    port = free_ports(1)[0]
    settings = (HERE / "nginx.conf").read_text()
    filled = {"MODULES": home / "usr/lib/nginx/modules", "FOLDER": folder, "PORT": port}
    for word, value in filled.items():
        settings = settings.replace(word, str(value))
    (folder / "nginx.conf").write_text(settings)
    words = [home / "usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"]
    with started(machine, "nchan", [*words, "-e", folder / "error.log"], port) as port:
        yield port


def free_ports(number: int) -> list[int]:
    """Ports of loopback that nobody has now, all different."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
