"""Brings a database to the schema of this release. Several processes may run it at once.

Tables, and whatever an index depends on, change by numbered files in `schema/tables/`. Each file is
applied once, in order. Functions have one current text in `schema/functions/`. It is loaded whole
if this release is not older than the loaded one. Then the indexes in `schema/indexes/` are built,
beside whoever works.
"""

import asyncio
import random
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import asyncpg
import structlog

from core.errors import Misconfigured
from core.store.database import Pool
from core.store.grants import grant
from core.store.index_builds import build_indexes

log = structlog.get_logger()

DatabaseConnection = asyncpg.pool.PoolConnectionProxy

SCHEMA = Path(__file__).parent / "schema"
# Raise it in each release that changes a function. Two releases may share a database: the functions
# of the newer one stay.
RELEASE = 3
# The lock's name. Any number will do, as long as it never changes.
LOCK = 7_403_117_211
# An index of a large table takes long. A caller with less time must cancel the migration.
SECONDS = 3600.0

# The last file of the release before. Its files together made the same tables as `FIRST`.
BEFORE = "0014_claims.sql"
FIRST = "0001_chat.sql"
PREVIOUS = "previous.sql"
TOO_NEW = (
    "This backup was made by a newer release of Switchboard. Restore it with that release, or a"
    " later one."
)
TOO_OLD = (
    "This database was made by a release before 2026-11-25. Start that release once, then this one."
)


def table_files() -> list[Path]:
    """The table files, in order. A file never changes: each change is a new file."""
    return sorted((SCHEMA / "tables").glob("[0-9]*.sql"))


def function_files() -> list[Path]:
    """The function files. `previous.sql`, for the release before, comes last."""
    files = (SCHEMA / "functions").glob("*.sql")
    return sorted(files, key=lambda file: (file.name == PREVIOUS, file.name))


def index_files() -> list[Path]:
    """The indexes of tables that may be large, each in a file with its name."""
    return sorted((SCHEMA / "indexes").glob("*.sql"))


def digest() -> str:
    """The hash of all function files."""
    whole = sha256()
    for file in function_files():
        content = file.read_bytes()
        whole.update(f"{file.name} {len(content)}\n".encode() + content)
    return whole.hexdigest()


async def migrate(pool: Pool, user: str | None = None) -> int:
    """Bring the schema up to date; return how many table files were applied.

    `user`: the role that may use the tables, if that is not the one that migrates. Raises
    `Misconfigured` for a database that is too old.
    """
    await _build_early(pool)
    applied = await _apply(pool, user)
    await build_indexes(pool, _statements(index_files()))
    return applied


async def _apply(pool: Pool, user: str | None) -> int:
    """One transaction changes tables and functions, so a function always finds its tables."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK, timeout=SECONDS)
        if user is None and await _is_up_to_date(connection):
            # Whoever only uses the tables may not even try to make them.
            return 0
        await connection.execute(
            "create table if not exists schema_migrations ("
            " name text primary key, applied_at timestamptz not null default now());"
            "create table if not exists schema_functions ("
            " release int not null, hash text not null, loaded_at timestamptz not null)"
        )
        done = {row["name"] for row in await connection.fetch("select name from schema_migrations")}
        waiting = [file for file in table_files() if file.name not in _taken_over(done)]
        if done:
            await _lock_tables(connection, waiting)
        for file in waiting:
            await connection.execute(file.read_text(encoding="utf-8"), timeout=SECONDS)
            log.debug("table_file_applied", file=file.name)
        await connection.executemany(
            "insert into schema_migrations (name) values ($1) on conflict do nothing",
            [(file.name,) for file in table_files()],
        )
        await _load_functions(connection, with_previous=BEFORE in done)
        if user is not None:
            await grant(connection, user)
    return len(waiting)


# The tables of this schema that exist, but for the migration's own.
TABLES = """
select c.relname from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
  and c.relname not like 'schema\\_%'
