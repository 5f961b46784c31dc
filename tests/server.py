"""The real server, `python -m local`, in a process of its own on a free port."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

from core.store.database import Pool
from tests.client import PATIENCE

ROOT = Path(__file__).parent.parent
Serve = Callable[..., "Server"]
PoolOf = Callable[["Server"], Awaitable[Pool]]

# As `make run` starts it.
LOCAL = ("-m", "local")
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


class Served:
    """What is reached at `url`, which is `http://127.0.0.1:port`. `dsn`: its database."""

    url: str
    dsn: str
    start_seconds: float

    def socket_url(self, path: str) -> str:
        return self.url.replace("http", "ws", 1) + path

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        # Nothing is encrypted here, and to read all certificates takes longer than all the rest.
        return httpx2.request(method, self.url + path, verify=False, **{"timeout": 60, **options})

    def get(self, path: str, **parameters: Any) -> httpx2.Response:
        return self.request("GET", path, params=parameters)

    def post(self, path: str, body: Any = None) -> httpx2.Response:
        return self.request("POST", path, json=body)


class Server(Served):
    """A running server. `url` is `http://127.0.0.1:port`; `log` everything it logged so far;
    `printed` what it said at its last start, and `start_seconds` how long that took."""

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        program: tuple[str, ...] = LOCAL,
        root: Path = ROOT,
    ) -> None:
        self._log = log
        self._program = program
        self._root = root
        self.environment = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "PORT": "0",
            "WATCH_TASKS": "1",
            **environment,
        }
        self.dsn = self.environment.get("DATABASE_URL", "")
        self.url = ""
        self.printed = ""
        self.start_seconds = 0.0
        self.start()

    def start(self) -> None:
        """Start it, again after a stop on the port it had; wait until it serves."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program],
                cwd=self._root,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.printed, began = "", time.monotonic()
        for line in self._process.stdout:
            self.printed += line
            if found := re.search(r"listening at http://[^:]+:(\d+)", line):
                self.environment["PORT"] = found[1]
                self.url = f"http://127.0.0.1:{found[1]}"
            if "Stop it with Ctrl-C" in line:
                self.start_seconds = time.monotonic() - began
                return
        raise AssertionError(f"the server did not start:\n{self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 180) -> int:
        """Send a signal and wait for the end; return the exit status."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        status = self._process.wait(seconds)
        if self._process.stdout:
            self._process.stdout.close()
        return status

    def wait_for(self, event: str, times: int = 1) -> None:
        """Wait until the log holds this event so often."""
        deadline = time.monotonic() + PATIENCE
        while self.log.count(event) < times:
            assert time.monotonic() < deadline, f"{event} is not in the log:\n{self.log}"
            time.sleep(0.05)
