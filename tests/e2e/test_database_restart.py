"""A database that restarts leaves no chat silent for longer than 5 s after it is back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.client import PATIENCE, Client, Frame, visitor
from tests.faults.postgres import Postgres
from tests.openai_server import OpenAIServer
from tests.server import Server

VISITORS = 20
# How long people write before the end, and after the start.
BEFORE, AWAY, AFTER = 1.0, 1.5, 1.0
SILENT_SECONDS = 5.0

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    async with Postgres(tmp_path_factory.mktemp("data"), {}) as postgres:
        yield postgres


@pytest.fixture(params=["echo", "openai"])
def server(
    request: pytest.FixtureRequest,
    own_postgres: Postgres,
    openai_server: OpenAIServer,
    tmp_path: Path,
) -> Iterator[Server]:
    """The sweep comes too late to help."""
    environment = {"DATABASE_URL": own_postgres.dsn, "SWEEP_SECONDS": "600", "ECHO_DELAY": "0.3"}
    if request.param == "openai":
        environment |= {
            "OPENAI_KEY": "key",
            "OPENAI_BASE_URL": openai_server.base_url,
            "QUIET_SECONDS": "0",
        }
    server = Server(environment | {"MESSAGES_PER_MINUTE": "6000"}, tmp_path / "server.log")
    yield server
    server.stop()


class Person:
    """Writes until `done`, each message until it is acknowledged; notes when each frame came."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.done = asyncio.Event()
        self.stored: list[tuple[int, float]] = []

    async def write(self) -> None:
        while not self.done.is_set():
            frame = await self.client.insist(f"message {len(self.stored)}")
            self.stored.append((frame["seq"], time.monotonic()))

    async def answered(self) -> Frame:
        last = self.stored[-1][0]
        return await self.client.wait(
            lambda frame: frame["type"] == "message" and frame.get("reply_to", 0) >= last
        )


async def test_no_chat_stays_silent_after_a_restart(server: Server, own_postgres: Postgres) -> None:
    clients = [visitor(server, f"chat-{n}") for n in range(VISITORS)]
    await asyncio.gather(*(client.__aenter__() for client in clients))
    people = [Person(client) for client in clients]
    writing = [asyncio.create_task(person.write()) for person in people]
    await asyncio.sleep(BEFORE)
    await asyncio.to_thread(own_postgres.kill)
    await asyncio.sleep(AWAY)
    await own_postgres.start()
    back = time.monotonic()
    await asyncio.sleep(AFTER)
    for person in people:
        person.done.set()
    await asyncio.gather(*writing)
    late = []
    for person in people:
        async with asyncio.timeout(PATIENCE):
            await person.answered()
        late.append(time.monotonic() - max(back, person.stored[-1][1]))
    print(sorted(round(x, 2) for x in late))
    assert max(late) < SILENT_SECONDS, sorted(late)
    assert "Traceback" not in server.log
    await asyncio.gather(*(client.__aexit__(None, None, None) for client in clients))
