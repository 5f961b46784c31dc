"""The real server with 10,000 real chats: the list is soon there, and is scrolled without a jerk.

On a busy machine milliseconds of the clock say little. So the page's own work is judged as well:
the processor's time that its main thread took, on a processor that is four times slower.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, CDPSession, Page, Route

from tests.benchmarks.growth import fill
from tests.browser.conftest import ONE_LOOP, fixture
from tests.browser.frames import traced
from tests.server import Serve, Server

CHATS, MESSAGES = 10_000, 5
ROUNDS, SLOW_CPU = 5, 4
LISTED_MS, FRAME_MS = 1_000, 120
# On a machine that is busy with other things: so many times as long as an empty page takes.
SLOWER = 8
TURNS, STEP = 100, 400
EMPTY = 'data:text/html,<div class="chat"><p class="name">one</p></div>'

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]


@fixture()
async def many(shared: Serve) -> Server:
    server = shared(SWEEP_SECONDS="3600")
    if not server.get("/manager/chats").json()["chats"]:
        await fill(server.dsn, 0, CHATS, MESSAGES)
    assert server.get("/manager/chats", filter="open").json()["next_cursor"]
    return server


@fixture()
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """A tab that is open already: a new window is work for the browser, too."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.add_init_script(path=Path(__file__).parent / "quick.js")
    await page.goto(EMPTY)
    await page.evaluate("window.painted")
    yield page


class Visits:
    """First visits to an address in one tab: nothing is in the browser's cache."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self._page = page
        self._session = session

    async def _visit(self, address: str, slow: int) -> float:
        await self._page.goto(EMPTY)
        await self._session.send("Network.clearBrowserCache")
        await self._session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
        await self._page.goto(address, wait_until="commit")
        return float(await self._page.evaluate("window.painted"))

    async def painted(self, address: str) -> float:
        """Milliseconds until the first row is painted, on a slow processor."""
        return await self._visit(address, SLOW_CPU)

    async def work(self, address: str) -> float:
        """Milliseconds of a slow processor that the page itself needs until then."""
        await self._visit(address, 1)
        read = (await self._session.send("Performance.getMetrics"))["metrics"]
        took = next(one["value"] for one in read if one["name"] == "ThreadTime")
        return float(took) * 1e3 * SLOW_CPU


async def visits(page: Page) -> Visits:
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return Visits(page, session)


async def test_the_list_is_on_screen_within_a_second_of_a_slow_processor(
    many: Server, tab: Page
) -> None:
    tries, address = await visits(tab), f"{many.url}/manager"
    clock, works = [], []
    for _ in range(ROUNDS):
        clock.append((await tries.painted(address), await tries.painted(EMPTY)))
        works.append(await tries.work(address))
    print("ms until the list is painted, and an empty page:", clock)
    print("ms of the page's own work:", works)
    assert any(took < max(LISTED_MS, SLOWER * empty) for took, empty in clock)
    assert min(works) < LISTED_MS


async def test_who_asks_and_their_chats_are_asked_for_before_the_script_is_there(
    many: Server, tab: Page
) -> None:
    calls: list[str] = []
    tab.on("request", lambda request: calls.append(request.url.split("?")[0]))
    held: list[Route] = []
    await tab.route("**/console/app.js", lambda route: held.append(route))
    async with tab.expect_response("**/manager/chats?*"), tab.expect_response("**/manager/me"):
        await tab.goto(f"{many.url}/manager", wait_until="commit")
    assert len(held) == 1
    await held[0].continue_()
    assert await tab.evaluate("window.painted") > 0
    await tab.wait_for_load_state("networkidle")
    # Nothing is asked for twice: only who waits is a list of its own.
    assert calls.count(f"{many.url}/manager/me") == 1
    assert calls.count(f"{many.url}/manager/chats") == 2
    assert sum(call.endswith(".css") for call in calls) == 1


async def test_no_frame_is_slow_while_pages_come_in_and_are_scrolled(
    many: Server, tab: Page, browser: Browser
) -> None:
    worst = []
    for _ in range(3):
        # It knows a page of the list each time, and no more.
        await tab.goto(f"{many.url}/manager")
        await tab.evaluate("window.painted")
        async with traced(browser, tab) as took:
            went = await tab.evaluate("([turns, step]) => scrolls(turns, step)", [TURNS, STEP])
        assert went > 100 * 68 and len(took) > TURNS / 2
        worst.append(max(took) * SLOW_CPU)
    print("ms of work in the worst frame, on a slow processor:", worst)
    assert min(worst) < FRAME_MS