"""
LOCK_ATTEMPTS = 200


async def _lock_tables(connection: DatabaseConnection, files: Sequence[Path]) -> None:
    """Lock the tables that these files name, all at once or none.

    Whoever works holds some of them and waits for others. With one lock after the other, they and
    the migration would wait for each other. Nobody waits for long behind this: only now and then
    it waits for more than a second, which ends an autovacuum.
    """
    texts = "\n".join(re.sub(r"--.*", "", file.read_text(encoding="utf-8")) for file in files)
    existing = [row["relname"] for row in await connection.fetch(TABLES)]
    named = sorted(name for name in existing if re.search(rf"\b{re.escape(name)}\b", texts))
    if not named:
        return
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                wait = 1200 if attempt % 20 == 0 else 200
                await connection.execute(f"set local lock_timeout = {wait}")
                await connection.execute(f"lock table {', '.join(named)} in access exclusive mode")
                await connection.execute("set local lock_timeout = default")
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == LOCK_ATTEMPTS:
                raise
        await asyncio.sleep(random.uniform(0.05, 0.25))


def check_release(release: int, tables: set[str]) -> None:
    """Raises `Misconfigured` for tables and functions that this release cannot take over."""
    unknown = tables - {file.name for file in table_files()}
    if release > RELEASE or (unknown and BEFORE not in tables):
        raise Misconfigured(TOO_NEW)
    _taken_over(tables)


async def _is_up_to_date(connection: DatabaseConnection) -> bool:
    if not await connection.fetchval("select to_regclass('schema_functions') is not null"):
        return False
    done = {row["name"] for row in await connection.fetch("select name from schema_migrations")}
    loaded = await connection.fetchrow("select release, hash from schema_functions")
    return {file.name for file in table_files()} <= done and _is_loaded(loaded)


def _is_loaded(found: asyncpg.Record | None) -> bool:
    """Whether these functions are loaded, or those of a newer release."""
    if found is None:
        return False
    return bool(found["release"] > RELEASE) or (found["release"], found["hash"]) == (
        RELEASE,
        digest(),
    )


def _taken_over(done: set[str]) -> set[str]:
    """The applied files. The files of the release before count as `FIRST`.

    Raises `Misconfigured` for an older database.
    """
    if not done or FIRST in done:
        return done
    if BEFORE not in done:
        raise Misconfigured(TOO_OLD)
    return done | {FIRST}


async def _load_functions(connection: DatabaseConnection, *, with_previous: bool) -> None:
    """Load the functions, unless a newer release has loaded its own or these are loaded already."""
    ours = digest()
    if _is_loaded(await connection.fetchrow("select release, hash from schema_functions")):
        return
    # A function may call one that is not created yet.
    await connection.execute("set local check_function_bodies = off")
    for file in function_files():
        if file.name != PREVIOUS or with_previous:
            await connection.execute(file.read_text(encoding="utf-8"), timeout=SECONDS)
    await connection.execute("delete from schema_functions")
    await connection.execute(
        "insert into schema_functions (release, hash, loaded_at) values ($1, $2, now())",
        RELEASE,
        ours,
    )
    log.debug("functions_loaded", release=RELEASE, hash=ours[:12])


def _statements(files: Sequence[Path]) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


# A table file that would build indexes while others wait for it. Where there may be many rows, they
# are built before, beside whoever works, and the file counts as applied.
EARLY = "0005_unspaced.sql"
UNBUILT = """
select count(*) from unnest($1::text[]) x (name)
where not coalesce((select i.indisvalid from pg_index i
                    where i.indexrelid = to_regclass(quote_ident(x.name))), false)
"""
EARLY_INDEX = re.compile(r"^create index (\w+)(.*?);$", re.DOTALL | re.MULTILINE)


async def _build_early(pool: Pool) -> None:
    """Do what `EARLY` does without a lock, in a database of the release before."""
    if not await pool.fetchval("select to_regclass('schema_migrations') is not null"):
        return
    done = {row["name"] for row in await pool.fetch("select name from schema_migrations")}
    if BEFORE not in done or EARLY in done:
        return
    text = (SCHEMA / "tables" / EARLY).read_text(encoding="utf-8")
    functions = EARLY_INDEX.sub("", text).replace("create function", "create or replace function")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK, timeout=SECONDS)
        await connection.execute(functions)
    statements = {
        name: f"create index concurrently if not exists {name}{rest}"
        for name, rest in EARLY_INDEX.findall(text)
    }
    while await pool.fetchval(UNBUILT, list(statements)):
        await build_indexes(pool, statements)
        # Another process may build them, and may die.
        await asyncio.sleep(0.2)
    await pool.execute(
        "insert into schema_migrations (name) values ($1) on conflict do nothing", EARLY
    )
