"""The system's own Chromium. Where there is none the tests are skipped, and fail in CI."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A browser says so of every answer that is no success, and of a socket whose server died.
EXPECTED = ("Failed to load resource", "WebSocket connection to")

# Two cores for a server, a database and three browsers.
expect.set_options(timeout=20_000)

Person = Callable[..., Awaitable[Page]]


def chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "there is no Chromium; install the package chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
async def person(browser: Browser) -> AsyncIterator[Person]:
    """A person with a browser of their own; a page that complains fails the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    async def come(url: str, context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = await browser.new_context(locale="en-GB", **options)
            contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    yield come
    for context in contexts:
        await context.close()
    assert not complaints
