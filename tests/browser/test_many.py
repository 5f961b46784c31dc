"""Many chats at once, as managers do it: by keys alone, and back again."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]

MADE = """
insert into chats (chat_id, site_id, owner, last_seq, last_user_seq, answered_seq, listed_at,
                   updated_at, waiting_since, waiting_for, contact_id)
select site || '-' || n, site, 'manager', 1, 1, 0, now() - make_interval(secs => n), now(),
       now() - make_interval(secs => n), 'new', gen_random_uuid()
from (values ('default', 40), ('blog', 2)) s (site, many) cross join generate_series(1, many) n
"""
SAID = """
insert into messages (chat_id, seq, role, text) select chat_id, 1, 'user', 'hello' from chats
"""
STATES = """
select chat_id, status, waiting_for, unread from chats order by chat_id
"""


async def test_forty_chats_are_closed_by_keys_alone_and_undone_but_for_what_is_refused(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0", SWEEP_SECONDS="3600")
    await pool.execute(MADE)
    await pool.execute(SAID)
    before = await pool.fetch(STATES)
    console = Console(await person(f"{server.url}/manager/inbox/open"))
    colleague = Console(await person(f"{server.url}/manager/inbox/waiting"))
    page = console.page
    for one in (page, colleague.page):
        await expect(one.locator(".chat").first).to_be_visible()
    # What nobody may change any more: it is gone while the page shows it.
    await pool.execute("delete from messages where chat_id like 'blog%'")
    await pool.execute("delete from chats where chat_id like 'blog%'")
    await page.locator(".list .chat").first.focus()
    await page.keyboard.press("Control+a")
    many = page.locator(".many")
    await expect(many.get_by_role("status").first).to_have_text("42 selected")
    await page.keyboard.press("Alt+x")
    said = "40 chats closed. Not 2: There is no such chat."
    await expect(page.locator(".toast")).to_contain_text(said)
    await expect(many).to_contain_text(said)
    await expect(many.get_by_role("status").first).to_have_text("2 selected")
    await expect(page.locator(".list .chat")).to_have_count(2)
    await expect(colleague.page.locator(".list .chat")).to_have_count(2)
    closed = await pool.fetchval("select count(*) from chats where status = 'closed'")
    assert closed == 40
    await page.keyboard.press("z")
    await expect(page.locator(".toast")).to_contain_text("Undone.")
    await expect(colleague.page.locator(".chat", has_text="defa").first).to_be_visible()
    await expect(page.locator(".chat", has_text="defa").first).to_be_visible()
    after = [row for row in before if not row["chat_id"].startswith("blog")]
    assert await pool.fetch(STATES) == after
    # Undone once: the key means nothing any more.
    await page.keyboard.press("z")
    assert await pool.fetch(STATES) == after


async def test_rows_are_selected_one_by_one_in_ranges_and_by_the_mouse(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob", "cyd", "dan")
    console = Console(await person(f"{server.url}/manager/inbox/open"))
    page = console.page
    await console.chat("dan").focus()
    await page.keyboard.press("x")
    count = page.locator(".many").get_by_role("status").first
    await expect(count).to_have_text("1 selected")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(count).to_have_text("3 selected")
    await page.keyboard.press("x")
    await expect(count).to_have_text("2 selected")
    await page.keyboard.press("Escape")
    await expect(page.locator(".many")).to_be_hidden()
    # The rows stand in the page in another order than one sees, for a moment.
    boxes = [
        page.locator(".entry", has_text=name).get_by_role("checkbox") for name in ("dan", "ada")
    ]
    await boxes[0].check(force=True)
    await boxes[1].click(modifiers=["Shift"], force=True)
    await expect(count).to_have_text("4 selected")
    # The keyboard goes on from the list to what is done.
    await page.get_by_label("Tag", exact=True).fill("vip")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text("4 chats changed.")
    await expect(page.locator(".many")).to_be_hidden()
    await expect(page.locator(".list .chat:focus")).to_have_count(1)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast")).to_contain_text("Undone.")
    found = server.request("GET", "/manager/chats").json()["chats"]
    assert not any("tags" in one for one in found)


async def test_a_closed_chat_leads_to_the_next_and_one_key_brings_it_back(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob", "cyd")
    console = Console(await person(f"{server.url}/manager/inbox/open/cyd"))
    page = console.page
    await page.locator(".conversation textarea").first.press("Alt+x")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open/bob")
    await expect(page.get_by_text("The chat with Visitor cyd is closed.")).to_be_visible()
    # Whoever writes takes back what they wrote, and no chat.
    field = page.locator(".conversation textarea").first
    await field.fill("hel")
    await page.keyboard.press("Control+z")
    await expect(console.chat("cyd")).to_have_count(0)
    await field.fill("")
    await page.keyboard.press("Control+z")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open/cyd")
    await expect(console.chat("cyd")).to_have_count(1)
    await expect(page.get_by_role("button", name="Close", exact=True)).to_be_visible()


async def test_another_one_who_changed_a_chat_keeps_it(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager/inbox/open/bob"))
    await console.page.locator(".conversation textarea").first.press("Alt+x")
    await expect(console.page.get_by_text("The chat with Visitor bob is closed.")).to_be_visible()
    answer = server.request("POST", "/manager/chats/bob/status", json={"status": "open"})
    assert answer.is_success, answer.text
    await console.page.get_by_role("button", name="Undo").click()
    refused = console.page.get_by_text("Somebody has changed this chat meanwhile.")
    await expect(refused).to_be_visible()
