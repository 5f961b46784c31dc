"""The sweep catches up, whatever has piled up, and ends in time."""

import pytest
import structlog

from core.chat.publish import Publisher
from core.chat.sweep import AT_ONCE, Sweeper
from core.delivery.jobs import AnswerChat, Job, Sweep
from core.delivery.push import PushResult
from core.store.changes import Change
from core.store.database import Pool
from core.store.store import Store
from local.queues import MemoryQueue

MANY = 2 * AT_ONCE + 7
KEPT_IN = ("chats", "assignments")
FILL = """
insert into tickets (ticket_hash, chat_id, expires_at)
select sha256(n::text::bytea), 'a', now() - interval '1 hour' from generate_series(1, $1) n;
"""
OTHERS = """
insert into addresses (address, allowance, allowed_at)
select '192.0.2.' || n, 1, now() - interval '2 days' from generate_series(1, $1) n;
insert into spent_logins (token_hash, session_hash, expires_at)
select sha256(n::text::bytea), '', now() - interval '1 hour' from generate_series(1, $1) n;
insert into chats (chat_id, created_at)
select 'unused-' || n, now() - interval '2 days' from generate_series(1, $1) n;
insert into chats (chat_id, listed_at)
select 'idle-' || n, now() - interval '3 days' from generate_series(1, $1) n;
insert into chats (chat_id, listed_at, last_seq, last_user_seq, last_user_at)
select 'asks-' || n, now() - interval '1 hour', 1, 1, now() - interval '1 hour'
from generate_series(1, $1) n;
insert into messages (chat_id, seq, role, text)
select 'asks-' || n, 1, 'user', 'hello?' from generate_series(1, $1) n;
insert into connections (connection_id, callback_url, chat_id, expires_at)
select 'gone-' || n, 'http://node/ws', 'idle-1', now() - interval '1 hour'
from generate_series(1, $1) n;
"""
LEFT = """
select (select count(*) from tickets) + (select count(*) from addresses)
     + (select count(*) from spent_logins) + (select count(*) from connections)
     + (select count(*) from chats where chat_id like 'unused-%')
     + (select count(*) from chats where chat_id like 'idle-%' and status = 'open')
"""


class Jobs(MemoryQueue):
    def __init__(self) -> None:
        super().__init__()
        self.enqueued: list[Job] = []

    async def enqueue(self, *jobs: Job) -> None:
        self.enqueued += jobs


class Silent(Publisher):
    def __init__(self) -> None:
        pass

    async def publish(self, *changes: Change) -> PushResult:
        """Nobody is here."""
        return PushResult()


async def fill(pool: Pool) -> None:
    for statement in (FILL + OTHERS).split(";\n"):
        if statement.strip():
            await pool.execute(statement, MANY)


async def test_one_run_catches_up(pool: Pool) -> None:
    await fill(pool)
    jobs = Jobs()
    swept = await Sweeper(Store(pool), Silent(), jobs).run(seconds=600)
    assert await pool.fetchval(LEFT) == 0
    assert len(jobs.enqueued) == MANY == len(set(jobs.enqueued))
    assert AnswerChat("asks-1") in jobs.enqueued  # type: ignore[arg-type]
    assert swept == dict.fromkeys(("pending", "expired", "closed", "dropped"), MANY) | {
        "stale": 3 * MANY,
        # Those that ask and those that are idle: the unused ones have no messages.
        "contacts": 2 * MANY,
        "settled": 0,
        "dropped_contacts": 0,
        "deliveries": 0,
        "dropped_deliveries": 0,
        "placed": 0,
    }


async def test_a_run_that_has_no_time_left_does_a_little_of_each_and_says_so(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(pool)
    # A logger keeps how it was configured when it was first used.
    monkeypatch.setattr("core.chat.sweep.log", structlog.get_logger())
    with structlog.testing.capture_logs() as lines:
        swept = await Sweeper(Store(pool), Silent(), Jobs()).run(seconds=0)
    assert swept == dict.fromkeys(("pending", "expired", "closed", "dropped"), AT_ONCE) | {
        "stale": 3 * AT_ONCE,
        "contacts": AT_ONCE,
        "settled": 0,
        "dropped_contacts": 0,
        "deliveries": 0,
        "dropped_deliveries": 0,
        "placed": 0,
    }
    [unfinished] = [line for line in lines if line["event"] == "sweep_unfinished"]
    assert set(unfinished["left"]) == {name for name, count in swept.items() if count}


async def test_where_the_next_run_is_far_away_a_job_goes_on_until_all_is_done(pool: Pool) -> None:
    await fill(pool)
    jobs = Jobs()
    sweeper = Sweeper(Store(pool), Silent(), jobs)
    runs = 0
    while runs == 0 or Sweep() in jobs.enqueued:
        jobs.enqueued.clear()
        await sweeper.run_and_go_on(seconds=0)
        runs += 1
        assert jobs.enqueued.count(Sweep()) <= 1
        # Somebody answers them meanwhile.
        await pool.execute("update chats set answered_seq = last_user_seq")
    assert runs > 1 and await pool.fetchval(LEFT) == 0


async def test_what_is_known_of_old_mail_goes_and_a_wish_for_none_lasts_as_long_as_its_contact(
    pool: Pool,
) -> None:
    store = Store(pool)
    await pool.execute(
        "insert into follow_ups (chat_id, mailed_seq, mailed_at)"
        " select 'mailed-' || n, 3, now() - make_interval(days => n) from generate_series(25, 34) n"
    )
    gone, seen = await pool.fetch(
        "insert into contacts (contact_id, root_id, site_id, last_seen_at)"
        " select x, x, 'default', now() - make_interval(days => n)"
        " from unnest(array[2, 0]) n, md5(n::text) t, cast(t as uuid) x returning contact_id"
    )
    await pool.executemany(
        "insert into mailed_contacts (contact_id, stopped_at) values ($1, now())",
        [(gone["contact_id"],), (seen["contact_id"],)],
    )
    # A full step says so, so that another one follows.
    assert await store.sweep.drop_deliveries(3) == 3
    assert await store.sweep.drop_deliveries(3) == 2
    assert await pool.fetchval("select count(*) from follow_ups") == 5
    assert await store.sweep.drop_contacts(10) == 1
    [left] = await pool.fetch("select contact_id from mailed_contacts")
    assert left["contact_id"] == seen["contact_id"]


async def test_a_chat_without_messages_stays_while_it_has_a_note_or_a_socket(pool: Pool) -> None:
    for chat in ("bare", "noted", "open"):
        await pool.execute(
            "insert into chats (chat_id, created_at) values ($1, now() - interval '2 days')", chat
        )
        await pool.execute("insert into assignments (chat_id) values ($1)", chat)
    await pool.execute(
        "insert into notes (chat_id, text, author_id, author_name)"
        " values ('noted', 'Careful', 'anna', 'Anna')"
    )
    await pool.execute(
        "insert into connections (connection_id, callback_url, chat_id, expires_at)"
        " values ('here', 'http://node/ws', 'open', now() + interval '1 hour')"
    )
    assert await Store(pool).sweep.drop_unused(10) == 1
    for table in KEPT_IN:
        left = await pool.fetch(f"select chat_id from {table} order by chat_id")
        assert [row["chat_id"] for row in left] == ["noted", "open"], table
