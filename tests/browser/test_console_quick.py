"""The console loads little, shows its list soon, and costs an idle database nothing (I10)."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, WebSocket, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, PATIENCE, Person
from tests.browser.pages import Console, talk
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

MOST_BYTES = 120_000
# A browser that is not in front draws no frames, and a page learns of it so.
HIDE = """() => {
  Object.defineProperty(document, "hidden", { get: () => true });
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
LOADED = """() => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .map((one) => [one.name, one.encodedBodySize])"""
LAST_STATEMENT = """
select query_start, query from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
order by query_start desc nulls last limit 1
"""


async def test_the_first_load_is_at_most_120_kb(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    page = await person(f"{server.url}/manager")
    await expect(page.locator(".chat")).to_be_visible()
    sizes = await page.evaluate(LOADED)
    print(sum(size for _, size in sizes), sizes)
    scripts = [name for name, _ in sizes if name.endswith(".js")]
    assert sorted(name.split("/")[-1] for name in scripts) == ["app.js", "early.js"]
    assert sum(name.endswith(".css") for name, _ in sizes) == 1
    assert len(sizes) > 6
    assert 10_000 < sum(size for _, size in sizes) <= MOST_BYTES


async def last_statement(connection: Any) -> tuple[datetime, str]:
    """When anybody else last asked the database for anything, and for what."""
    found = await connection.fetchrow(LAST_STATEMENT)
    return found["query_start"], found["query"]


async def settled(page: Page, connection: Any) -> tuple[datetime, str]:
    """When it was last asked, once nothing that the page asked for is under way."""
    await page.wait_for_load_state("networkidle")
    before = await last_statement(connection)
    while True:
        # Frames of the visitors who left are still on their way.
        await asyncio.sleep(3)
        now = await last_statement(connection)
        if now == before:
            return now
        before = now


class Pings:
    """The pings of a page's socket. Its clock runs ahead, and the server's answer does not."""

    def __init__(self, page: Page) -> None:
        self.sent = self.back = 0
        self._came = asyncio.Event()
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sends)
        socket.on("framereceived", self._receives)

    def _sends(self, frame: str | bytes) -> None:
        self.sent += '"ping"' in str(frame)

    def _receives(self, frame: str | bytes) -> None:
        self.back += '"pong"' in str(frame)
        self._came.set()

    async def answered(self) -> None:
        while self.back < self.sent:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), PATIENCE / 1000)


@pytest.mark.parametrize("hidden", [False, True])
async def test_i10_an_idle_console_asks_the_database_nothing_in_ten_minutes(
    serve: Serve, pool: Pool, person: Person, hidden: bool
) -> None:
    server = serve(ECHO_DELAY="0", SWEEP_SECONDS="3600")
    await talk(server, "ada", "bob")
    page = await person("about:blank")
    pings = Pings(page)
    await page.clock.install()
    await page.goto(f"{server.url}/manager")
    console = Console(page)
    await console.choose("ada")
    await expect(console.message("hello from ada")).to_have_count(2)
    if hidden:
        await page.evaluate(HIDE)
    # Read marks are sent after a moment in which the chat was looked at.
    await page.clock.run_for(5_000)
    async with pool.acquire() as connection:
        last = await settled(page, connection)
        calls: list[str] = []
        page.on("request", lambda request: calls.append(request.url))
        # The page's own ten minutes: all its clocks strike.
        # In steps shorter than a pong is waited for.
        for _ in range(120):
            await page.clock.run_for(5_000)
            await pings.answered()
        assert pings.sent >= 2
        assert await last_statement(connection) == last
        assert calls == []
        # It is not dead: what comes is shown, and asks again.
        await talk(server, "cyd")
        await page.clock.run_for(1_000)
        await expect(console.chat("cyd")).to_have_count(1)
        assert await last_statement(connection) != last


async def test_who_waits_is_counted_again_only_after_news_and_each_five_seconds_at_most(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SWEEP_SECONDS="3600")
    await pool.execute(
        "insert into chats (chat_id, owner, last_seq, listed_at, updated_at, waiting_since,"
        " waiting_for)"
        " select 'waits-' || n, 'manager', 1, now(), now() - interval '1 day',"
        " now() - make_interval(secs => n), 'asked'"
        " from generate_series(1, 260) n"
    )
    page = await person("about:blank")
    counted: list[str] = []
    page.on("request", lambda one: counted.append(one.url) if "=waiting" in one.url else None)
    frames: asyncio.Queue[str] = asyncio.Queue()
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.put_nowait(str(frame))),
    )
    await page.clock.install()
    # A list of those who wait would know more of them.
    await page.goto(f"{server.url}/manager/inbox/closed")
    badge = page.locator(".views .n")
    await expect(badge).to_have_text(", 99+")
    await page.wait_for_load_state("networkidle")
    while json.loads(await asyncio.wait_for(frames.get(), PATIENCE / 1000))["type"] != "ready":
        pass
    await page.clock.pause_at(datetime.now() + timedelta(minutes=1))
    await page.clock.run_for(90_000)
    assert len(counted) == 1

    async def close(first: int, last: int) -> None:
        """Who waited longest is done with, and the page has heard of it."""
        wanted = {f"waits-{n}" for n in range(first, last, -1)}
        for name in wanted:
            await asyncio.to_thread(
                server.post, f"/manager/chats/{name}/status", {"status": "closed"}
            )
        while wanted:
            frame = json.loads(await asyncio.wait_for(frames.get(), PATIENCE / 1000))
            if frame["type"] == "chat" and frame["status"] == "closed":
                wanted.discard(frame["chat_id"])
        await page.clock.run_for(100)

    # More than half of those a hundred that are known; the next ones are counted.
    async with page.expect_response("**/manager/chats?filter=waiting*"):
        await close(260, 200)
    # It is drawn by the page's clock, once the page has read the answer.
    while await badge.text_content() != ", 99+":
        await page.clock.run_for(10)
    assert len(counted) == 2
    await close(200, 140)
    await page.clock.run_for(4_000)
    await expect(badge).to_have_text(", 40+")
    assert len(counted) == 2
    async with page.expect_response("**/manager/chats?filter=waiting*"):
        await page.clock.run_for(15_000)
    assert len(counted) == 3
