"""Timers: set in a step's own transaction, run once by who is there, and again after a death."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.chat.timers import Handler, Timers
from core.errors import TryAgain
from core.store import database
from core.store.announcements import Announcements
from core.store.store import Store
from local.timers import TimerRunner
from tests.client import PATIENCE

pytestmark = pytest.mark.noticed

SET = "select set_timer($1, $2, clock_timestamp() + make_interval(secs => $3))"
SHORT_LEASE = """
create or replace function timer_lease() returns interval language sql immutable as $$
    select interval '1 second'
$$
"""
# Each statement of a session changes it.
ASKED = "select query_start from pg_stat_activity where pid = $1"


class Ran:
    """A handler that keeps what it was given, and whom to wait for."""

    def __init__(self) -> None:
        self.refs: list[str] = []
        self._changed = asyncio.Condition()

    async def __call__(self, ref: str) -> None:
        async with self._changed:
            self.refs.append(ref)
            self._changed.notify_all()

    async def wait(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.refs) >= times)


class Node:
    """A process's part: its pool, which hears of timers, and its runner."""

    def __init__(self, pool: database.Pool, runner: TimerRunner) -> None:
        self.pool = pool
        self.store = Store(pool)
        self.runner = runner


@asynccontextmanager
async def node(dsn: str, connections: int = 5, **handlers: Handler) -> AsyncIterator[Node]:
    announcements = Announcements()
    pool = await database.open_pool(dsn, connections, announcements=announcements)
    runner = TimerRunner(Timers(Store(pool).timers, handlers)).start()
    announcements.listener = runner.wake
    try:
        yield Node(pool, runner)
    finally:
        await runner.stop(5)
        await database.close_pool(pool)


