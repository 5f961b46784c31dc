"""What is looked at before a restore, and after it."""

from pathlib import Path

from core.errors import Conflict
from core.store.database import Pool
from core.store.migrate import DatabaseConnection
from local.backup.archive import Counts, Manifest

# To count the rows of a large table takes long.
SECONDS = 3600.0
IN_USE = "Switchboard is running on {what}. Stop it first, and then restore."
NOT_EMPTY = "There is something already: {what}. With --replace, all of it gives way to the backup."
OTHER_SCHEMA = (
    "The backup is of the schema {theirs}, and this address uses {ours}. Add ?schema={theirs}."
)
MISCOUNTED = "What was restored is not what the backup says: {found}, and not {said}."
COUNTS = """
select (select count(*) from chats) as chats, (select count(*) from messages) as messages,
       (select count(*) from managers where removed_at is null) as managers
"""
OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'switchboard' and pid <> pg_backend_pid()
"""
HELD = """
select count(*) from pg_class c where relnamespace = to_regnamespace(quote_ident($1))
  and relkind in ('r', 'p', 'v', 'm')
  and not exists (select from pg_depend where objid = c.oid and deptype = 'e')
"""


async def counts(connection: Pool | DatabaseConnection) -> Counts:
    row = await connection.fetchrow(COUNTS, timeout=SECONDS)
    assert row is not None
    return Counts(**row)


def check_files(names: list[str], data: Path, *, replaces: bool) -> None:
    there = [name for name in names if (data / name).exists()]
    if there and not replaces:
        raise Conflict(NOT_EMPTY.format(what=data / there[0]))


async def check_target(pool: Pool, found: Manifest, *, replaces: bool) -> int:
    """The server's major version. Raises `Conflict` where nothing may be restored."""
    async with pool.acquire() as connection:
        if await connection.fetchval(OTHERS):
            raise Conflict(IN_USE.format(what="this database"))
        ours = await connection.fetchval("select current_schema()")
        if ours != found.server_schema:
            raise Conflict(OTHER_SCHEMA.format(theirs=found.server_schema, ours=ours))
        held = await connection.fetchval(HELD, ours)
        if held and not replaces:
            what = f"{held} tables in the schema {ours} of the database"
            raise Conflict(NOT_EMPTY.format(what=what))
        return int(connection.get_server_version().major)


async def check_restored(pool: Pool, found: Manifest) -> None:
    counted = await counts(pool)
    if counted != found.counts:
        raise Conflict(MISCOUNTED.format(found=counted, said=found.counts))
