"""`python -m local backup FILE` and `python -m local restore FILE [--replace]`.

DATABASE_URL=… python -m local backup /var/backups/switchboard.zip
python -m local restore /var/backups/switchboard.zip
python -m local backup - > switchboard.zip              through docker-compose, for example
"""

import argparse
import asyncio
import hashlib
import hmac
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import log, settings
from core.app import App
from core.errors import ChatError, Conflict, Invalid, Misconfigured
from core.settings import Settings
from core.store import database, migrate
from core.store.database import Pool
from core.store.migrate import DatabaseConnection
from local import postgres
from local.backup import archive, checks, dump, programs
from local.backup.archive import Archive, Manifest
from local.backup.reach import reach
from local.migration import bring_up_to_date
from local.queues import MemoryQueue

# To read all of a large table takes long.
SECONDS = 3600.0
POOLED = (
    "This address leads through a pooler, which carries neither a backup nor a restore. Set"
    " DATABASE_OWNER_URL for this command to the address of the database server itself."
)
INSIDE = "{file} would lie in the data folder {data}, and be lost with it. Name another folder."
NO_FOLDER = "There is no folder {folder}, or nothing can be written there."
EMPTY = "This database has no chats of Switchboard. There is nothing to back up."
OTHER_KEY = (
    "SECRET_KEY is not that of the backup. Visitors who come back begin new chats until it is."
)

RELEASE = "select release from schema_functions"


def main(words: Sequence[str]) -> None:
    """Run the words of the command line."""
    args = _arguments(words)
    try:
        read = settings.read()
        log.configure("WARNING")
        run = _restore(read, args) if args.command == "restore" else _backup(read, args.file)
        # A backup may be what is printed.
        print(asyncio.run(_until_ended(run)), file=sys.stderr)
    except asyncio.CancelledError:
        sys.exit(1)
    except ChatError as error:
        sys.exit(f"switchboard: {error.message}")


async def _until_ended(run: Coroutine[Any, Any, str]) -> str:
    """When a signal ends it, what is not whole goes, and so do Postgres's programs."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, task.cancel)
    return await run


async def _backup(read: Settings, name: str) -> str:
    with _beside(name, read.data_dir) as folder:
        async with _opened(read) as (url, pool):
            found = await _dumped(read, url, pool, folder / "dump")
        made = archive.write(folder, found, folder / "dump", read.data_dir)
        size = made.stat().st_size
        if name == "-":
            with made.open("rb") as whole:
                shutil.copyfileobj(whole, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            made.replace(name)
    return f"{name} holds {found.counts}, {size:,} bytes."


async def _dumped(read: Settings, url: str, pool: Pool, file: Path) -> Manifest:
    async with (
        reach(url, read.database_ca) as way,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if not await _has(connection, "schema_migrations"):
            raise Conflict(EMPTY)
        # The first releases kept no number.
        numbered = await _has(connection, "schema_functions")
        release = await connection.fetchval(RELEASE) if numbered else 0
        server = connection.get_server_version().major
        used = programs.at_least(server, "The database is")
        found = Manifest(
            format=archive.FORMAT,
            made_at=datetime.now(UTC),
            release=release,
            tables=[r[0] for r in await connection.fetch("select name from schema_migrations")],
            server_schema=await connection.fetchval("select current_schema()"),
            server=server,
            programs=used.major,
            secret_key=_fingerprint(read),
            counts=await checks.counts(connection),
        )
        # Whoever writes meanwhile is not waited for: all is read as it is at this moment.
        snapshot = await connection.fetchval("select pg_export_snapshot()")
        await dump.dump(used, way, found.server_schema, snapshot, file)
    return found


async def _has(connection: DatabaseConnection, table: str) -> bool:
    return await connection.fetchval("select to_regclass($1)", table) is not None


async def _restore(read: Settings, args: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory(dir=_made(read.data_dir), prefix=".restore-") as name:
        folder = Path(name)
        backup = Archive(_whole(args.file, folder), folder, args.file)
        found = backup.manifest
        migrate.check_release(found.release, set(found.tables))
        if read.dsn is None and postgres.users(read.data_dir):
            raise Conflict(checks.IN_USE.format(what=read.data_dir))
        checks.check_files(backup.names, read.data_dir, replaces=args.replace)
        async with _opened(read) as (url, pool):
            server = await checks.check_target(pool, found, replaces=args.replace)
            used = programs.at_least(found.programs, "The backup needs the programs of")
            async with reach(url, read.database_ca) as way:
                await dump.load(
                    *(used, way, found.server_schema, backup.dump()),
                    server=server,
                    replaces=args.replace,
                )
            await checks.check_restored(pool, found)
            await _brought_up(read, url)
        backup.put_files(read.data_dir)
    said = f"{found.counts} are restored, as of {found.made_at:%Y-%m-%d %H:%M} UTC."
    return said if found.secret_key == _fingerprint(read) else f"{said}\n{OTHER_KEY}"


async def _brought_up(read: Settings, url: str) -> None:
    """An older backup gets the tables of this release, and the planner its statistics."""
    app = await App.open(
        read if read.dsn else read.model_copy(update={"database_url": url}), queue=MemoryQueue()
    )
    try:
        await bring_up_to_date(app)
    finally:
        await app.close()
    pool = await database.open_pool(url, 1, read.database_proxy, read.database_ca)
    try:
        await pool.execute("analyze", timeout=SECONDS)
    finally:
        await database.close_pool(pool)


@asynccontextmanager
async def _opened(read: Settings) -> AsyncIterator[tuple[str, Pool]]:
    """The address of the role that owns the tables, and one connection to it."""
    async with AsyncExitStack() as stack:
        if read.dsn is None:
            url = await stack.enter_async_context(postgres.embedded(read.data_dir))
        else:
            url = read.database_owner_url or read.dsn
        pool = await database.open_pool(url, 1, read.database_proxy, read.database_ca)
        stack.push_async_callback(database.close_pool, pool)
        await database.check(pool)
        async with pool.acquire() as connection:
            backend = await connection.fetchval("select pg_backend_pid()")
            if backend != connection.get_server_pid():
                raise Misconfigured(POOLED)
        yield url, pool


@contextmanager
def _beside(name: str, data: Path) -> Iterator[Path]:
    """A folder beside the backup: what is not whole never has its name."""
    target = Path(name).resolve()
    if name == "-":
        folder = _made(data)
    elif target.is_relative_to(data.resolve()):
        raise Invalid(INSIDE.format(file=name, data=data))
    else:
        folder = target.parent
    if target.is_dir() or not os.access(folder, os.W_OK):
        raise Invalid(NO_FOLDER.format(folder=folder))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as made:
        yield Path(made)


def _whole(name: str, folder: Path) -> Path:
    """The file, or what comes by standard input."""
    if name != "-":
        return Path(name)
    with (folder / "given").open("xb") as into:
        shutil.copyfileobj(sys.stdin.buffer, into)
    return folder / "given"


def _made(data: Path) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    return data


def _fingerprint(read: Settings) -> str | None:
    if read.secret_key is None:
        return None
    return hmac.new(read.secret_key.encode(), b"backup", hashlib.sha256).hexdigest()[:16]


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description="Backups.")
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="write all that is needed to come back")
    backup.add_argument("file", help="where to; - is the standard output")
    restore = commands.add_parser("restore", help="bring a backup back")
    restore.add_argument("file", help="a backup; - is the standard input")
    restore.add_argument("--replace", action="store_true", help="replace what is there")
    return parser.parse_args(words)
