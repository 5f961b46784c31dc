"""Everything of a run: a database, two nodes behind proxies, a provider, and the people."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from websockets.asyncio.client import ClientConnection

from core.app import App
from core.settings import Settings
from local.nodes import key
from local.queues import MemoryQueue
from tests.faults.history import History
from tests.faults.people import Manager, Visitor
from tests.faults.postgres import Postgres
from tests.faults.proxy import Proxy
from tests.faults.stored import Stored, read
from tests.openai_events import Behaviour
from tests.openai_server import OpenAIServer
from tests.server import Server

USUAL = Behaviour(delay=0.03, rest=0.3)
ECHO_SECONDS = 0.2
SETTINGS = {
    "MESSAGES_PER_MINUTE": "0",
    "SOCKETS_PER_CHAT": "0",
    "SOCKETS_PER_ADDRESS": "0",
    "TOKENS_PER_DAY": "0",
    "TOKENS_PER_CHAT": "0",
    "SWEEP_SECONDS": "1",
    "QUIET_SECONDS": "0.1",
    "RETRY_SECONDS": "3",
    "ANSWER_SECONDS": "20",
    "OPENAI_STALL_SECONDS": "2",
    "ECHO_DELAY": str(ECHO_SECONDS),
}


@dataclass
class World:
    """What faults act on. `apart` takes jobs beside the nodes, as another machine would.

    `echo`: nobody is asked; each message is said back, with the right that came along with it.
    """

    dsn: str
    history: History
    nodes: list[Server]
    proxies: list[Proxy]
    openai: OpenAIServer
    apart: App
    chats: list[str]
    random: random.Random
    postgres: Postgres | None = None
    echo: bool = False
    visitors: list[Visitor] = field(default_factory=list)
    managers: list[Manager] = field(default_factory=list)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    # Sockets whose owners never read.
    silent: list[ClientConnection] = field(default_factory=list)

    def node(self) -> str:
        """host:port of any node, as a load balancer that knows nothing would choose it."""
        return f"127.0.0.1:{self.random.choice(self.proxies).port}"

    def begin(self, visitors: int, managers: int, seed: int) -> None:
        """Let everyone in. Every third chat is open in two tabs."""
        for n, chat in enumerate(self.chats[:visitors]):
            for tab in range(2 if n % 3 == 0 else 1):
                name = f"{chat}-tab{tab}"
                person = Visitor(name, chat, self.node, self.history, seed * 1000 + 10 * n + tab)
                self.visitors.append(person)
                self.tasks[name] = asyncio.create_task(person.live())
        for n in range(managers):
            boss = Manager(f"boss{n}", self.chats, self.node, self.history, seed * 1000 + n)
            self.managers.append(boss)
            self.tasks[boss.name] = asyncio.create_task(boss.live())

    async def settle(self, seconds: float) -> Stored:
        """No faults any more and nobody begins anything: wait for what is pending, read it all."""
        for visitor in self.visitors:
            visitor.talking = False
        for boss in self.managers:
            await _cancelled(self.tasks.pop(boss.name))
        if self.managers:
            async with httpx2.AsyncClient(timeout=5, verify=False) as http:
                await asyncio.gather(*(self.managers[0].hand_back(http, c) for c in self.chats))
        self.history.quiet = await self._until(self._answered, seconds)
        for visitor in self.visitors:
            visitor.look_again()
        stored = await read(self.dsn)
        await self._until(lambda: self._complete(stored), seconds / 2)
        for task in self.tasks.values():
            await _cancelled(task)
        for visitor in self.visitors:
            self.history.views[visitor.name, visitor.chat] = visitor.view.messages
            if visitor.view.bubble is not None:
                self.history.bubbles[visitor.name, visitor.chat] = visitor.view.bubble.text
        return stored

    async def _answered(self) -> bool:
        if any(visitor.unsent for visitor in self.visitors):
            return False
        stored = await read(self.dsn)
        return not any(chat.pending or chat.writing for chat in stored.chats.values())

    async def _complete(self, stored: Stored) -> bool:
        return all(
            v.looked and v.view.after >= len(stored.rows[v.chat]) and v.view.bubble is None
            for v in self.visitors
        )

    async def _until(self, true: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # The state is in the database, and the database does not notify anybody.
                while not await true():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                return True
        return False


@asynccontextmanager
async def world(
    dsn: str,
    folder: Path,
    seed: int,
    *,
    chats: int,
    program: tuple[str, ...] = ("-m", "local"),
    environment: Mapping[str, str] | None = None,
    postgres: Postgres | None = None,
    echo: bool = False,
) -> AsyncIterator[World]:
    """Start everything but the people."""
    with OpenAIServer(usual=USUAL) as openai:
        provider = {} if echo else {"OPENAI_KEY": "key", "OPENAI_BASE_URL": openai.base_url}
        settings = {**SETTINGS, "DATABASE_URL": dsn, **provider, **(environment or {})}
        nodes = [
            Server({**settings, "PORT": free_port()}, folder / f"node{n}.log", program)
            for n in range(2)
        ]
        proxies = [Proxy(int(node.environment["PORT"])) for node in nodes]
        for proxy in proxies:
            await proxy.start()
        apart = await App.open(
            Settings(
                database_url=dsn,
                openai_key=None if echo else "key",
                openai_base_url=openai.base_url,
                echo_delay=ECHO_SECONDS,
                quiet_seconds=0.1,
                retry_seconds=3,
                tokens_per_day=0,
                tokens_per_chat=0,
            ),
            queue=MemoryQueue(),
        )
        # Its import takes seconds on a busy machine, in which the people would stand still.
        _ = apart.answering
        await key(apart)
        names = [f"chat-{n:02}" for n in range(chats)]
        made = World(
            dsn,
            History(),
            nodes,
            proxies,
            openai,
            apart,
            names,
            random.Random(seed),
            postgres,
            echo,
        )
        try:
            yield made
        finally:
            for task in made.tasks.values():
                task.cancel()
            await asyncio.gather(*made.tasks.values(), return_exceptions=True)
            for socket_ in made.silent:
                socket_.transport.abort()
            await apart.close()
            for proxy in proxies:
                await proxy.stop()
            for node in nodes:
                await asyncio.to_thread(node.stop)


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
