"""Installations to lose and to bring back: one with a data folder, one with a database given."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.apart import apart
from tests.server import Server
from tests.tickets import SECRET_KEY

Start = Callable[..., Server]


@dataclass(frozen=True)
class Installation:
    """`environment` starts it, or runs a command on it. `lose` takes its data away."""

    data: Path
    environment: dict[str, str]

    def lose(self) -> None:
        shutil.rmtree(self.data)
        if dsn := self.environment.get("DATABASE_URL"):
            apart(execute(dsn, "drop schema public cascade; create schema public"))


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that Postgres may enter, who is never root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def embedded(home: Path) -> Installation:
    return _made(home / "embedded")


@pytest.fixture
def given(home: Path, dsn: str) -> Installation:
    return _made(home / "given", DATABASE_URL=dsn)


@pytest.fixture(params=["embedded", "given"])
def installation(request: pytest.FixtureRequest) -> Installation:
    found: Installation = request.getfixturevalue(request.param)
    return found


def _made(data: Path, **more: str) -> Installation:
    (data / "assistants").mkdir(parents=True)
    (data / "assistants" / "shop.md").write_text("You sell bicycles.")
    return Installation(
        data,
        {
            "DATA_DIR": str(data),
            "ASSISTANTS_DIR": str(data / "assistants"),
            "ASSISTANT_ID": "shop",
            "SECRET_KEY": SECRET_KEY,
            "MESSAGES_PER_MINUTE": "0",
            "ECHO_DELAY": "0",
            **more,
        },
    )


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start the real program on an installation; each is stopped at the end."""
    with ExitStack() as stack:

        def started(installation: Installation, **more: str) -> Server:
            server = Server({**installation.environment, **more}, home / "server.log")
            stack.callback(server.stop)
            return server

        yield started
