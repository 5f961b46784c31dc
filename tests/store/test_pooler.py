"""Poolers share one session among many clients: it works without a setting."""

import asyncio

import pytest

from core.model import ChatId, ConnectionId, Manager, ManagerId, Target
from core.store import database
from core.store.store import Store
from tests.pgbouncer import behind, needed, pgbouncer

# With this line a session's setting is swallowed, and nothing says that a pooler is there.
SILENT = "ignore_startup_parameters = idle_session_timeout, extra_float_digits"


@pytest.mark.parametrize("lines", [(), (SILENT,)])
async def test_many_at_once_are_served_through_a_pooler(
    postgres: str, dsn: str, lines: tuple[str, ...]
) -> None:
    needed()
    # Two sessions for ten connections: each meets what another one left.
    with pgbouncer(postgres, "default_pool_size = 2", *lines) as pooler:
        pool = await database.open_pool(behind(pooler, dsn), 10)
        try:
            await database.check(pool)
            store = Store(pool)
            await asyncio.gather(*(_talk(store, n) for n in range(20)))
        finally:
            await database.close_pool(pool)


async def _talk(store: Store, n: int) -> None:
    user, chat = ConnectionId(f"c{n}"), ChatId(f"chat{n}")
    await store.connections.enter(Target(user, "http://node/ws"), chat)
    for k in range(5):
        await store.turns.receive(user, f"hello {k}", f"n{k}")
        await store.resumes.resume(user, 0, 100)
    await store.inbox.take_over(chat, Manager(ManagerId("anna"), "Anna"), "hi", "m")
    assert len((await store.chats.history(chat, 0, None, 100)).messages) == 6
