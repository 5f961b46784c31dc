"""Snooze, as managers see it: put off by key, gone on every console, and back by itself."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def in_a_moment(route: Route) -> None:
    until = datetime.now(UTC) + timedelta(seconds=3)
    body = json.loads(route.request.post_data or "{}")
    await route.continue_(post_data=json.dumps({**body, "until": until.isoformat()}))


async def test_a_chat_is_put_off_by_keys_alone_and_comes_back_by_itself(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager/inbox/open/bob"))
    colleague = Console(await person(f"{server.url}/manager/inbox/open"))
    page = console.page
    await expect(console.chat("bob")).to_be_visible()
    await page.locator(".conversation textarea").press("Alt+l")
    dialog = page.get_by_role("dialog", name="Snooze the chat")
    await expect(dialog.get_by_role("button", name="In an hour")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(dialog.get_by_role("button", name="Until they write")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    # The next chat is open, and the list has only that one. So has the colleague's.
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open/ada")
    await expect(page.get_by_text("The chat with Visitor bob is snoozed.")).to_be_visible()
    for one in (console, colleague):
        await expect(one.page.locator(".chat")).to_have_count(1)
    await page.locator("body").click(position={"x": 1, "y": 1})
    await page.keyboard.press("g")
    await page.keyboard.press("z")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/snoozed/ada")
    await expect(console.chat("bob").locator(".chip")).to_have_text("Snoozed")
    # Nobody waits for an hour here: the server is told of a time that comes soon.
    await page.route("**/bulk", in_a_moment)
    await console.choose("bob")
    await expect(page.get_by_text("Snoozed until", exact=False).first).to_be_visible()
    await page.locator(".conversation textarea").press("Alt+l")
    await page.get_by_label("Another time").press("Enter")
    await expect(page.locator(".chat")).to_have_count(0)
    await expect(colleague.page.locator(".chat").first).to_contain_text("bob")
    await colleague.choose("bob")
    await colleague.press("Snooze the chat…")
    await colleague.press("Until they write")
    await expect(colleague.page.locator(".chat")).to_have_count(1)
    async with visitor(server, "bob") as user:
        await user.say("me again")
    await expect(colleague.page.locator(".chat").first).to_contain_text("me again")
