"""The console loads little, shows its list soon, and costs an idle database nothing (I10)."""

import asyncio
from datetime import datetime
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
    assert len(scripts) == 1, scripts
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
