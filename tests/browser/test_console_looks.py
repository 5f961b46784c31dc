"""What the console shows at a glance: faces, waits, one status, and what to do where nothing is."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import visitor
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

WAITS = """insert into chats
  (chat_id, owner, last_seq, listed_at, waiting_since, waiting_for, visitor)
  select 'waits-' || n, 'manager', 1, now(), now() - make_interval(mins => n), $2,
    json_build_object('name', 'Ada ' || n) from unnest($1::int[]) n"""
PASTE = """(field) => {
  const data = new DataTransfer();
  data.setData("text/html", "<b>bold</b><img src=x>");
  data.setData("text/plain", "bold");
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


async def test_a_wait_gets_its_colour_by_age_and_a_chat_one_status(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await pool.execute(WAITS, [0, 5, 30], "asked")
    page = await person(f"{server.url}/manager/inbox/waiting")
    names = page.locator(".chat .name")
    await expect(names).to_have_text(["Ada 30", "Ada 5", "Ada 0"])
    times = page.locator(".chat .time")
    await expect(times).to_have_text(["30 min", "5 min", "now"])
    colours = [
        await times.nth(n).evaluate("one => getComputedStyle(one).backgroundColor")
        for n in range(3)
    ]
    assert len(set(colours)) == 3
    await expect(page.locator(".chat .chip")).to_have_text(["Wants a person"] * 3)
    heights = await page.locator(".chat").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert set(heights) == {68}
    await expect(page.locator(".chat .face .avatar")).to_have_text(["A3", "A5", "A0"])


async def test_where_nothing_is_there_is_something_to_do(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    context_options = {"permissions": ["clipboard-read", "clipboard-write"]}
    page = await person(f"{server.url}/manager", **context_options)
    console = Console(page)
    key = server.get("/sites/default").json()["key"]
    line = f'<script src="{server.url}/widget.js" data-site="{key}" async></script>'
    await expect(page.locator(".empty pre")).to_have_text(line)
    await console.press("Copy")
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == line
    test_chat = page.get_by_role("link", name="Open a test chat")
    await expect(test_chat).to_have_attribute("href", f"{server.url}/manager/try?site={key}")
    await console.view("Waiting")
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    await talk(server, "ada")
    await console.press("Show open chats")
    await expect(console.chat("ada")).to_be_visible()
    # Who waits longest is one press away.
    async with visitor(server, "ada") as client:
        await client.send("human")
        await client.next("chat", waiting_for="asked")
    await console.view("Mine")
    await expect(page.get_by_text("No chat is yours")).to_be_visible()
    await console.press("Open who waits longest")
    await expect(page.locator(".conversation h2")).to_have_text("Visitor ada")


async def test_what_is_pasted_is_plain_and_marks_go_around_what_is_selected(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("ada")
    page, field = console.page, console.page.locator(".conversation textarea")
    await field.evaluate(PASTE)
    assert "<b>" not in await field.input_value()
    await field.fill("read this")
    await field.evaluate("field => field.setSelectionRange(5, 9)")
    await page.keyboard.press("ControlOrMeta+b")
    await expect(field).to_have_value("read **this**")
    await page.get_by_role("button", name="Link", exact=True).click()
    await expect(field).to_have_value("read **[this](https://)**")
    # As everything in the field, it can be undone.
    await page.keyboard.press("ControlOrMeta+z")
    await expect(field).to_have_value("read **this**")
    await field.press("Enter")
    await expect(console.page.locator(".row.manager strong")).to_have_text("this")


async def test_a_manager_has_a_language_a_colour_and_a_way_to_send(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    page = await person(f"{server.url}/manager/account#token={await manager_link(pool, 'anna')}")
    await expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    before = await page.locator(".rail .avatar").get_attribute("class")
    await page.get_by_label("Colour 3").check(force=True)
    await expect(page.locator(".rail .avatar.hue-2")).to_be_visible()
    assert before != await page.locator(".rail .avatar").get_attribute("class")
    await page.get_by_label("Deutsch").click()
    await expect(page.get_by_role("heading", name="Profil")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator(".rail .avatar.hue-2")).to_be_visible()
    await page.get_by_label("Wie im Browser").click()
    await expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    # Another manager of this browser has a way of their own.
    await page.get_by_label("Enter begins a line").check()
    await page.goto(f"{server.url}/manager/account#token={await manager_link(pool, 'ben')}")
    await expect(page.get_by_title("Ben", exact=True)).to_be_visible()
    await expect(page.get_by_label("Enter begins a line")).not_to_be_checked()
