"""Who looks at a chat, while others come, go and hang at the same moment."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from core.chat.inbox import Inbox
from core.chat.publish import Publisher
from core.delivery.callbacks import Callbacks
from core.delivery.push import Push
from core.model import ChatId, ConnectionId, Manager, ManagerId, Target
from core.store.connections import Leaving
from core.store.database import Pool
from core.store.store import Store
from local.queues import MemoryQueue
from tests.client import PATIENCE

pytestmark = pytest.mark.inbox

A = ChatId("a")
HERE, THERE = "http://here/manager", "http://there/manager"
BLOCKED = """
select count(*) from pg_stat_activity
where wait_event_type = 'Lock' and datname = current_database()
"""
WATCHED = "select count(*)::int as n from watches"


async def enter(store: Store, name: str, url: str = HERE) -> Target:
    target = Target(ConnectionId(name), url)
    await store.connections.enter_manager(target, Manager(ManagerId(name), name.title()))
    return target


async def begin(pool: Pool) -> None:
    await pool.execute("insert into chats (chat_id) values ('a')")


async def blocked(pool: Pool, task: "asyncio.Task[Any]", many: int = 1) -> None:
    """Until so many wait for a lock, or the task has ended."""
    async with asyncio.timeout(PATIENCE):
        while not task.done() and (await pool.fetch(BLOCKED))[0]["count"] < many:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_sockets_that_leave_in_any_order_do_not_wait_for_each_other(store: Store) -> None:
    for n in range(10):
        names = [f"{n}-{m}" for m in range(30)]
        for name in names:
            await enter(store, name)
        leaving = [Leaving(ConnectionId(name)) for name in names]
        turned = leaving[::-1]
        await asyncio.gather(*map(store.connections.leave_all, (leaving, turned, leaving, turned)))


async def test_who_leaves_while_their_watch_is_stored_looks_no_more(
    store: Store, pool: Pool
) -> None:
    await begin(pool)
    anna, ben = await enter(store, "anna"), await enter(store, "ben")
    await store.connections.watch(ben.connection_id, A)
    async with pool.acquire() as other:
        held = other.transaction()
        await held.start()
        # The same row: so the watch has to wait.
        await other.execute("insert into watches values ('anna', 'a')")
        watching = asyncio.create_task(store.connections.watch(anna.connection_id, A))
        await blocked(pool, watching)
        leaving = asyncio.create_task(store.connections.leave(anna.connection_id))
        await blocked(pool, leaving, 2)
        await held.rollback()
    await watching
    left = await leaving
    assert [one.chat_id for one in left.viewing] == [A], "the others hear that it is over"
    assert (await pool.fetch(WATCHED))[0]["n"] == 1, "ben's"


async def test_of_two_signs_the_later_one_knows_more(store: Store, pool: Pool) -> None:
    await begin(pool)
    crowd = [await enter(store, f"m{n}") for n in range(8)]
    for _ in range(30):
        signs = await asyncio.gather(
            *(store.connections.watch(one.connection_id, A) for one in crowd)
        )
        told = [(viewing.at, viewing) for _, viewing in signs if viewing and viewing.at]
        _, last = max(told, key=lambda one: one[0])
        assert len(last.managers) == len(crowd)
        for one in crowd:
            await store.connections.unwatch(one.connection_id, A)


class Hanging(Callbacks):
    """The other node takes no push before `free` is set."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def call(self, method: str, target: Target, data: bytes = b"") -> tuple[int, str]:
        await self.free.wait()
        return 200, ""


class Here:
    """The gateway of this process."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def post(self, connection_id: str, data: bytes) -> int:
        self.frames.put_nowait(json.loads(data))
        return 200

    def close(self, connection_id: str) -> int:
        return 204


async def test_a_watch_is_answered_while_a_colleagues_node_hangs(store: Store, pool: Pool) -> None:
    await begin(pool)
    here, there = Here(), Hanging()
    inbox = Inbox(store, Publisher(store.connections, Push(there, {HERE: here})), MemoryQueue())
    anna, ben = await enter(store, "anna"), await enter(store, "ben", THERE)
    await store.connections.watch(ben.connection_id, A)
    asked: Awaitable[bytes | None] = inbox.receive(anna, '{"action": "watch", "chat_id": "a"}')
    task = asyncio.ensure_future(asked)
    async with asyncio.timeout(PATIENCE):
        came = [(await here.frames.get())["type"] for _ in range(2)]
    assert came == ["viewing", "chat"]
    assert not task.done(), "ben's node has not heard of it yet"
    there.free.set()
    assert await task is None
