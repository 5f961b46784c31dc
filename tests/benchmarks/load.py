"""Visitors and managers as load, in a process of their own: prints what it measured as JSON.

    python -m tests.benchmarks.load PORT[,PORT] closed VISITORS MANAGERS SECONDS [NAME]
    python -m tests.benchmarks.load PORT socketio VISITORS MANAGERS SECONDS   (or another dialect)
    python -m tests.benchmarks.load PORT open VISITORS RATE SECONDS
    python -m tests.benchmarks.load PORT echo RATE SECONDS        (0: one after the other)

A turn is a message sent, stored and acknowledged, answered, and the answer received. Of several
ports each is a node; NAME-0, NAME-1 … are chats that may have a history.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import uvloop

from tests.benchmarks.dialects import DIALECTS, Dialect
from tests.benchmarks.wire import Socket, connect

WARM_UP = 0.5


class Visitor:
    """One socket; a turn at a time. Times are in seconds."""

    def __init__(self, port: int, chat: str, dialect: Dialect) -> None:
        self._port = port
        self._dialect = dialect
        self._chat = chat
        self.turn = 0
        self.going = True
        self.closed_loop = True
        self.acks: list[float] = []
        self.replies: list[float] = []
        self.failed = 0

    async def enter(self) -> None:
        self.socket = await self._dialect.open(
            self._port, self._dialect.visitor + self._chat, self.received
        )

    def say(self, due: float | None = None) -> None:
        """`due`: when it should have been sent, for a load that does not wait."""
        self.turn += 1
        self._sent = due or time.perf_counter()
        text = f"message {self.turn} of a visitor who has something to ask"
        self.socket.send(self._dialect.said(text, f"c{self.turn}"))

    def received(self, payload: bytes) -> None:
        if not payload.startswith(self._dialect.message):
            return
        now = time.perf_counter()
        if self._dialect.question in payload:
            self.acks.append(now - self._sent)
        elif self._dialect.answer in payload:
            self.replies.append(now - self._sent)
            self.failed += b'"state":"failed"' in payload
            if self.going and self.closed_loop:
                self.say()


async def visitors(
    ports: Sequence[int], number: int, dialect: Dialect, name: str = ""
) -> list[Visitor]:
    """Everyone in a chat of their own, a fresh one unless there is a name."""
    name = name or f"b{time.time_ns()}"
    found = [Visitor(ports[n % len(ports)], f"{name}-{n}", dialect) for n in range(number)]
    for one in found:
        await one.enter()
    return found


async def closed(
    ports: Sequence[int],
    number: int,
    managers: int,
    seconds: float,
    dialect: Dialect,
    name: str = "",
) -> dict[str, float]:
    """As fast as it goes: everyone speaks again as soon as they were answered."""
    seen = [0] * managers
    bosses: list[Socket] = []
    for n in range(managers):

        def received(payload: bytes, n: int = n) -> None:
            seen[n] += payload.startswith(dialect.message)

        bosses.append(await dialect.open(ports[n % len(ports)], dialect.manager, received))
    people = await visitors(ports, number, dialect, name)
    for one in people:
        one.say()
    await asyncio.sleep(WARM_UP)
    before = sum(len(one.replies) for one in people)
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    turns = sum(len(one.replies) for one in people) - before
    for one in people:
        one.going = False
    await asyncio.sleep(0.2)
    assert not any(one.failed for one in people), "an answer failed"
    assert turns, "nobody was answered"
    return {
        "turns_per_second": turns / took,
        # Of all there were. In a short while others begin a turn than those who end one.
        "pushed_per_turn": sum(seen) / (before + turns),
        **latencies(people),
    }


async def open_loop(port: int, number: int, rate: float, seconds: float) -> dict[str, float]:
    """A fixed rate, whether it is answered or not."""
    people = await visitors([port], number, Dialect())
    for one in people:
        one.closed_loop = False
    began = time.perf_counter()
    for n in range(int(rate * seconds)):
        due = began + n / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        people[n % number].say(due)
    await asyncio.sleep(1)
    return latencies(people)


async def echo(port: int, rate: float, seconds: float) -> dict[str, float]:
    """Against a bare echo: a socket, at a rate, or one frame after the other."""
    took: list[float] = []
    sent: list[float] = []
    got = asyncio.Event()

    def received(payload: bytes) -> None:
        took.append(time.perf_counter() - sent[len(took)])
        got.set()

    socket = await connect(port, "/", received)
    frame = b'{"action":"message","text":"message of a visitor who has something to ask"}'
    began = time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        if rate and (wait := began + len(sent) / rate - now) > 0:
            await asyncio.sleep(wait)
        sent.append(began + len(sent) / rate if rate else time.perf_counter())
        got.clear()
        socket.send(frame)
        if not rate:
            await got.wait()
    await asyncio.sleep(0.2)
    return {"p50": quantile(took, 0.5), "p99": quantile(took, 0.99)}


def latencies(people: list[Visitor]) -> dict[str, float]:
    acks = [took for one in people for took in one.acks]
    replies = [took for one in people for took in one.replies]
    return {
        "ack_p50": quantile(acks, 0.5),
        "ack_p95": quantile(acks, 0.95),
        "reply_p50": quantile(replies, 0.5),
        "reply_p99": quantile(replies, 0.99),
        "replies": len(replies),
    }


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * q))] if values else 0.0


def main(ports: str, kind: str, *numbers: str) -> None:
    given = [float(number) for number in numbers[:3]]
    name = numbers[3] if len(numbers) > 3 else ""
    nodes = [int(port) for port in ports.split(",")]
    port = nodes[0]

    def turns() -> Coroutine[Any, Any, dict[str, float]]:
        dialect = DIALECTS[kind]()
        return closed(nodes, int(given[0]), int(given[1]), given[2], dialect, name)

    others: dict[str, Callable[[], Coroutine[Any, Any, dict[str, float]]]] = {
        "open": lambda: open_loop(port, int(given[0]), given[1], given[2]),
        "echo": lambda: echo(port, given[0], given[1]),
    }
    run = others.get(kind, turns)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run())))


if __name__ == "__main__":
    main(*sys.argv[1:])
