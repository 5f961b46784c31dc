"""A chat closes when its site says so, also when the node dies that knew when; a new one begins."""

import asyncio
import signal

import pytest

from core.store.database import Pool
from tests.client import visitor
from tests.e2e.test_nodes import node
from tests.server import Serve
from tests.store.test_closing import AGED

pytestmark = [pytest.mark.sites, pytest.mark.noticed]

SITE = "update sites set close_after = 30, after_closing = 'new', rev = rev + 1"
SOON = "update timers set due_at = clock_timestamp() + interval '1 second'"


async def test_another_node_closes_what_the_dead_one_would_have(serve: Serve, pool: Pool) -> None:
    one, two = node(serve), node(serve, SWEEP_SECONDS="0.5")
    await pool.execute(SITE)
    async with visitor(one, "a") as user:
        await user.say("hello")
        await user.reply_to(1)
        one.stop(signal.SIGKILL)
    async with visitor(two, "a") as user:
        await user.resume()
        await pool.execute(AGED, "a", 31)
        await pool.execute(SOON)
        closed = await user.next("chat", status="closed")
        assert closed["owner"] == "assistant"
        await user.send(action="message", text="and now?", client_id="m-2", reopens=False)
        refused = await user.next("error", client_id="m-2")
        assert refused["code"] == "chat_closed"
        made = two.post("/chats", {"after": "a"})
        assert made.status_code == 201, made.text
        new = made.json()["chat_id"]
        # Who does not know of this goes on here.
        await user.say("the same chat")
        assert (await user.next("chat", status="open"))["chat_id"] == "a"
    async with visitor(two, new) as user:
        await user.say("and now?")
        await user.reply_to(1)
    contacts = await pool.fetch("select distinct contact_id from chats")
    assert len(contacts) == 1


async def test_a_timer_outlives_a_restart_and_fires_once(serve: Serve, pool: Pool) -> None:
    server = serve(SWEEP_SECONDS="0.5")
    await pool.execute(SITE)
    async with visitor(server, "a") as user:
        await user.say("hello")
        await user.reply_to(1)
    server.stop()
    # Not before: a visitor's leaving moves the chat in the list.
    await pool.execute(AGED, "a", 31)
    await pool.execute(SOON)
    server.start()
    async with asyncio.timeout(60):
        while not await pool.fetchval(  # noqa: ASYNC110
            "select exists (select from events where name = 'chat.closed')"
        ):
            await asyncio.sleep(0.05)
    assert await pool.fetchval("select count(*) from events where name = 'chat.closed'") == 1
    assert await pool.fetchval("select count(*) from timers") == 0
