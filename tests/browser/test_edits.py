"""A manager edits and deletes what they sent, by keyboard; the visitor's page shows it."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.people import signed
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.server import Serve
from tests.tickets import manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.timeout(600)]

GONE = "This message was deleted"


async def test_a_manager_edits_and_deletes_by_keyboard_and_the_visitor_sees_it(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    link = await manager_link(pool, "anna")
    widget = await Widget(await person(server.url)).open()
    await widget.say("How much is it?")
    await expect(widget.message("How much is it?")).to_have_count(2)
    anna = Console(await person(f"{server.url}/manager#token={link}"))
    await anna.choose("How much is it?")
    page, keys = anna.page, anna.page.keyboard
    field = page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
    for text in ("It is 9 euros.", "It is red."):
        await anna.say(text)
        await expect(widget.message(text)).to_have_count(1)
    # From here on with the keyboard alone. A text that is begun is another thing.
    await field.focus()
    await keys.type("Begun")
    await keys.press("ArrowUp")
    await expect(field).to_have_value("Begun")
    await field.fill("")
    await keys.press("ArrowUp")
    await expect(field).to_have_value("It is red.")
    bar = page.get_by_text("You are editing a message")
    await expect(bar).to_be_visible()
    # Esc leaves the message, and not the field.
    await keys.type(" Not.")
    await keys.press("Escape")
    await expect(bar).to_be_hidden()
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    await keys.press("ArrowUp")
    await expect(field).to_have_value("It is red.")
    await keys.press("ControlOrMeta+A")
    await keys.type("It is **blue**.")
    await keys.press("Enter")
    await expect(bar).to_be_hidden()
    await expect(field).to_have_value("")
    for one in (page.locator(".log"), widget.page.locator(".panel .log")):
        edited = one.locator(".bubble", has_text="It is blue.")
        await expect(edited.locator("strong")).to_have_text("blue")
        await expect(edited.locator(".edited")).to_have_text("edited")
        await expect(one.locator(".edited")).to_have_count(1)
        await expect(one).not_to_contain_text("red")
    # The one before it is deleted: from its own button, which asks first.
    row = page.locator(".row", has_text="It is 9 euros.")
    await row.get_by_role("button", name="Delete").focus()
    await keys.press("Enter")
    sure = page.get_by_role("button", name="Really delete?")
    await expect(sure).to_be_focused()
    await keys.press("Enter")
    for one in (page.locator(".log"), widget.page.locator(".panel .log")):
        await expect(one.locator(".bubble.erased")).to_have_text(GONE)
        await expect(one).not_to_contain_text("9 euros")
    # An empty text means to delete, and asks as well.
    await field.focus()
    await keys.press("ArrowUp")
    await keys.press("ControlOrMeta+A")
    await keys.press("Backspace")
    await keys.press("Enter")
    await expect(sure).to_be_focused()
    await keys.press("Enter")
    await expect(widget.page.locator(".panel .bubble.erased")).to_have_count(2)
    await expect(field).to_be_focused()
    await keys.press("ArrowUp")
    await expect(bar).to_be_hidden()
    await expect(page.locator(".chat")).to_contain_text(GONE)


async def test_a_visitor_who_was_offline_sees_the_new_words(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    link = await manager_link(pool, "anna")
    widget = await Widget(await person(server.url)).open()
    await widget.say("How much is it?")
    await expect(widget.message("How much is it?")).to_have_count(2)
    anna = Console(await person(f"{server.url}/manager#token={link}"))
    await anna.choose("How much is it?")
    for text in ("It is 9 euros.", "It is red."):
        await anna.say(text)
        await expect(widget.message(text)).to_have_count(1)
    colleague = Console(await person(f"{server.url}/manager#token={await manager_link(pool)}"))
    await colleague.choose("It is red.")
    await expect(colleague.page.locator(".log")).to_contain_text("It is red.")
    # What somebody else wrote cannot be changed.
    await expect(colleague.page.locator(".row").get_by_role("button", name="Edit")).to_have_count(0)
    away = (widget.page, colleague.page)
    for one in away:
        await one.context.set_offline(True)
        await expect(one.get_by_text("Connection lost")).to_be_visible()
    edit = anna.page.locator(".row", has_text="It is red.").get_by_role("button", name="Edit")
    await edit.press("Enter")
    field = anna.page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
    await field.fill("It is blue.")
    await field.press("Enter")
    await expect(anna.page.locator(".edited")).to_have_count(1)
    # The field is a reply's again. It must not take the focus from what is asked below.
    await expect(field).to_have_value("")
    row = anna.page.locator(".row", has_text="It is 9 euros.")
    await row.get_by_role("button", name="Delete").press("Enter")
    await anna.page.get_by_role("button", name="Really delete?").press("Enter")
    await expect(anna.page.locator(".bubble.erased")).to_have_count(1)
    for one in away:
        await one.context.set_offline(False)
        log = one.locator(".log")
        await expect(log).to_contain_text("It is blue.")
        await expect(log.locator(".edited")).to_have_count(1)
        await expect(log.locator(".bubble.erased")).to_have_text(GONE)
        await expect(log).not_to_contain_text("red")
        await expect(log).not_to_contain_text("9 euros")


async def test_a_manager_quotes_a_message_in_the_answer(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    link = await manager_link(pool, "anna")
    widget = await Widget(await person(server.url)).open()
    await widget.say("How much is it?")
    await expect(widget.message("How much is it?")).to_have_count(2)
    anna = Console(await person(f"{server.url}/manager#token={link}"))
    await anna.choose("How much is it?")
    page, keys = anna.page, anna.page.keyboard
    field = page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
    # There is something to quote.
    await expect(anna.page.locator(".log .body")).to_have_count(2)
    await field.focus()
    await keys.type("9 euros.")
    await keys.press("Alt+Q")
    await expect(field).to_have_value("> How much is it?\n\n9 euros.")
    await keys.type(" Each.")
    await keys.press("Enter")
    said = widget.page.locator(".panel .row.manager .body")
    await expect(said.locator("blockquote")).to_have_text("How much is it?")
    await expect(said).to_contain_text("9 euros. Each.")
    # With the mouse, also from the tab of the notes; what is quoted there already is left out.
    await page.get_by_role("tab", name="Note").click()
    row = page.locator(".row.manager", has_text="9 euros. Each.")
    await row.hover()
    await row.get_by_role("button", name="Quote").click()
    await expect(field).to_be_focused()
    await expect(field).to_have_value("> 9 euros. Each.\n\n")


async def test_a_manager_saves_the_chat_as_a_file(serve: Serve, pool: Pool, person: Person) -> None:
    server = signed(serve)
    link = await manager_link(pool, "anna")
    widget = await Widget(await person(server.url)).open()
    await widget.say("How much is it?")
    await expect(widget.message("How much is it?")).to_have_count(2)
    page = await person(f"{server.url}/manager#token={link}", timezone_id="Asia/Tokyo")
    anna = Console(page)
    await anna.choose("How much is it?")
    formats = page.get_by_role("group", name="Save as")
    for name, ending in (("Text", "txt"), ("Page", "html"), ("Data", "json")):
        async with page.expect_download() as download:
            await formats.get_by_role("link", name=name).click()
        file = await download.value
        assert file.suggested_filename.endswith(f".{ending}")
        text = (await file.path()).read_text()
        assert text.count("How much is it?") >= 2
        if ending != "json":
            assert "(Asia/Tokyo)" in text and " +09:00" in text
