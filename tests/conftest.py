"""A real Postgres for the whole run; databases and servers for one test, or for one file."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog
from hypothesis import settings

from core.store import database
from core.store.migrate import migrate
from core.store.store import Store
from local.gateway.invoke import TASK_LEAKED
from local.postgres import embedded
from tests.apart import apart
from tests.openai_server import OpenAIServer
from tests.pgbouncer import behind, needed, pgbouncer
from tests.server import PoolOf, Serve, Server

TEMPLATE = "template_chat"
# Whoever kills a Postgres has one of their own.
UNSAFE = ("fsync", "full_page_writes", "synchronous_commit")

MakeQueue = Callable[[], dict[str, str]]


# `make test-all` asks for the second one.
settings.register_profile("quick", max_examples=60)
settings.register_profile("thorough", max_examples=500)
settings.load_profile("quick")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where pytest itself breaks it says no more than that: name what had failed by then."""
    if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        assert reporter is not None
        reporter.summary_errors()
        reporter.summary_failures()
        reporter.short_test_summary()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("SLOW"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="it takes minutes: SLOW=1 runs it"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pooler", action="store_true", help="through PgBouncer, where a test can be")


@pytest.fixture(autouse=True)
def logs_of_one_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What one test sets for the logs, the next one does not find."""
    configure = structlog.configure

    def uncached(**how: Any) -> None:
        configure(**how | {"cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server with a migrated database to copy from."""
    # A loop of its own, because each test has its own too. A folder of its own, because another
    # run of pytest takes the permissions away that Postgres needs, which is never root.
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        server = embedded(Path(folder))
        address = runner.run(server.__aenter__())
        runner.run(_prepare(address))
        yield address
        runner.run(server.__aexit__(None, None, None))


async def _prepare(address: str) -> None:
    for setting in UNSAFE:
        await _execute(address, f"alter system set {setting} = off")
    await _execute(address, "select pg_reload_conf()")
    await _execute(address, f"create database {TEMPLATE}")
    pool = await database.open_pool(_named(address, TEMPLATE), 1)
    await migrate(pool)
    await database.close_pool(pool)


async def _new_database(postgres: str) -> str:
    name = f"chat_{secrets.token_hex(6)}"
    # As files. Through the write-ahead log it takes ten times as long.
    await _execute(postgres, f"create database {name} template {TEMPLATE} strategy file_copy")
    return _named(postgres, name)


async def _drop(postgres: str, dsn: str) -> None:
    name = urlsplit(dsn).path.removeprefix("/")
    await _execute(postgres, f"drop database {name} with (force)")


@asynccontextmanager
async def fresh_database(postgres: str) -> AsyncIterator[database.Pool]:
    """A database with nothing in it."""
    name = f"empty_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name}")
    pool = await database.open_pool(_named(postgres, name), 4)
    try:
        yield pool
    finally:
        await database.close_pool(pool)
        await _drop(postgres, _named(postgres, name))


@pytest.fixture(scope="session")
def pooler(request: pytest.FixtureRequest, postgres: str) -> Iterator[str | None]:
    if not request.config.getoption("--pooler"):
        yield None
        return
    needed()
    with pgbouncer(postgres) as address:
        yield address


@pytest.fixture
async def dsn(postgres: str, pooler: str | None) -> AsyncIterator[str]:
    """The address of a database of one's own."""
    made = await _new_database(postgres)
    yield behind(pooler, made) if pooler else made
    await _drop(postgres, made)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[database.Pool]:
    opened = await database.open_pool(dsn, 20)
    yield opened
    await database.close_pool(opened)


@pytest.fixture
async def session(dsn: str) -> AsyncIterator[database.Pool]:
    """One connection, so that its own counters are all there is to read."""
    opened = await database.open_pool(dsn, 1)
    yield opened
    await database.close_pool(opened)


@pytest.fixture
async def store(pool: database.Pool) -> Store:
    return Store(pool)


@pytest.fixture(scope="module")
def openai_of_file() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def openai_server(openai_of_file: OpenAIServer) -> OpenAIServer:
    """A local OpenAI that has seen nothing yet. Its address is the same for a whole file."""
    openai_of_file.reset()
    return openai_of_file


@pytest.fixture(scope="module")
def make_queue() -> MakeQueue:
    """The settings that name a new queue, one for each database. None: it is in memory."""
    return dict


@pytest.fixture
def serve(dsn: str, tmp_path: Path, make_queue: MakeQueue) -> Iterator[Serve]:
    """Start the real server in a process of its own, as often as wanted; all are stopped."""
    started: list[Server] = []
    queue = make_queue()

    def start(**environment: str) -> Server:
        settings = {"DATABASE_URL": dsn, "ECHO_DELAY": "0", **queue, **environment}
        server = Server(settings, tmp_path / f"server-{len(started)}.log")
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
        _check_tasks(server)


@pytest.fixture(scope="module")
def servers_of_file(
    postgres: str, tmp_path_factory: pytest.TempPathFactory, make_queue: MakeQueue
) -> Iterator[Serve]:
    folder = tmp_path_factory.mktemp("servers")
    started: dict[frozenset[tuple[str, str]], Server] = {}

    def start(**environment: str) -> Server:
        key = frozenset(environment.items())
        if key not in started:
            dsn = apart(_new_database(postgres))
            settings = {"DATABASE_URL": dsn, "ECHO_DELAY": "0", **make_queue(), **environment}
            started[key] = Server(settings, folder / f"server-{len(started)}.log")
        return started[key]

    yield start
    with ThreadPoolExecutor() as threads:
        list(threads.map(Server.stop, started.values()))
    for server in started.values():
        _check_tasks(server)
        apart(_drop(postgres, server.dsn))


@pytest.fixture
def shared(servers_of_file: Serve) -> Iterator[Serve]:
    """A running server with this environment, which the file's other tests use as well.

    A test that stops its server, or looks at all chats, wants one of its own: `serve`.
    """
    used: list[Server] = []

    def start(**environment: str) -> Server:
        used.append(servers_of_file(**environment))
        return used[-1]

    yield start
    for server in used:
        _check_tasks(server)


@pytest.fixture
async def pool_of() -> AsyncIterator[PoolOf]:
    """`await pool_of(server)`: connections to the database of a server."""
    async with AsyncExitStack() as stack:

        async def opened(server: Server) -> database.Pool:
            pool = await database.open_pool(server.dsn, 5)
            stack.push_async_callback(database.close_pool, pool)
            return pool

        yield opened


@pytest.fixture
def chat_id() -> str:
    """A chat that nobody else has."""
    return f"chat-{secrets.token_hex(6)}"


def _check_tasks(server: Server) -> None:
    assert TASK_LEAKED not in server.log, "I11: no task outlives its handler"


def _named(address: str, database_name: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"/{database_name}"))


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