async def until(question: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await question():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_timer_runs_when_it_is_due_and_is_gone(dsn: str, pool: database.Pool) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one:
        await one.store.timers.set("ring", "later", 3600)
        await one.pool.execute(SET, "ring", "now", 0.2)
        await ran.wait(1)
        await until(lambda: pool.fetchval("select count(*) = 1 from timers"))
    assert ran.refs == ["now"]


async def test_a_step_that_is_undone_sets_no_timer(dsn: str, pool: database.Pool) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one:
        with pytest.raises(ZeroDivisionError):
            async with one.pool.acquire() as connection, connection.transaction():
                await connection.execute(SET, "ring", "undone", 0)
                raise ZeroDivisionError
        await one.pool.execute(SET, "ring", "done", 0.2)
        await ran.wait(1)
    assert ran.refs == ["done"] and not await pool.fetchval("select count(*) from timers")


async def test_due_at_once_means_after_the_commit(dsn: str) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one:
        async with one.pool.acquire() as connection, connection.transaction():
            await connection.execute(SET, "ring", "a", 0)
            # It is announced already, and nobody else can see it yet.
            await connection.execute("select pg_sleep(0.5)")
            assert ran.refs == []
        await ran.wait(1)


async def test_of_two_nodes_one_runs_each_timer(dsn: str, pool: database.Pool) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one, node(dsn, ring=ran) as two:
        names = [f"{n}" for n in range(200)]
        for place, ref in enumerate(names):
            await (one, two)[place % 2].pool.execute(SET, "ring", ref, 0.5)
        # Each knows of all, as it does after a sweep.
        await asyncio.gather(one.runner.look(), two.runner.look())
        await ran.wait(len(names))
        await until(lambda: pool.fetchval("select count(*) = 0 from timers"))
    assert sorted(ran.refs) == sorted(names)


async def test_a_timer_that_is_moved_to_earlier_runs_then(dsn: str) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one, node(dsn, ring=ran) as two:
        await two.pool.execute(SET, "ring", "a", 3600)
        await one.pool.execute(SET, "ring", "a", 0.1)
        await ran.wait(1)
        await two.pool.execute(SET, "ring", "b", 0.3)
        await one.pool.execute("select clear_timer('ring', 'b')")
        await one.pool.execute(SET, "ring", "c", 0.6)
        await ran.wait(2)
    assert ran.refs == ["a", "c"]


async def test_what_a_node_that_died_has_claimed_runs_again(dsn: str, pool: database.Pool) -> None:
    await pool.execute(SHORT_LEASE)
    began, ran = Ran(), Ran()

    async def dying(ref: str) -> None:
        await began(ref)
        await asyncio.Event().wait()

    async with node(dsn, ring=ran) as other:
        async with node(dsn, ring=dying) as one:
            await one.pool.execute(SET, "ring", "a", 0)
            await began.wait(1)
            await other.runner.look()
            await one.runner.stop(0)
        await ran.wait(1)
        await until(lambda: pool.fetchval("select count(*) = 0 from timers"))


async def test_what_failed_runs_again_after_a_pause_that_grows(
    store: Store, pool: database.Pool
) -> None:
    ran = Ran()

    async def failing(ref: str) -> None:
        await ran(ref)
        if len(ran.refs) < 4:
            raise TryAgain("The shop is closed.")

    timers = Timers(store.timers, {"ring": failing})
    await store.timers.set("ring", "a", 0)
    for times in range(1, 5):
        [timer], _ = await timers.claim()
        assert timer.tries == times
        before = await pool.fetchval("select clock_timestamp()")
        await timers.run(timer)
        if times < 4:
            due = await pool.fetchval("select due_at from timers where claim is null")
            assert due - before > timedelta(seconds=0.5 * 2 ** (times - 1))
            assert not await pool.fetchval(
                "select due_at > clock_timestamp() + make_interval(secs => $1) from timers",
                1.5 * 2 ** (times - 1),
            )
            await pool.execute("update timers set due_at = clock_timestamp()")
    assert not await pool.fetchval("select count(*) from timers")


async def test_one_that_its_own_step_sets_anew_stays(dsn: str, pool: database.Pool) -> None:
    ran = Ran()

    async with node(dsn, connections=2) as plain:

        async def again(ref: str) -> None:
            await plain.pool.execute(SET, "ring", ref, 3600)
            await ran(ref)

        async def begun(ref: str) -> None:
            await plain.pool.execute(
                "select begin_timer('begin', $1, clock_timestamp() + '1 hour')", ref
            )
            await ran(ref)

        async with node(dsn, ring=again, begin=begun) as one:
            await one.pool.execute(SET, "ring", "a", 0)
            await one.pool.execute(SET, "begin", "a", 0)
            await ran.wait(2)
        assert await pool.fetchval(
            "select count(*) = 2 from timers"
            " where claim is null and due_at > now() + interval '50 minutes'"
        )


async def test_begin_leaves_a_timer_alone_and_infinity_clears_it(store: Store) -> None:
    pool = store._pool
    await pool.execute(SET, "ring", "a", 60)
    await pool.execute("select begin_timer('ring', 'a', clock_timestamp() + '1 hour')")
    seconds = await store.timers.next_in(["ring"])
    assert seconds and 30 < seconds < 61
    for due in ("infinity", None):
        await store.timers.begin("ring", "b", 30)
        assert await pool.fetchval("select count(*) from timers") == 2
        await pool.execute("select set_timer('ring', 'b', $1::text::timestamptz)", due)
    assert await pool.fetchval("select array_agg(ref) from timers") == ["a"]


async def test_another_releases_kind_is_left_to_it(dsn: str, pool: database.Pool) -> None:
    ran = Ran()
    async with node(dsn, ring=ran) as one:
        await one.pool.execute(SET, "unheard_of", "a", 0)
        await one.pool.execute(SET, "ring", "b", 0.1)
        await ran.wait(1)
        await until(lambda: pool.fetchval("select count(*) = 1 from timers"))
    assert await pool.fetchval("select kind || tries from timers") == "unheard_of0"


async def test_i10_while_nothing_is_due_nobody_asks(
    dsn: str, pool: database.Pool, pooler: str | None
) -> None:
    if pooler:
        pytest.skip("a pooler gives one session to several nodes, so it says nothing of one")
    ran = Ran()
    async with node(dsn, connections=1, ring=Ran()) as one, node(dsn, ring=ran) as other:
        pid = await one.pool.fetchval("select pg_backend_pid()")
        await one.pool.execute(SET, "ring", "later", 3600)
        before = await pool.fetchval(ASKED, pid)
        for times in range(1, 6):
            await other.pool.execute(SET, "ring", f"{times}", 0.1)
            await ran.wait(times)
        assert await pool.fetchval(ASKED, pid) == before
        # The database's clock decides: whoever asks too early finds nothing, and waits again.
        one.runner.wake(0)
        await until(lambda: _asked(pool, pid, before))
        assert await pool.fetchval("select tries from timers where ref = 'later'") == 0


async def _asked(pool: database.Pool, pid: int, before: object) -> bool:
    return bool(await pool.fetchval(ASKED, pid) != before)
