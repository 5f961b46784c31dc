"""Tickets and tokens for tests that start behind the sign-in."""

import secrets
from datetime import UTC, datetime, timedelta

from core.auth.tickets import MANAGER_PREFIX, digest, new_token
from core.auth.tokens import Keys
from core.model import ChatId, Manager, ManagerId, Rank
from core.store import database
from core.store.access import AccessStore
from core.store.api_tokens import ApiTokenStore
from tests.apart import apart

# At least 32 characters, as in real life.
SECRET_KEY = "for tests only, and nowhere else"
KEYS = Keys(SECRET_KEY)


async def user_ticket(pool: database.Pool, chat_id: str) -> str:
    """A ticket for a user's socket of this chat."""
    ticket, until = new_token(), datetime.now(UTC) + timedelta(days=1)
    await AccessStore(pool).add_ticket(digest(ticket), ChatId(chat_id), None, until, None)
    return ticket


async def manager_ticket(pool: database.Pool, manager_id: str) -> str:
    """A ticket for a manager's socket."""
    ticket = new_token()
    await AccessStore(pool).add_ticket(digest(ticket), None, ManagerId(manager_id), None, None)
    return ticket


async def manager_link(pool: database.Pool, name: str = "", rank: Rank = "agent") -> str:
    """The token of a new manager's link; without a name it is one of which there is no other."""
    link, name = new_token(MANAGER_PREFIX), name or f"manager-{secrets.token_hex(4)}"
    await AccessStore(pool).add_manager(Manager(ManagerId(name), name.title()), rank, digest(link))
    return link


async def another_link(pool: database.Pool, manager_id: str) -> str:
    """The token of another link of a manager, whose sign-ins end."""
    link = new_token(MANAGER_PREFIX)
    await AccessStore(pool).relink(ManagerId(manager_id), digest(link))
    return link


async def manager_token(pool: database.Pool, name: str = "", rank: Rank = "agent") -> str:
    """The API token of a new manager."""
    name = name or f"manager-{secrets.token_hex(4)}"
    await manager_link(pool, name, rank)
    return await api_token(pool, name)


async def api_token(pool: database.Pool, manager_id: str) -> str:
    """Another API token of a manager."""
    token = new_token(MANAGER_PREFIX)
    tokens = ApiTokenStore(pool)
    await tokens.add(ManagerId(manager_id), digest(token), "of a test", None, own=False)
    return token


def user_ticket_now(dsn: str, chat_id: str) -> str:
    """`user_ticket` for tests without a loop."""

    async def made() -> str:
        pool = await database.open_pool(dsn, 1)
        try:
            return await user_ticket(pool, chat_id)
        finally:
            await database.close_pool(pool)

    return apart(made())
