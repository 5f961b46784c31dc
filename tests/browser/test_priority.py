"""Priority, as managers see it: set by key, seen in list and heading, and what to search by."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import manager
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def test_a_chat_is_made_urgent_by_keys_and_every_console_shows_and_finds_it(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    async with manager(server) as colleague:
        console = Console(await person(f"{server.url}/manager/inbox/open/ada"))
        page = console.page
        await expect(page.locator(".conversation textarea").first).to_be_focused()
        await expect(console.message("hello from ada").first).to_be_visible()
        await expect(page.locator(".conversation .about")).to_contain_text("Assistant")
        await page.keyboard.press("Alt+p")
        field = page.locator("#chat-priority")
        await expect(field).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowUp")
        await colleague.next("chat", chat_id="ada", priority="urgent")
        await expect(page.locator(".conversation .about")).to_contain_text("Urgent")
        mark = console.chat("ada").locator(".presses")
        await expect(mark).to_have_text("Urgent")
        await expect(console.chat("bob").locator(".presses")).to_be_hidden()
        await page.get_by_role("searchbox").fill("priority:urgent")
        await expect(page.locator(".chat")).to_have_count(1)
        await expect(mark).to_be_visible()
        await page.reload()
        await expect(page.locator(".chat")).to_have_count(1)
        await expect(field).to_have_value("urgent")
        await field.select_option("normal")
        await colleague.next("chat", chat_id="ada")
        await expect(mark).to_be_hidden()
