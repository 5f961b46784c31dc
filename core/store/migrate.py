"""Brings a database to the schema of this release. Several processes may run it at once.

Tables, and whatever an index depends on, change by numbered files in `schema/tables/`. Each file is
applied once, in order. Functions have one current text in `schema/functions/`. It is loaded whole
if this release is not older than the loaded one. Then the indexes in `schema/indexes/` are built,
beside whoever works.
"""

import asyncio
import random
from hashlib import sha256
from pathlib import Path

import asyncpg
import structlog

from core.errors import Misconfigured
from core.store.database import Pool
from core.store.grants import grant

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

NOT_BUILT = (
    "The database's indexes could not be built, because other processes build them, too. Start one"
    " process alone."
)
# How often a build begins anew.
BUILDS = 20


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
    applied = await _apply(pool, user)
    await _build_indexes(pool)
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


# An index that is not valid was left by a build that ended early, unless somebody builds it now.
MISSING = """
select x.name, i.indexrelid is not null as broken
from unnest($1::text[]) x (name)
left join pg_class c on c.relname = x.name and c.relnamespace = current_schema()::regnamespace
left join pg_index i on i.indexrelid = c.oid
where not coalesce(i.indisvalid, false)
  and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
  and pg_has_role((select t.relowner from pg_class t where t.oid = 'chats'::regclass), 'usage')
"""


async def _build_indexes(pool: Pool) -> None:
    """Build the indexes that are missing. It locks no table, so it needs no transaction.

    It comes after the migration's lock is free: a build waits for everybody who waits for that. Two
    processes that build may wait for each other. Then one begins again, and finds the other's.
    """
    statements = {file.stem: file.read_text(encoding="utf-8") for file in index_files()}
    for _ in range(BUILDS):
        missing = await pool.fetch(MISSING, list(statements), timeout=SECONDS)
        try:
            for one in missing:
                if one["broken"]:
                    drop = f"drop index concurrently if exists {one['name']}"
                    await pool.execute(drop, timeout=SECONDS)
                await pool.execute(statements[one["name"]], timeout=SECONDS)
                log.debug("index_built", file=f"{one['name']}.sql")
            return
        except asyncpg.DeadlockDetectedError:
            log.info("index_build_repeated")
            await asyncio.sleep(random.uniform(0.1, 1))
    raise Misconfigured(NOT_BUILT)
