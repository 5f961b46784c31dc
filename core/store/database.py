"""A pool of connections to any Postgres (15 or newer), and statements that may be repeated."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
import structlog
from pydantic_core import PydanticSerializationError, from_json, to_json

from core.errors import Misconfigured, TryAgain
from core.protocol.text import storable
from core.store import tls
from core.store.address import ENCODE
from core.store.address import read as read_address
from core.store.announcements import Announcements
from core.store.dialer import IDLE_SESSION_SECONDS, Dialer

log = structlog.get_logger()

AWAY = "The database did not answer. Please try again in a moment."

UNCHECKED = (
    "Nobody checks that this is your database. Take sslmode out of DATABASE_URL to check it, with"
    " DATABASE_CA if its authority is your host's own."
)
NO_TLS = "rejected SSL upgrade"
PLAIN = (
    "DATABASE_URL: the database speaks no TLS; if nobody can listen on the way to it, add"
    " ?sslmode=disable to the address."
)

REPEAT_SECONDS = 0.5
# As JSON writes it.
NUL = rb"\u0000"

Pool = asyncpg.Pool
T = TypeVar("T")

_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A restart broke the connection between two messages.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    OSError,
    TimeoutError,
)


async def _no_reset(_: object) -> None:
    """No statement changes a session, so a connection needs no reset query after its use."""


async def open_pool(
    dsn: str,
    connections: int,
    proxied: bool = False,
    ca: str | None = None,
    announcements: Announcements | None = None,
) -> Pool:
    """Open a pool that connects at first use. Raises `Misconfigured` for a bad address.

    `proxied`: a pooler shares its connections among clients. If false, the pool finds that out.
    `ca`: the authority of the server's certificate; None: any that the system trusts.
    `announcements`: who hears that a statement has set a timer.
    """
    address = read_address(dsn)
    if address.unchecked:
        log.warning("database_not_verified", sslmode=address.unchecked, hint=UNCHECKED)
    context = None
    if address.verified:
        context = tls.context(address.ca or ca, address.own, checks_name=address.checks_name)
    try:
        return await asyncpg.create_pool(
            address.dsn,
            connect=Dialer(proxied or address.pooled or None),
            connection_class=(announcements or Announcements()).connection_class(),
            ssl=context,
            min_size=0,
            max_size=connections,
            max_inactive_connection_lifetime=IDLE_SESSION_SECONDS / 2,
            reset=_no_reset,
            timeout=10,
            command_timeout=15,
        )
    except (ValueError, asyncpg.ClientConfigurationError) as error:
        # Any other message may show a part of the password.
        is_harmless = "certificate" in str(error)
        raise Misconfigured(f"DATABASE_URL: {error}" if is_harmless else ENCODE) from None


async def check(pool: Pool) -> None:
    """Connect once. Raises `Misconfigured` with the reason of a failure."""
    try:
        await pool.fetchval("select 1")
    except asyncpg.PostgresError as error:
        raise Misconfigured(f"DATABASE_URL: the database refused the connection: {error}") from None
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(tls.refusal(error)) from None
    except _LOST as error:
        reason = str(error) or type(error).__name__
        if NO_TLS in reason:
            raise Misconfigured(PLAIN) from None
        raise Misconfigured(f"DATABASE_URL: no database answers there: {reason}") from None


async def repeatable(statement: Callable[[], Awaitable[T]]) -> T:
    """Run a statement, and repeat it once if its connection was lost. Raises `TryAgain` after that.

    Every statement of the store is safe to repeat, also if only its result was lost.
    """
    try:
        return await statement()
    except _LOST as error:
        log.info("database_connection_lost", reason=type(error).__name__)
    try:
        return await statement()
    except _LOST as error:
        log.warning("database_unavailable", reason=type(error).__name__)
        raise TryAgain(AWAY) from error


async def until_back(statement: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Repeat a statement while the database is away. Raises `TryAgain` after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await statement()
        except TryAgain:
            if time.monotonic() + REPEAT_SECONDS > end:
                raise
        await asyncio.sleep(REPEAT_SECONDS)


def as_json(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as a JSON array of objects, for a statement that takes many. None is left out."""
    written = [{name: v for name, v in row.items() if v is not None} for row in rows]
    # To look at the whole costs less than to look at each text. It fails for half a character.
    with suppress(PydanticSerializationError):
        if NUL not in (text := to_json(written)):
            return text.decode()
    return to_json([{name: _storable(v) for name, v in row.items()} for row in written]).decode()


def read_json(text: str) -> Any:
    """What a statement gives as JSON."""
    # The values of rows differ. To look each up in a cache costs more than to make it.
    return from_json(text, cache_strings="keys")


def _storable(one: object) -> object:
    return storable(one) if isinstance(one, str) else one


class Statements:
    """Base of all stores: each statement is one round trip, and may be repeated."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _row(self, statement: str, *args: object) -> Any:
        return await repeatable(lambda: self._pool.fetchrow(statement, *args))

    async def _rows(self, statement: str, *args: object) -> Any:
        return await repeatable(lambda: self._pool.fetch(statement, *args))


async def close_pool(pool: Pool) -> None:
    """Close the pool. After 3 s drop its connections: a lost server must not block the process."""
    try:
        await asyncio.wait_for(pool.close(), timeout=3)
    except (TimeoutError, *_LOST):
        pool.terminate()
