"""The system's own Chromium. Where there is none the tests are skipped, and fail in CI."""

import functools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

from core.store import database
from tests.browser.sites import Site
from tests.lacking import lacking

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A browser says so of every answer that is no success, of a socket whose server died, and of a
# site's animation between two pages when the next visit begins before its end.
EXPECTED = ("Failed to load resource", "WebSocket connection to", "Transition was skipped")

# Nothing takes that long; on a machine that is busy with other things it may.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

Person = Callable[..., Awaitable[Page]]


def chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        lacking("there is no Chromium; install the package chromium")
    return found


# All run on one loop, because the browser lives on it.
ONE_LOOP = pytest.mark.asyncio(loop_scope="session")
fixture = functools.partial(pytest_asyncio.fixture, loop_scope="session")


@fixture(scope="session")
async def browser_of_run() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        await launched.close()


@fixture()
async def browser(browser_of_run: Browser) -> AsyncIterator[Browser]:
    """The run's browser; what a test leaves open in it is closed."""
    yield browser_of_run
    for context in browser_of_run.contexts:
        await context.close()


@fixture()
async def pool(dsn: str) -> AsyncIterator[database.Pool]:
    """The usual one, on this loop."""
    opened = await database.open_pool(dsn, 5)
    yield opened
    await database.close_pool(opened)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@fixture()
async def person(browser: Browser) -> AsyncIterator[Person]:
    """A person with a browser of their own; a page that complains fails the test."""
    complaints: list[str] = []

    def complain(text: str) -> None:
        if not text.startswith(EXPECTED):
            complaints.append(text)

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            complain(message.text)

    async def come(url: str, context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = await browser.new_context(locale="en-GB", **options)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", heard)
        page.on("pageerror", lambda error: complain(str(error)))
        await page.goto(url)
        return page

    yield come
    assert not complaints
