"""docker-compose with a real engine: each version that is installed, in a project of its own."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.infra.tools import ROOT

MOST_NODES = 3
# People of a test write faster than people do.
SETTINGS = ("ECHO_DELAY=0", "MESSAGES_PER_MINUTE=6000", "SOCKETS_PER_ADDRESS=500")
BUILD_SECONDS = 400
HEALTHY_SECONDS = 300
LABEL = "com.docker.compose"


def skip_without_engine() -> None:
    """No engine is no failure, in CI neither: the reason says what was missing."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    answer = subprocess.run(["docker", "info"], capture_output=True, text=True, timeout=30)
    if answer.returncode:
        pytest.skip(f"no Docker engine answers: {answer.stderr.strip() or answer.stdout.strip()}")


def compose_command(major: str) -> list[str]:
    """docker-compose of this version ("1" or "2"); without one the test is skipped."""
    candidates = [
        ["docker-compose"],
        [str(ROOT / ".tools" / "compose-v2" / "bin" / "docker-compose")],
        ["docker", "compose"],
    ]
    for command in candidates:
        if shutil.which(command[0]) is None:
            continue
        said = subprocess.run([*command, "version", "--short"], capture_output=True, text=True)
        number = said.stdout.strip().lstrip("v")
        if said.returncode == 0 and number.startswith(f"{major}."):
            return command
    pytest.skip(f"docker-compose {major} is not installed")


def free_ports(count: int) -> int:
    """The lowest one of so many ports that follow each other."""
    while True:
        with ExitStack() as stack, suppress(OSError, OverflowError):
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            for further in range(port + 1, port + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", further))
            return port


@dataclass(frozen=True)
class Node:
    """One container of the app, by the port that it has on this machine."""

    url: str

    def socket_url(self, path: str) -> str:
        return self.url.replace("http", "ws", 1) + path

    def post(self, path: str, body: Any) -> httpx2.Response:
        return httpx2.post(self.url + path, json=body, timeout=20)


class Project:
    """What `docker-compose.yml` starts, under a name and on ports of its own."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.name = f"switchboard-test-{secrets.token_hex(4)}"
        self._took: dict[str, float] = {}
        port = free_ports(MOST_NODES)
        # In place of `.env`, whose keys are for no test.
        settings = folder / "env"
        lines = [f"APP_PORTS={port}-{port + MOST_NODES - 1}", *SETTINGS]
        settings.write_text("\n".join(lines) + "\n")
        mine = (f"label={LABEL}.project={self.name}", f"label={LABEL}.service=app")
        self._of_app = [word for one in mine for word in ("--filter", one)]
        self._command = [*command, "--project-name", self.name, "--env-file", str(settings)]

    def run(self, *words: str, seconds: float = 300) -> str:
        """A command of docker-compose, as the README has it."""
        began = time.monotonic()
        done = subprocess.run(
            [*self._command, *words],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if _inherited(name)},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, f"{words}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        self._note(" ".join(words), began)
        return done.stdout

    def build(self) -> None:
        self.run("build", seconds=BUILD_SECONDS)

    def up(self, nodes: int = 1) -> list[Node]:
        """Start everything, and wait until each node is healthy."""
        began = time.monotonic()
        since = str(int(time.time()))
        self.run("up", "-d", *(("--scale", f"app={nodes}") if nodes > 1 else ()))
        self._wait_until_healthy(nodes, since)
        self._note(f"healthy, nodes: {nodes}", began)
        return self.nodes(nodes)

    def restart(self, service: str, nodes: int) -> None:
        """Restart a service, and wait until each node is healthy."""
        since = str(int(time.time()))
        self.run("restart", service)
        self._wait_until_healthy(nodes, since)

    def nodes(self, nodes: int) -> list[Node]:
        """Their ports may be others after a restart."""
        ports = [self.run("port", "--index", str(n + 1), "app", "8000") for n in range(nodes)]
        return [Node(f"http://127.0.0.1:{port.strip().rpartition(':')[2]}") for port in ports]

    def in_app(self, *words: str) -> str:
        """What a command says in the app's first container."""
        return self.run("exec", "-T", "app", *words)

    def in_database(self, question: str) -> str:
        """The only value that this question gives."""
        words = ("--username", "switchboard", "--tuples-only", "--no-align", "--command", question)
        return self.run("exec", "-T", "postgres", "psql", *words).strip()

    @property
    def dsn(self) -> str:
        """The database, from this machine."""
        container = self.run("ps", "-q", "postgres").strip()
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        address = _docker("inspect", "--format", form, container).strip()
        return f"postgresql://switchboard:switchboard@{address}/switchboard"

    def down(self) -> None:
        self.run("down", "--volumes", "--remove-orphans")

    def times(self) -> str:
        return ", ".join(f"{what}: {seconds:.1f} s" for what, seconds in self._took.items())

    def left(self) -> str:
        """What the engine still has of it."""
        mine = f"label={LABEL}.project={self.name}"
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return "".join(_docker(*kind, "--quiet", "--filter", mine) for kind in kinds)

    def _note(self, what: str, began: float) -> None:
        """How long it took the first time."""
        self._took.setdefault(what, time.monotonic() - began)

    def _wait_until_healthy(self, nodes: int, since: str) -> None:
        """The engine reports what changed since then, and what changes until it is too late."""
        until = str(int(time.time()) + HEALTHY_SECONDS)
        limits = ["--since", since, "--until", until, "--filter", "event=health_status"]
        watching = subprocess.Popen(
            ["docker", "events", *self._of_app, *limits, "--format", "{{json .}}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert watching.stdout is not None
        try:
            while len(self._healthy()) < nodes and watching.stdout.readline():
                pass
            assert len(self._healthy()) == nodes, self.run("logs", "--tail", "40")
        finally:
            watching.kill()
            watching.communicate()

    def _healthy(self) -> list[str]:
        return _docker("ps", "--quiet", *self._of_app, "--filter", "health=healthy").split()


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _inherited(name: str) -> bool:
    """What a command needs to run and to find the engine, and no setting of the chat."""
    return name in ("PATH", "HOME", "TMPDIR") or name.startswith(("DOCKER_", "BUILDX_"))
