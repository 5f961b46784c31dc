"""I13 on AWS: who hears of a chat that waits, by the functions alone, and what that costs later.

No process waits there. What is due comes by a delayed message of the queue, or by a one-time
schedule. The sweep runs once a day: here when a test calls it.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from core.store.database import Pool
from tests.access.people import begin, call
from tests.client import PATIENCE, Client
from tests.e2e.test_deliveries import add
from tests.e2e.test_escalation import set_steps, step
from tests.infra.whole import WholeStack, whole_stack
from tests.openai_server import OpenAIServer
from tests.tickets import manager_token
from tests.waiting import SETTINGS, STATES, Outside, each_is_heard_of, outside

pytestmark = [pytest.mark.noticed, pytest.mark.timeout(600)]

# From the first second of waiting: each container that starts takes a second or two of that.
SECONDS = 30.0
# Longer than a message of the queue is delayed at most, and a minute more.
LATER = 960
PASSES = """
with a as (update chats set waiting_since = waiting_since - make_interval(secs => $1)),
     b as (update timers set due_at = due_at - make_interval(secs => $1))
update timer_alarm set at = at - make_interval(secs => $1)
"""
# Each statement of a session changes it. A session that is new counts as well, also if it is gone.
ASKED = """
select pid, backend_start, query_start, left(query, 80) as query from pg_stat_activity
where datname = $1 and backend_type = 'client backend' and application_name = 'switchboard'
"""
SESSIONS = "select sessions from pg_stat_database where datname = $1"
IDLE_SECONDS = 10


@contextmanager
def on_aws(folder: Path, dsn: str, openai: OpenAIServer, there: Outside) -> Iterator[WholeStack]:
    settings = {**SETTINGS, "MAIL_URL": there.smtp.url, "DATABASE_URL": dsn}
    with whole_stack(folder, OPENAI_BASE_URL=openai.base_url, **settings) as stack:
        yield stack


async def test_i13_each_way_of_waiting_is_heard_of_by_the_functions_alone(
    dsn: str, pool: Pool, openai_server: OpenAIServer, tmp_path: Path
) -> None:
    async with outside() as there:
        with on_aws(tmp_path, dsn, openai_server, there) as stack:
            took: dict[str, float] = {}
            for name, ways in {
                "nobody": ("asked", "failed", "reply"),
                # What is urgent comes by a timer, seconds later.
                "do not disturb": ("asked by assistant", "new", "budget"),
            }.items():
                took |= await each_is_heard_of(stack, pool, openai_server, there, name, ways)
    assert max(took.values()) < SECONDS, took


@pytest.mark.slow
@pytest.mark.parametrize("name", STATES)
async def test_i13_each_way_in_each_state_by_the_functions_alone(
    dsn: str, pool: Pool, openai_server: OpenAIServer, tmp_path: Path, name: str
) -> None:
    async with outside() as there:
        with on_aws(tmp_path, dsn, openai_server, there) as stack:
            took = await each_is_heard_of(stack, pool, openai_server, there, name)
    assert max(took.values()) < SECONDS, took


async def test_i10_what_is_far_away_comes_by_a_schedule_and_nothing_asks_while_nothing_waits(
    dsn: str, pool: Pool, postgres: str, openai_server: OpenAIServer, tmp_path: Path
) -> None:
    async with outside() as there:
        with on_aws(tmp_path, dsn, openai_server, there) as stack:
            token = await manager_token(pool, "anna", "admin")
            slack = add(stack, token, "slack", f"{there.tool.url}/slack")
            set_steps(stack, token, step(LATER, "receiver", slack))
            opened = call(stack, "POST", "/tickets", token, json={}).json()["ws_url"]
            user = begin(stack)
            path = opened.removeprefix(stack.socket_url(""))
            async with user.client() as ada, Client(stack, path) as anna:
                await ada.send("human")
                await ada.wait(lambda f: f.get("waiting_for") == "asked")
                await scheduled(stack)
                await pool.execute(PASSES, LATER)
                stack.hurry()
                [call_] = await there.tool.got("/slack")
                assert user.chat_id in call_.body["text"]
                owner = f"/manager/chats/{user.chat_id}/owner"
                body = {"owner": "manager"}
                assert call(stack, "POST", owner, token, json=body).is_success
                # Whoever was alarmed hears that somebody has the chat.
                await there.tool.got("/slack", 2)
                asked = await statements_of_an_idle_time(stack, postgres, dsn, ada, anna)
            assert (asked, stack.jobs(), stack.scheduled()) == (
                [], {"responder": 0, "deliver": 0}, []
            )  # fmt: skip
            assert stack.schedules == 1


async def scheduled(stack: WholeStack) -> None:
    """Wait for the one schedule, and look when it is due."""
    async with asyncio.timeout(PATIENCE):
        while not (found := stack.scheduled()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    [at] = found
    due = datetime.strptime(at, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)
    expected = datetime.now(UTC) + timedelta(seconds=LATER)
    assert expected - timedelta(seconds=60) < due < expected + timedelta(seconds=5)
    assert not stack.jobs()["responder"]


async def statements_of_an_idle_time(
    stack: WholeStack, postgres: str, dsn: str, *clients: Client
) -> list[str]:
    """What the database was asked while sockets were open and nothing waited. The sweep has run."""
    stack.sweep()
    # What is on its way may end. Whatever polls goes on, and is found.
    async with asyncio.timeout(PATIENCE):
        for _ in range(100):
            if not any(stack.jobs().values()):
                break
            await asyncio.sleep(0.1)
    # From another database: this one must not be asked by the test.
    connection = await asyncpg.connect(postgres)
    name = urlsplit(dsn).path.removeprefix("/")
    try:
        # A session's counters are written a moment later.
        await asyncio.sleep(1)
        before = {tuple(row) for row in await connection.fetch(ASKED, name)}
        sessions = await connection.fetchval(SESSIONS, name)
        assert before, "the test would see a statement"
        for _ in range(IDLE_SECONDS):
            for client in clients:
                await client.send("ping")
                await client.next("pong")
            await asyncio.sleep(1)
        after = {tuple(row) for row in await connection.fetch(ASKED, name)}
        new = await connection.fetchval(SESSIONS, name) - sessions
    finally:
        await connection.close()
    return [json.dumps(str(row[-1])) for row in after - before] + ["a new session"] * new
