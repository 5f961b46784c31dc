"""Opens connections: to a server itself, or through a pooler that shares its connections.

Poolers (PgBouncer, RDS Proxy, Supavisor) give one session to many clients. So a pooled connection
has no named statements and no settings for its session.
https://www.pgbouncer.org/features.html
"""

from typing import Any

import asyncpg
import structlog

log = structlog.get_logger()

# The server ends an idle session. So Aurora can sleep, and a container that Lambda froze does not
# hold a connection for ever.
IDLE_SESSION_SECONDS = 120
SESSION = {
    "application_name": "switchboard",
    "idle_session_timeout": f"{IDLE_SESSION_SECONDS}s",
}
REFUSED = "unsupported startup parameter"


class Dialer:
    """The `connect` of a pool. The first connection finds out whether a pooler answers."""

    def __init__(self, pooled: bool | None = None) -> None:
        self._pooled = pooled

    async def __call__(self, *args: Any, **options: Any) -> asyncpg.Connection:
        if self._pooled is None:
            return await self._first(*args, **options)
        return await _open(self._pooled, *args, **options)

    async def _first(self, *args: Any, **options: Any) -> asyncpg.Connection:
        try:
            connection = await _open(False, *args, **options)
        except asyncpg.PostgresError as error:
            if REFUSED not in str(error):
                raise
        else:
            if await _is_direct(connection):
                self._pooled = False
                return connection
            await connection.close()
        log.info("database_pooler_found")
        self._pooled = True
        return await _open(True, *args, **options)


async def _open(pooled: bool, *args: Any, **options: Any) -> asyncpg.Connection:
    return await asyncpg.connect(
        *args,
        **options,
        statement_cache_size=0 if pooled else 100,
        server_settings={} if pooled else SESSION,
    )


async def _is_direct(connection: asyncpg.Connection) -> bool:
    """Whether no pooler is in between. A pooler gives its client another process id."""
    # `execute` without arguments prepares no statement.
    found = await connection.execute(
        f"select where pg_backend_pid() = {connection.get_server_pid()}"
    )
    return str(found) == "SELECT 1"
