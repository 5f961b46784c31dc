"""Where one role owns the tables and another one uses them: what that other one may do."""

import asyncpg

from core.errors import Misconfigured

# Only the release's own files write what stands there.
READ_ONLY = ("schema_migrations", "schema_functions")
# Rows are added. An UPDATE may raise the count of failed sign-ins: a trigger sees to that.
ADD_ONLY = ("events",)
# What is written once.
WRITE_ONCE = ("assistant_versions",)

# What belongs to the role that migrates. An extension's functions do not.
OWNED = """
select format('%I.%I', n.nspname, c.relname) as name, c.relname as table, c.relkind::text as kind
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'S')
  and c.relowner = current_user::regrole
union all
select p.oid::regprocedure::text, null, 'function'
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = current_schema() and p.proowner = current_user::regrole
"""
WORDS = {"function": "routine", "S": "sequence"}
NO_ROLE = "DATABASE_URL: the database knows no role {role!r}, which it should use."


async def grant(connection: asyncpg.pool.PoolConnectionProxy, role: str) -> None:
    """Let `role` use what the current role owns, and no more. Raises `Misconfigured`.

    It may not delete events, nor take the trigger away that guards them.
    """
    if role == await connection.fetchval("select current_user::text"):
        return
    quoted = await connection.fetchval(
        "select quote_ident(rolname) from pg_roles where rolname = $1", role
    )
    if quoted is None:
        raise Misconfigured(NO_ROLE.format(role=role))
    usable = "select has_schema_privilege($1, current_schema(), 'usage')"
    if not await connection.fetchval(usable, role):
        schema = await connection.fetchval("select quote_ident(current_schema())")
        await connection.execute(f"grant usage on schema {schema} to {quoted}")
    for owned in await connection.fetch(OWNED):
        what = WORDS.get(owned["kind"], "table")
        await connection.execute(f"revoke all on {what} {owned['name']} from {quoted}")
        await connection.execute(f"grant {_rights(owned)} on {what} {owned['name']} to {quoted}")


def _rights(owned: asyncpg.Record) -> str:
    if owned["kind"] == "function":
        return "execute"
    if owned["kind"] == "S":
        return "usage, select"
    # A view writes with its owner's rights.
    if owned["kind"] == "v" or owned["table"] in READ_ONLY:
        return "select"
    if owned["table"] in WRITE_ONCE:
        return "select, insert"
    if owned["table"] in ADD_ONLY:
        return "select, insert, update"
    return "select, insert, update, delete"
