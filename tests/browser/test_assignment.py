"""Who is responsible for a chat, as a manager sees and changes it: by key, and by click."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.client import manager, visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def test_a_chat_is_assigned_by_key_and_by_click_and_the_assistant_goes_on(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    team = server.request("PUT", "/manager/teams/sales", json={"name": "Sales"})
    assert team.is_success, team.text
    async with visitor(server, "ada") as user, manager(server) as colleague:
        await user.say("hello")
        await user.reply_to(1)
        console = Console(await person(f"{server.url}/manager/inbox/unassigned"))
        page = console.page
        await console.choose("ada")
        who, teams = page.get_by_label("Person"), page.get_by_label("Team", exact=True)
        await expect(who).to_have_value("")
        await teams.select_option("Sales")
        await colleague.next("chat", chat_id="ada", team={"id": "sales", "name": "Sales"})
        await page.locator("body").click(position={"x": 1, "y": 1})
        await page.keyboard.press("Alt+a")
        await expect(who).to_have_value("manager")
        await expect(page.locator(".chat")).to_have_count(0)
        await user.say("still there?")
        await user.reply_to(3)
        await page.get_by_role("link", name="Mine", exact=True).click()
        await expect(console.chat("ada")).to_be_visible()
        await who.select_option("Nobody")
        await expect(page.locator(".chat")).to_have_count(0)
        assert (await colleague.next("chat", chat_id="ada")).get("owner") == "assistant"
