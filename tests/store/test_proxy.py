"""Behind a proxy that shares its connections, nothing is kept for a session."""

from core.model import ChatId, ConnectionId, Manager, ManagerId, Target
from core.store import database
from core.store.store import Store


async def test_behind_a_proxy_no_statement_and_no_setting_outlives_its_use(dsn: str) -> None:
    pool = await database.open_pool(dsn, 1, proxied=True)
    try:
        store, user = Store(pool), ConnectionId("c")
        for n in range(10):
            await store.connections.enter(Target(user, "http://node/ws"), ChatId("a"))
            await store.turns.receive(user, f"hello {n}", f"n{n}")
            await store.resumes.resume(user, 0, 100)
            await store.inbox.take_over(
                ChatId("a"), Manager(ManagerId("anna"), "Anna"), "hi", f"m{n}"
            )
        assert await pool.fetchval("select count(*) from pg_prepared_statements") == 0
        changed = await pool.fetch("select name from pg_settings where source = 'session'")
        # The encoding is what a pooler itself sets.
        assert {row["name"] for row in changed} <= {"client_encoding"}
        assert await pool.fetchval("show idle_session_timeout") == "0"
        assert len((await store.chats.history(ChatId("a"), 0, None, 100)).messages) == 20
    finally:
        await database.close_pool(pool)
