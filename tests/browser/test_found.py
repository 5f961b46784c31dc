"""What a search found, and what a broadcast leaves as it is."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]


async def test_a_search_shows_why_it_found_a_chat_and_opens_it_there(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    await pool.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'ada', n, 'user', case n when 20 then 'where is my **parcel**?'"
        " else 'message ' || n end from generate_series(3, 400) n"
    )
    await pool.execute("update chats set last_seq = 400, last_user_seq = 400 where chat_id = 'ada'")
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await page.get_by_role("searchbox").fill("parc")
    await page.keyboard.press("Enter")
    await expect(page.locator(".chat")).to_have_count(1)
    await expect(page.locator(".chat .line")).to_have_text("where is my **parcel**?")
    await expect(page.locator(".chat .line mark")).to_have_text("parc")
    await expect(page.locator(".chat")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".row.found .body")).to_have_text("where is my **parcel**?")
    await expect(page.locator(".row.found")).to_be_in_viewport()


async def test_a_broadcast_leaves_the_list_as_it_is_and_its_result_stands_alone(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    async with visitor(server, "ada"):
        console = Console(await person(f"{server.url}/manager"))
        page = console.page
        names = page.locator(".chat .name")
        await expect(names).to_have_text(["Visitor bob", "Visitor ada"])
        await page.get_by_role("button", name="Broadcast").click()
        await page.get_by_label("Only who is online now").check()
        await expect(page.get_by_text("Reaches 1 chat")).to_be_visible()
        await page.locator("#broadcast-text").fill("We close at five.")
        # What is written is kept.
        await page.keyboard.press("Escape")
        await page.reload()
        await page.get_by_role("button", name="Broadcast").click()
        await expect(page.locator("#broadcast-text")).to_have_value("We close at five.")
        await page.get_by_label("Only who is online now").check()
        await expect(page.get_by_text("Reaches 1 chat")).to_be_visible()
        await console.press("Continue")
        await console.press("Send to 1 chat")
        await expect(page.get_by_text("Finished", exact=True)).to_be_visible()
        await expect(page.locator("#broadcast-text")).to_be_hidden()
        await expect(page.get_by_role("radio")).to_have_count(0)
        await console.press("Done")
        await expect(console.chat("ada").locator(".line")).to_contain_text("We close at five")
        await expect(names).to_have_text(["Visitor bob", "Visitor ada"])
        await page.reload()
        await expect(names).to_have_text(["Visitor bob", "Visitor ada"])


@pytest.mark.inbox
async def test_a_note_is_found_by_keys_with_filters_and_opened_there(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    await pool.execute(
        "insert into messages (chat_id, seq, role, text)"
        " select 'ada', n, 'user', 'message ' || n from generate_series(3, 400) n"
    )
    await pool.execute("update chats set last_seq = 400, last_user_seq = 400 where chat_id = 'ada'")
    await pool.execute(
        "insert into notes (chat_id, text, author_id, author_name, created_at)"
        " select 'ada', case n when 1 then 'The parcel is lost.' else 'note ' || n end,"
        " 'anna', 'Anna', now() - make_interval(hours => 100 - n) from generate_series(1, 80) n"
    )
    await pool.execute(
        "update messages set created_at = now() - interval '200 hours' where seq < 9"
    )
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await expect(console.chat("bob")).to_be_visible()
    await page.locator("body").press("f")
    await expect(page.locator("#narrow-from")).to_be_focused()
    await page.get_by_label("Words stand in").select_option("notes")
    await expect(page.get_by_role("searchbox")).to_have_value("in:notes")
    await page.get_by_role("searchbox").fill("parc in:notes")
    await page.keyboard.press("Enter")
    await expect(page.locator(".chat")).to_have_count(1)
    await expect(page.locator(".chat .line")).to_have_text("Note: The parcel is lost.")
    await expect(page.locator(".chat .line mark")).to_have_text("parc")
    await expect(page.locator(".chat")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".team-note.found .body")).to_have_text("The parcel is lost.")
    await expect(page.locator(".team-note.found")).to_be_in_viewport()
    await page.get_by_role("searchbox").fill("from:nobody")
    await expect(page.locator(".empty")).to_contain_text("There is nobody “nobody” in the team")


async def test_fields_that_narrow_a_search_show_it_after_going_back_and_clear_all(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    page, asked = console.page, console.page.get_by_role("searchbox")
    await expect(console.chat("ada")).to_be_visible()
    await page.locator("body").press("f")
    where, priority = page.locator("#narrow-in"), page.locator("#narrow-priority")
    await where.select_option("notes")
    await expect(asked).to_have_value("in:notes")
    before = page.url
    await page.locator("nav.views a:not([aria-current])").first.click()
    await page.wait_for_function("before => location.href !== before", arg=before)
    await priority.select_option("urgent")
    await expect(asked).to_have_value("in:notes priority:urgent")
    await page.go_back()
    await expect(asked).to_have_value("in:notes")
    await expect(priority).to_have_value("")
    await asked.fill("#one hello #two in:messages")
    await expect(where).to_have_value("messages")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(asked).to_have_value("hello")
    await expect(where).to_have_value("")
