"""The tab in which the team writes for itself, by keyboard; who is named finds it."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.people import begin, signed
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.server import Serve
from tests.tickets import manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.timeout(600)]

NOTE = "Careful with the price, "


async def test_i14_a_note_is_written_in_its_tab_and_found_by_whom_it_names(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    anna_link, carl_link = [await manager_link(pool, name) for name in ("anna", "carl")]
    user = begin(server)
    async with user.client() as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
        anna = Console(await person(f"{server.url}/manager#token={anna_link}"))
        carl = Console(await person(f"{server.url}/manager#token={carl_link}"))
        await anna.choose("hello")
        await expect(carl.chat("hello")).to_be_visible()
        # From here on with the keyboard alone.
        keys = anna.page.keyboard
        await anna.page.get_by_role("tab", name="Reply").focus()
        await keys.press("ArrowRight")
        tab = anna.page.get_by_role("tab", name="Note")
        await expect(tab).to_be_focused()
        await expect(tab).to_have_attribute("aria-selected", "true")
        # What a reply would change is not said of a note.
        await expect(anna.page.get_by_text("Sending takes the chat over")).to_have_count(0)
        await keys.press("Tab")
        field = anna.page.get_by_role("tabpanel", name="Note").get_by_role("textbox")
        await expect(field).to_be_focused()
        await keys.type(f"{NOTE}@ca")
        colleagues = anna.page.get_by_role("listbox", name="Colleagues")
        await expect(colleagues.get_by_role("option", name="Carl")).to_be_visible()
        await keys.press("Enter")
        await expect(field).to_have_value(f"{NOTE}@Carl ")
        await keys.type("please")
        await keys.press("Enter")
        note = anna.page.locator(".team-note .body")
        await expect(note).to_have_text(f"{NOTE}@Carl please")
        # Only a note that is stored has a time, and can be deleted.
        delete = anna.page.locator(".team-note").get_by_role("button", name="Delete")
        await expect(delete).to_be_visible()
        # Its place is between the messages, by time.
        await visitor.say("and how much is it?")
        await visitor.reply_to(3)
        texts = anna.page.locator(".log .body")
        await expect(texts).to_have_text(
            ["hello", "hello", f"{NOTE}@Carl please", "and how much is it?", "and how much is it?"]
        )
        mentions = carl.page.get_by_role("navigation", name="Places").get_by_role(
            "link", name="Mentions"
        )
        await expect(mentions).to_have_text("Mentions, 1")
        await mentions.click()
        row = carl.page.locator(".people a")
        await expect(row).to_contain_text(f"Anna: {NOTE}@Carl please")
        await expect(row).to_contain_text("New")
        await row.click()
        await expect(carl.page.locator(".team-note .named.me")).to_have_text("@Carl")
        await expect(mentions).to_have_text("Mentions")
        # Whoever reads it sees that it is for the team alone.
        for console in (anna, carl):
            bubble = console.page.locator(".team-note .bubble")
            await expect(bubble).to_have_css("background-color", "rgb(255, 244, 196)")
        # A reload shows it at the same place, and it is deleted for everybody.
        await anna.page.reload()
        await expect(texts).to_have_count(5)
        await expect(texts.nth(2)).to_have_text(f"{NOTE}@Carl please")
        await delete.click()
        for console in (anna, carl):
            await expect(console.page.locator(".team-note")).to_have_count(0)
        assert NOTE not in str(visitor.frames)


async def test_signing_out_asks_about_a_note_that_is_not_stored(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    link = await manager_link(pool, "anna")
    async with begin(server).client() as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
        anna = Console(await person(f"{server.url}/manager#token={link}"))
        await anna.choose("hello")
        await anna.page.route("**/notes", lambda route: route.fulfill(status=503, body="{}"))
        await anna.page.get_by_role("tab", name="Note").click()
        field = anna.page.get_by_role("tabpanel", name="Note").get_by_role("textbox")
        await field.fill(NOTE)
        await field.press("Enter")
        await expect(anna.page.locator(".team-note .mark.failed")).to_be_visible()
        await anna.sign_out()
        dialog = anna.page.get_by_role("dialog", name="Sign out")
        await expect(dialog).to_contain_text("1 message not sent")
