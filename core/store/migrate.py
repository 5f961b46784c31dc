"""Numbered SQL files, each applied once and in order. Safe when several processes start at once."""

from pathlib import Path

import asyncpg
import structlog

from core.store.database import Pool

log = structlog.get_logger()

FOLDER = Path(__file__).parent / "migrations"
# Any number will do as long as it stays the same: it names the lock.
LOCK = 7_403_117_211
# An index of a large table takes its time; who must not wait as long ends the whole of it.
SECONDS = 3600.0


def files() -> list[Path]:
    """The migrations in the order they are applied."""
    return sorted(FOLDER.glob("[0-9]*.sql"))


async def migrate(pool: Pool) -> int:
    """Bring the schema up to date; return how many files were applied."""
    async with pool.acquire() as connection:
        # A session's lock, because each file is a transaction of its own.
        await connection.execute("select pg_advisory_lock($1)", LOCK, timeout=SECONDS)
        try:
            return await _apply(connection)
        finally:
            await connection.execute("select pg_advisory_unlock($1)", LOCK)


async def _apply(connection: asyncpg.pool.PoolConnectionProxy) -> int:
    await connection.execute(
        "create table if not exists schema_migrations ("
        " name text primary key, applied_at timestamptz not null default now())"
    )
    done = {row["name"] for row in await connection.fetch("select name from schema_migrations")}
    waiting = [file for file in files() if file.name not in done]
    for file in waiting:
        async with connection.transaction():
            await connection.execute(file.read_text(encoding="utf-8"), timeout=SECONDS)
            await connection.execute("insert into schema_migrations (name) values ($1)", file.name)
        log.info("migration_applied", name=file.name)
    return len(waiting)
