"""A real Postgres for the whole run, and a fresh database for each test that asks for one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from core.store import database
from core.store.inbox import DeskStore
from core.store.migrate import migrate
from local.postgres import embedded
from tests.openai_server import OpenAIServer
from tests.server import Server

TEMPLATE = "template_chat"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where pytest itself breaks it says no more than that: name what had failed by then."""
    if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        assert reporter is not None
        reporter.summary_errors()
        reporter.summary_failures()
        reporter.short_test_summary()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server with a migrated database to copy from."""
    # A loop of its own, because each test has its own too. And a folder of its own: another run of
    # pytest closes the one that both share to all but root, and the server runs as somebody else.
    with asyncio.Runner() as runner, TemporaryDirectory(prefix="switchboard-") as folder:
        server = embedded(Path(folder))
        address = runner.run(server.__aenter__())
        runner.run(_make_template(address))
        yield address
        runner.run(server.__aexit__(None, None, None))


async def _make_template(address: str) -> None:
    await _execute(address, f"create database {TEMPLATE}")
    pool = await database.open_pool(_named(address, TEMPLATE), 1)
    await migrate(pool)
    await database.close_pool(pool)


@pytest.fixture
async def dsn(postgres: str) -> AsyncIterator[str]:
    """The address of a database of one's own."""
    name = f"chat_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name} template {TEMPLATE}")
    yield _named(postgres, name)
    await _execute(postgres, f"drop database {name} with (force)")


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
async def store(pool: database.Pool) -> DeskStore:
    return DeskStore(pool)


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def serve(dsn: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start the real server in a process of its own, as often as wanted; all are stopped."""
    started: list[Server] = []

    def start(**environment: str) -> Server:
        settings = {"DATABASE_URL": dsn, "ECHO_DELAY": "0", **environment}
        server = Server(settings, tmp_path / f"server-{len(started)}.log")
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
        assert "task left behind" not in server.log, "I11: no task outlives its handler"


def _named(address: str, database_name: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"/{database_name}"))


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
