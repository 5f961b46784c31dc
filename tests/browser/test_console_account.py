"""The account page: one's name, where one is signed in, and what one's programs sign in with."""

import pytest
from playwright.async_api import Page, expect

from core.store.database import Pool
from tests.access.people import call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.browser.test_looks import serious
from tests.client import Client
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link, user_ticket

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


async def link_of(page: Page) -> str:
    """A link for another device, as the page makes it."""
    await page.get_by_role("button", name="Another device").click()
    field = page.locator("#device-link")
    await expect(field).not_to_have_value("")
    link = await field.input_value()
    await page.keyboard.press("Escape")
    return link


async def test_a_sign_in_is_ended_from_another_and_its_page_knows_at_once(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    here = await person(f"{server.url}/manager/account#token={await manager_link(pool, 'anna')}")
    section = here.get_by_role("region", name="Where you are signed in")
    await expect(section.get_by_role("listitem")).to_have_count(1)
    await expect(section.get_by_role("listitem")).to_contain_text("This browser")
    await expect(section.get_by_role("button")).to_have_count(0)
    there = await person(await link_of(here), user_agent=PHONE)
    await expect(there.locator(".console")).to_be_visible()
    await here.reload()
    phone = section.get_by_role("listitem").filter(has_text="Safari · iPhone")
    await expect(phone).to_have_count(1)
    end = phone.get_by_role("button", name="End")
    # The first press asks; whoever goes elsewhere has not meant it.
    await end.click()
    await expect(phone.get_by_role("button", name="End it now? Safari · iPhone")).to_be_focused()
    await here.keyboard.press("Tab")
    await expect(end).to_have_text("End Safari · iPhone")
    await end.click()
    await end.click()
    await expect(section.get_by_role("listitem")).to_have_count(1)
    # No reload and no click: its socket ended, and its next call was refused.
    await expect(there.get_by_text("You are not signed in any more.")).to_be_visible()
    await expect(here.locator(".banner")).to_be_hidden()
    again = await person(await link_of(here))
    await expect(again.locator(".console")).to_be_visible()
    await here.reload()
    others = section.get_by_role("button", name="End all others")
    await others.click()
    await others.click()
    await expect(again.get_by_text("You are not signed in any more.")).to_be_visible()
    await expect(others).to_be_hidden()
    await expect(here.get_by_role("heading", name="Account")).to_be_visible()


async def test_a_token_is_made_shown_once_copied_and_revoked(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    page = await person(
        f"{server.url}/manager/account#token={await manager_link(pool, 'anna')}",
        permissions=["clipboard-read", "clipboard-write"],
        bypass_csp=True,
    )
    section = page.get_by_role("region", name="API tokens")
    await expect(section.get_by_text("You have no API tokens.")).to_be_visible()
    await section.get_by_label("What uses the token").fill("Weekly report")
    await page.keyboard.press("Enter")
    await expect(section.get_by_text("New token for Weekly report")).to_be_visible()
    await section.get_by_role("button", name="Copy").click()
    await expect(section.get_by_role("button", name="Copied")).to_be_visible()
    token = await page.evaluate("navigator.clipboard.readText()")
    assert call(server, "GET", "/manager/me", token).json()["id"] == "anna"
    assert not await serious(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    for room in (".page", "html"):
        wide = await page.locator(room).evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 0, (room, wide)
    # Who comes back finds its name, and not its secret.
    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("link", name="Account").click()
    row = section.get_by_role("listitem").filter(has_text="Weekly report")
    await expect(row).to_contain_text("Last used on")
    assert token not in await page.content()
    assert await page.evaluate(
        "t => [...document.querySelectorAll('input')].every(one => one.value !== t)", token
    )
    revoke = row.get_by_role("button", name="Revoke")
    await revoke.click()
    await revoke.click()
    await expect(section.get_by_text("You have no API tokens.")).to_be_visible()
    assert call(server, "GET", "/manager/me", token).status_code == 401


async def test_visitors_read_the_name_that_a_manager_gives_themselves(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    page = await person(f"{server.url}/manager/account#token={await manager_link(pool, 'anna')}")
    field = page.get_by_label("Your name")
    await field.fill("Grace Hopper")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(page.locator(".rail").get_by_title("Grace Hopper")).to_contain_text("GH")
    # What the server refuses is said, and the name stays.
    await field.fill("\u2800")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".banner")).to_be_visible()
    await expect(page.locator(".rail").get_by_title("Grace Hopper")).to_be_visible()
    ticket = await user_ticket(pool, "ada")
    async with Client(server, f"/ws?ticket={ticket}") as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
        await page.get_by_role("link", name="Inbox").click()
        console = Console(page)
        await console.choose("ada")
        await console.say("I am here")
        heard = await visitor.next("message", text="I am here")
        assert heard["author"]["name"] == "Grace Hopper"


async def test_who_gave_no_name_has_a_face_of_their_own(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    for _ in range(6):
        made = server.post("/chats", {}).json()
        async with Client(server, f"/ws?chat_id={made['chat_id']}") as visitor:
            await visitor.say("hello")
    page = await person(f"{server.url}/manager")
    faces = page.locator(".chat .face .avatar:has(.pattern)")
    await expect(faces).to_have_count(6)
    read = "all => all.map(one => one.className + one.querySelector('path').getAttribute('d'))"
    before: list[str] = await faces.evaluate_all(read)
    assert len(set(before)) == 6
    await page.reload()
    await expect(faces).to_have_count(6)
    assert await faces.evaluate_all(read) == before


async def test_nothing_of_the_account_page_stands_behind_the_entries_of_a_phone(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    page = await person(f"{server.url}/manager/account", viewport={"width": 390, "height": 844})
    room = await page.locator(".page").bounding_box()
    rail = await page.locator(".rail").bounding_box()
    assert room and rail and room["y"] + room["height"] <= rail["y"] + 1
    assert await page.locator(".page").evaluate("one => one.scrollWidth <= one.clientWidth")
