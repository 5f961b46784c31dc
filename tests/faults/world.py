"""Everything of a run: a database, two nodes behind proxies, a provider, and the people."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from core.app import App
from core.settings import Settings
from local.nodes import key
from local.queues import MemoryQueue
from tests.faults.crowd import Crowd, boss
from tests.faults.door import visitors_token
from tests.faults.history import History
from tests.faults.managers import HELPERS
from tests.faults.postgres import Postgres
from tests.faults.proxy import Proxy
from tests.openai_events import Behaviour
from tests.openai_server import OpenAIServer
from tests.server import LOCAL, Server
from tests.tickets import SECRET_KEY, manager_token

USUAL = Behaviour(delay=0.03, rest=0.3)
ECHO_SECONDS = 0.2
MANAGERS = 3
SETTINGS = {
    "SECRET_KEY": SECRET_KEY,
    "MESSAGES_PER_MINUTE": "0",
    "READS_PER_MINUTE": "0",
    "BYTES_PER_CHAT": "0",
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
    people: Crowd
    nodes: list[Server]
    proxies: list[Proxy]
    openai: OpenAIServer
    apart: App
    random: random.Random
    postgres: Postgres | None = None
    echo: bool = False
    # Sockets whose owners never read.
    silent: list[ClientConnection] = field(default_factory=list)

    @property
    def chats(self) -> list[str]:
        return self.people.chats

    @property
    def history(self) -> History:
        return self.people.history

    def node(self) -> str:
        """host:port of any node, as a load balancer that knows nothing would choose it."""
        return self.people.node()


@asynccontextmanager
async def world(
    dsn: str,
    folder: Path,
    seed: int,
    *,
    chats: int,
    program: tuple[str, ...] = LOCAL,
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
                openai_base_url=None if echo else openai.base_url,
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
        dice = random.Random(seed)
        names = [f"chat-{n:02}" for n in range(chats)]
        tokens = {name: visitors_token(name) for name in names}
        for name in (*map(boss, range(MANAGERS)), *HELPERS):
            tokens[name] = await manager_token(apart.pool, name, "admin")
        people = Crowd(dsn, names, lambda: f"127.0.0.1:{dice.choice(proxies).port}", tokens)
        made = World(dsn, people, nodes, proxies, openai, apart, dice, postgres, echo)
        try:
            yield made
        finally:
            await people.leave()
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
