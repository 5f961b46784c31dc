"""What the uses of the server's internals gain: our server with them, and without them.

python -m tests.benchmarks.rewiring [ROUNDS]

A machine's speed changes within seconds. So both servers run all the time. Each round loads the
first, the other twice, and the first again. A figure is the median of the rounds' ratios.
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil
import uvloop

from core import log
from local.postgres import embedded
from tests.benchmarks.bench import Machine, listening, prepare
from tests.benchmarks.crowds import IDLE, SIZE, SOCKETS
from tests.benchmarks.dialects import Dialect
from tests.benchmarks.load import visitors
from tests.benchmarks.wire import connect
from tests.server import ROOT, Server

SECONDS = 0.5
VISITORS = 50
# Memory hardly differs from one round to the next, and each round starts two servers.
MEMORY_ROUNDS = 3
ALL = ""
Run = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Spent:
    """The work that one server did in a round, its time and its processor time."""

    units: int = 0
    seconds: float = 0.0
    cpu: float = 0.0


async def spend(pid: int, run: Run, spent: Spent) -> None:
    times = psutil.Process(pid).cpu_times
    before, began = times(), time.perf_counter()
    spent.units += await run()
    spent.seconds += time.perf_counter() - began
    after = times()
    spent.cpu += after.user + after.system - before.user - before.system


async def compare(pids: list[int], runs: list[Run], rounds: int) -> tuple[list[float], list[float]]:
    """Each round's ratios: work in a second, and work for a second of CPU, first to other."""
    faster, cheaper = [], []
    for run in runs:
        await run()
    for _ in range(rounds):
        spent = [Spent(), Spent()]
        for which in (0, 1, 1, 0):
            await spend(pids[which], runs[which], spent[which])
        ours, other = spent
        faster.append(ours.units / ours.seconds * other.seconds / other.units)
        cheaper.append(other.cpu / other.units * ours.units / ours.cpu)
    return faster, cheaper


async def turns(port: int, managers: int) -> Run:
    """Visitors who write again as soon as they have an answer."""
    for _ in range(managers):
        await connect(port, Dialect.manager, lambda _: None)
    people = await visitors([port], VISITORS, Dialect())

    async def run() -> int:
        before = sum(len(one.replies) for one in people)
        for one in people:
            one.going = True
            one.say()
        await asyncio.sleep(SECONDS)
        for one in people:
            one.going = False
        while any(len(one.replies) < one.turn for one in people):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        return sum(len(one.replies) for one in people) - before

    return run


async def broadcasts(port: int) -> Run:
    """Broadcasts, one after the other."""
    got = 0
    all_got = asyncio.Event()

    def received(_: bytes) -> None:
        nonlocal got
        got += 1
        if got == SOCKETS:
            all_got.set()

    sockets = [await connect(port, "/ws", received) for _ in range(SOCKETS)]

    async def run() -> int:
        nonlocal got
        rounds, began = 0, time.perf_counter()
        while time.perf_counter() < began + SECONDS:
            got = 0
            all_got.clear()
            sockets[0].send(str(SIZE).encode())
            await all_got.wait()
            rounds += 1
        return rounds * SOCKETS

    return run


@contextmanager
def gateways(*left_out: str) -> Iterator[list[tuple[int, int]]]:
    """Start one gateway without a chat for each set of uses. Give its process and port."""
    started = []
    try:
        for names in left_out:
            with socket.socket() as found:
                found.bind(("127.0.0.1", 0))
                port = int(found.getsockname()[1])
            words = ["-m", "tests.benchmarks.without", names, "broadcaster", str(port)]
            started.append((subprocess.Popen([sys.executable, *words], cwd=ROOT), port))
            listening(port)
        yield [(process.pid, port) for process, port in started]
    finally:
        for process, _ in started:
            process.terminate()
            process.wait()


@contextmanager
def servers(machine: Machine, *left_out: str) -> Iterator[list[tuple[int, int]]]:
    """Start one server and database for each set of uses. Give its process and port."""
    started: list[Server] = []
    try:
        for names in left_out:
            program = ("-m", "tests.benchmarks.without", names, "local")
            dsn = asyncio.run(new_database(machine.dsn))
            started.append(machine.start(str(len(started)), *program, DATABASE_URL=dsn))
        yield [(one.pid, int(one.environment["PORT"])) for one in started]
    finally:
        for one in started:
            one.stop()


async def new_database(dsn: str) -> str:
    name = f"d{time.time_ns()}"
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"create database {name}")
    await connection.close()
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def by_turns(
    found: list[tuple[int, int]], load: Callable[[int], Awaitable[Run]], rounds: int
) -> tuple[list[float], list[float]]:
    async def both() -> tuple[list[float], list[float]]:
        runs = [await load(port) for _, port in found]
        return await compare([pid for pid, _ in found], runs, rounds)

    return uvloop.run(both())


def idle(machine: Machine, names: str) -> float:
    with servers(machine, names) as [(pid, port)]:
        path = f"/ws?chat_id=m{time.time_ns()}-*"
        return machine.crowd(port, "idle", path, IDLE, pid)["kib"]


def measure(machine: Machine, rounds: int) -> None:
    with servers(machine, ALL, "WRITES") as found:
        for name, managers in (("B1, 1 manager", 1), ("B3, 10 managers", 10)):
            say(name, "WRITES", *by_turns(found, partial(turns, managers=managers), rounds))
    with gateways(ALL, "WRITES") as found:
        say("B7, broadcast to 500", "WRITES", *by_turns(found, broadcasts, rounds))
    for names in ("WRITES", "HANDSHAKE"):
        less = [idle(machine, names) / idle(machine, ALL) for _ in range(MEMORY_ROUNDS)]
        say("B8, KiB an idle socket", names, less, [])


def say(what: str, names: str, more: list[float], cheaper: list[float]) -> None:
    print(f"| {what} | {names} | {shown(more)} | {shown(cheaper)} |", flush=True)


def shown(ratios: list[float]) -> str:
    if not ratios:
        return ""
    lower, middle, upper = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({lower:.2f}–{upper:.2f})"


async def main(rounds: int) -> None:
    log.configure("ERROR")
    print("| | without | more | CPU |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as dsn:
            await prepare(dsn)
            machine = Machine(dsn, Path(folder), SECONDS)
            await asyncio.to_thread(measure, machine, rounds)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
