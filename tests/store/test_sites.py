"""Sites as a database knows them: made beside whoever works, and joined by who is new."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.model import Manager, ManagerId
from core.store import migrate
from core.store.database import Pool
from core.store.store import Store
from tests.client import PATIENCE
from tests.conftest import fresh_database

pytestmark = pytest.mark.sites

BEFORE_SITES = "0014_sessions.sql"


@pytest.fixture
async def without_sites(postgres: str) -> AsyncIterator[Pool]:
    """A database as it was before there were sites."""
    async with fresh_database(postgres) as pool:
        await pool.execute(
            "create table schema_migrations ("
            " name text primary key, applied_at timestamptz not null default now())"
        )
        for file in migrate.table_files():
            if file.name <= BEFORE_SITES:
                await pool.execute(file.read_text(encoding="utf-8"))
                await pool.execute("insert into schema_migrations (name) values ($1)", file.name)
        await pool.execute("insert into managers (manager_id, name) values ('anna', 'Anna')")
        await pool.execute("insert into chats (chat_id, listed_at) values ('old', now())")
        yield pool


async def test_there_is_one_site_and_it_inherits_everything(pool: Pool) -> None:
    (site,) = await pool.fetch("select * from sites")
    inherited = {name for name, value in site.items() if value is None}
    assert site["site_id"] == "default" and site["public_key"].startswith("site_")
    assert inherited == {
        "origins", "answering", "assistant_id", "locale", "time_zone", "privacy_url", "consent",
        "tokens_per_day", "tokens_per_chat", "identity_key", "archived_at", "hours",
        "close_after", "hand_back_after", "after_closing",
    }  # fmt: skip
    assert (site["theme"], site["texts"]) == ("{}", "{}")


async def test_what_there_was_belongs_to_the_first_site(without_sites: Pool) -> None:
    await without_sites.execute("insert into events (name, chat_id) values ('chat.closed', 'old')")
    await migrate.migrate(without_sites)
    assert await without_sites.fetchval("select site_id from chats") == "default"
    assert await without_sites.fetchval("select site_id from events") == "default"
    assert [tuple(row) for row in await without_sites.fetch(
        "select site_id, manager_id from members"
    )] == [("default", "anna")]  # fmt: skip
    # A process of the release before adds rows without naming a site.
    await without_sites.execute("insert into chats (chat_id) values ('new')")
    assert await without_sites.fetchval("select site_id from chats where chat_id = 'new'")


async def test_nobody_waits_behind_a_migration_that_waits(without_sites: Pool) -> None:
    async with without_sites.acquire() as slow:
        work = slow.transaction()
        await work.start()
        await slow.execute("update managers set name = 'Anna B'")
        migrating = asyncio.create_task(migrate.migrate(without_sites))
        waiting = (
            "select count(*) from pg_sleep(0.01), pg_stat_activity"
            " where wait_event_type = 'Lock' and query like '%access exclusive%'"
        )
        async with asyncio.timeout(PATIENCE):
            while not await without_sites.fetchval(waiting):
                pass
            # Behind one long wait for everything, these would wait as long as the slow one works.
            for _ in range(5):
                await without_sites.execute("update chats set unread = 1 where chat_id = 'old'")
                await without_sites.execute("update managers set role = role where false")
        assert not migrating.done()
        await work.rollback()
    files = [file for file in migrate.table_files() if file.name > BEFORE_SITES]
    assert await migrating == len(files)


async def test_indexes_are_built_where_they_are_missing_or_broken(pool: Pool) -> None:
    await pool.execute("drop index chats_of_site_open")
    broken = "select indisvalid from pg_index where indexrelid = 'chats_of_site_closed'::regclass"
    await pool.execute(
        "update pg_index set indisvalid = false where indexrelid = 'chats_of_site_closed'::regclass"
    )
    assert await migrate.migrate(pool) == 0
    assert await pool.fetchval("select to_regclass('chats_of_site_open') is not null")
    assert await pool.fetchval(broken) is True
    names = {file.stem for file in migrate.index_files()}
    found = await pool.fetch("select indexname from pg_indexes where schemaname = 'public'")
    assert names and names <= {row["indexname"] for row in found}


async def test_whoever_is_new_sees_the_first_site_until_they_leave(store: Store) -> None:
    anna = Manager(ManagerId("anna"), "Anna")
    await store.access.add_manager(anna, "agent", b"link")
    pool = store.access._pool
    assert await pool.fetchval("select site_id from members where manager_id = 'anna'")
    await store.access.remove_manager(anna.id)
    assert not await pool.fetchval("select count(*) from members")
