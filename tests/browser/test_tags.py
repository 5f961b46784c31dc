"""Tags, as managers see them: set by key and click, and a way to the chats that have one."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import manager
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def test_a_chat_is_tagged_by_key_and_its_tag_leads_to_those_that_have_it(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    async with manager(server) as colleague:
        console = Console(await person(f"{server.url}/manager/inbox/open/ada"))
        page = console.page
        await expect(page.locator(".conversation textarea").first).to_be_focused()
        await page.keyboard.press("Alt+g")
        await expect(page.get_by_label("Add a tag")).to_be_focused()
        for name in ("vip", "#late"):
            await page.keyboard.type(name)
            await page.keyboard.press("Enter")
        tags = page.locator(".tags li")
        await expect(tags).to_have_count(2)
        await expect(page.locator(".conversation .about")).to_contain_text("#late · #vip")
        await colleague.next("chat", chat_id="ada")
        await page.get_by_role("button", name="Take away late").click()
        await expect(tags).to_have_count(1)
        await tags.get_by_role("link", name="#vip").click()
        await expect(page.get_by_role("searchbox")).to_have_value("#vip")
        await expect(page.locator(".chat")).to_have_count(1)
        await expect(console.chat("ada")).to_be_visible()
        # In a narrow window the key shows the details first.
        await page.set_viewport_size({"width": 900, "height": 700})
        await page.keyboard.press("Alt+g")
        await expect(page.get_by_label("Add a tag")).to_be_focused()
