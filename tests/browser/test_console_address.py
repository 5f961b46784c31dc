"""What the console shows has an address: it is reloaded, linked, bookmarked, opened elsewhere."""

import pytest
from playwright.async_api import Page, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

NAMES = ".chat .name"


async def shows(page: Page, url: str, view: str, chat: str = "") -> None:
    """The page is at this address, shows this view and this chat, and does so after a reload."""
    for _ in range(2):
        await expect(page).to_have_url(url)
        await expect(page.locator(".views a[aria-current]")).to_have_text(view)
        if chat:
            await expect(page.locator(".conversation h2")).to_have_text(chat)
        else:
            await expect(page.locator(".conversation")).to_have_count(0)
        await page.reload()


async def test_each_view_and_each_chat_has_an_address(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    at = f"{server.url}/manager/inbox"
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await shows(page, f"{at}/open", "Open")
    await console.choose("ada")
    await shows(page, f"{at}/open/ada", "Open", "Visitor ada")
    await console.view("All")
    await shows(page, f"{at}/all/ada", "All", "Visitor ada")
    # A bookmark of it, in a page that knows nothing; one step back is its list.
    page = await person(f"{at}/all/ada", page.context)
    await shows(page, f"{at}/all/ada", "All", "Visitor ada")
    await page.go_back()
    await shows(page, f"{at}/all", "All")
    await Console(page).view("Closed")
    await expect(page.get_by_role("heading", name="No closed chats")).to_be_visible()
    await page.go_back()
    await expect(page.locator(NAMES)).to_have_text(["Visitor bob", "Visitor ada"])
    # What there is not, the first view stands for.
    await page.goto(f"{at}/nonsense")
    await shows(page, f"{at}/open", "Open")


async def test_old_links_to_a_chat_still_open_it(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob", "..")
    at = f"{server.url}/manager/inbox/open"
    page = await person(f"{server.url}/manager#chat=ada")
    await shows(page, f"{at}/ada", "Open", "Visitor ada")
    # In the page that is open, too.
    await page.evaluate("location.hash = '#chat=bob'")
    await shows(page, f"{at}/bob", "Open", "Visitor bob")
    # A browser takes this one's name out of a path.
    await Console(page).choose("..")
    await shows(page, f"{at}#chat=..", "Open", "Visitor ..")


async def test_a_search_is_in_the_address_and_is_no_step_of_its_own(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    page = await person(f"{server.url}/manager")
    await page.get_by_role("searchbox").fill("from bob")
    await expect(page.locator(NAMES)).to_have_text(["Visitor bob"])
    await expect(page).to_have_url(f"{server.url}/manager/inbox/all?q=from+bob")
    await page.reload()
    await expect(page.get_by_role("searchbox")).to_have_value("from bob")
    await expect(page.locator(NAMES)).to_have_text(["Visitor bob"])
    await page.locator(".chat").click()
    await expect(page).to_have_url(f"{server.url}/manager/inbox/all/bob?q=from+bob")
    await page.go_back()
    await page.get_by_role("searchbox").fill("")
    await shows(page, f"{server.url}/manager/inbox/open", "Open")


async def test_a_chat_opens_in_a_new_tab(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager"))
    # A row may move as long as others come.
    await expect(console.page.locator(".chat")).to_have_count(2)
    await console.page.wait_for_load_state("networkidle")
    async with console.page.context.expect_page() as opened:
        await console.chat("ada").click(modifiers=["ControlOrMeta"])
    tab = await opened.value
    await shows(tab, f"{server.url}/manager/inbox/open/ada", "Open", "Visitor ada")
    await expect(console.page.locator(".conversation")).to_have_count(0)


async def test_a_sign_in_link_works_at_every_address(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    for place in ("/inbox", "/inbox/waiting", "/inbox/waiting/ada", "/account"):
        token = await manager_link(pool)
        page = await person(f"{server.url}/manager{place}#token={token}")
        await expect(page.locator(".console")).to_be_visible()
        assert token not in page.url
        await page.context.close()
    page = await person(f"{server.url}/manager/inbox/waiting")
    await page.locator("#token").fill(await manager_link(pool))
    await page.get_by_role("button", name="Sign in").click()
    await shows(page, f"{server.url}/manager/inbox/waiting", "Waiting")
