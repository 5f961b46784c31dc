"""Builds indexes of tables that may be large, beside whoever works."""

import asyncio
import random
from collections.abc import Mapping

import asyncpg
import structlog

from core.errors import Misconfigured
from core.store.database import Pool

log = structlog.get_logger()

# An index of a large table takes long. A caller with less time must cancel the migration.
SECONDS = 3600.0
NOT_BUILT = (
    "The database's indexes could not be built, because other processes build them, too. Start one"
    " process alone."
)
# How often a build begins anew.
BUILDS = 20

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


async def build_indexes(pool: Pool, statements: Mapping[str, str]) -> None:
    """Build the indexes that are missing. It locks no table, so it needs no transaction.

    It comes after the migration's lock is free: a build waits for everybody who waits for that. Two
    processes that build may wait for each other. Then one begins again, and finds the other's.
    """
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
