"""Canned replies, by the keyboard alone: found while one types, filled in, never sent with gaps."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.client import visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]

FILE = "Kürzel;Text\nbye;Good bye\ntwo words;no\n".encode()


async def test_a_reply_is_found_by_its_beginning_and_never_sent_with_gaps_unseen(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, "ada") as user:
        await user.say("hello")
        await user.reply_to(1)
        console = Console(await person(f"{server.url}/manager/replies"))
        page, keys = console.page, console.page.keyboard
        # A reply of the site, and one of one's own.
        kept = (
            ("order", "Order {{order.id}} of {{visitor.name|you}} is on its way.", "Only me"),
            ("hi", "Hi, this is {{me.name}} at {{site.name}}.", "Website: "),
        )
        for shortcut, text, place in kept:
            await page.get_by_label("What one types").fill(shortcut)
            await page.get_by_label("Text", exact=True).fill(text)
            option = page.get_by_label("For whom").locator("option", has_text=place).first
            await page.get_by_label("For whom").select_option(await option.get_attribute("value"))
            await console.press("Save")
            await expect(page.get_by_text(f"/{shortcut}", exact=True)).to_be_visible()
        upload = {"name": "r.csv", "mimeType": "text/csv", "buffer": FILE}
        await page.get_by_label("Import from a CSV file").set_input_files(upload)  # type: ignore[arg-type]
        await expect(page.get_by_text("Line 3: shortcut: it must be one word")).to_be_visible()
        await expect(page.get_by_text("/bye", exact=True)).to_be_visible()
        await page.goto(f"{server.url}/manager/inbox/open/ada")
        field = page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
        await expect(field).to_be_focused()
        await keys.type("/")
        found = page.get_by_role("listbox", name="Canned replies").get_by_role("option")
        await expect(found).to_have_count(3)
        await keys.type("h")
        await expect(found.first).to_contain_text("/hi")
        await keys.press("Enter")
        await expect(field).to_have_value("Hi, this is Manager at Website.")
        await keys.press("Enter")
        said = await user.next("message", role="manager", kind="text")
        assert said["text"] == "Hi, this is Manager at Website."
        # What is not known is marked, and is not sent unseen.
        await keys.type("/ord")
        await expect(found).to_have_count(1)
        await keys.press("Tab")
        await expect(field).to_have_value("Order {{order.id}} of you is on its way.")
        await expect(page.get_by_text("Not filled in: {{order.id}}")).to_be_visible()
        marked = "f => f.value.slice(f.selectionStart, f.selectionEnd)"
        assert await field.evaluate(marked) == "{{order.id}}"
        await keys.press("Enter")
        await expect(page.get_by_text("Send once more to send it as it is.")).to_be_visible()
        await expect(field).to_have_value("Order {{order.id}} of you is on its way.")
        await keys.type("4711")
        await expect(page.get_by_text("Not filled in")).to_have_count(0)
        await keys.press("Enter")
        said = await user.next("message", role="manager", kind="text")
        assert said["text"] == "Order 4711 of you is on its way."
        # Nor is what was looked for and is not there.
        await keys.type("/nothing")
        await keys.press("Enter")
        await expect(page.get_by_text("Not filled in: /nothing. Send once more")).to_be_visible()
        await expect(field).to_have_value("/nothing")
        await field.fill("")
        # A path is none, and Escape leaves what was typed.
        await keys.type("see https://example.com/hi and /hi")
        await expect(found).to_have_count(1)
        await keys.press("Escape")
        await expect(found).to_have_count(0)
        await expect(field).to_have_value("see https://example.com/hi and /hi")
