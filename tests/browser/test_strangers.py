"""Pages of other sites in a real browser: what they may not, and the widget where it may be."""

from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright, expect

from core.store.database import Pool
from tests.access.test_managers import token_in
from tests.browser.conftest import FLAGS, ONE_LOOP, Person, chromium
from tests.browser.pages import Widget
from tests.browser.sites import Site
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link

pytestmark = ONE_LOOP

OPEN_A_SOCKET = """(url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve("open");
  socket.onclose = () => resolve("closed");
})"""
CALL = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return `${answer.type} ${answer.status}`;
  } catch { return "failed"; }
}"""


async def test_the_widget_works_on_a_site_that_is_allowed(
    serve: Serve, site: Site, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    site.html = f'<!doctype html><h1>A shop</h1><script src="{server.url}/widget.js"></script>'
    page = await person(f"{site.url}/")
    visitor = await Widget(page).open()
    await visitor.say("from a shop")
    await expect(visitor.message("from a shop")).to_have_count(2)
    # It is remembered there, and touched nothing but its own element.
    await page.reload()
    visitor = Widget(page)
    # It is open, as it was.
    await expect(visitor.message("from a shop")).to_have_count(2)
    assert await page.evaluate("document.body.children.length") <= 3
    assert await page.locator("h1").inner_text() == "A shop"


async def test_the_widget_is_refused_on_a_site_that_is_not(
    serve: Serve, site: Site, pool: Pool, browser: Browser
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ALLOWED_ORIGINS="https://shop.example")
    site.html = f'<!doctype html><script src="{server.url}/widget.js"></script>'
    page = await browser.new_page()
    await page.goto(f"{site.url}/")
    visitor = await Widget(page).open()
    await visitor.say("let me in")
    await expect(page.locator(".panel .banner")).to_be_visible()
    assert await pool.fetchval("select count(*) from messages") == 0


async def test_a_foreign_page_can_neither_open_a_socket_nor_act_as_a_signed_in_manager(
    serve: Serve, site: Site, pool: Pool, browser: Browser
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    token, site.html = token_in(server.printed), "<!doctype html><p>evil"
    # The manager's own browser, which holds the cookie; both sites are the same host to it.
    context = await browser.new_context()
    own = await context.new_page()
    await own.goto(f"{server.url}/manager#token={token}")
    await expect(own.get_by_text("No open chats")).to_be_visible()
    assert any(cookie.get("httpOnly") for cookie in await context.cookies())
    assert await own.evaluate("document.cookie") == ""
    asked = {"method": "POST", "credentials": "include", "body": "{}"}
    json_asked = {**asked, "headers": {"content-type": "application/json"}}
    ticket = await own.evaluate(
        "async () => (await (await fetch('/tickets', {method: 'POST', body: '{}',"
        " headers: {'content-type': 'application/json'}})).json()).ws_url"
    )
    foreign = await context.new_page()
    await foreign.goto(f"{site.url}/")
    # Even with a ticket that is good, which it cannot have.
    assert await foreign.evaluate(OPEN_A_SOCKET, ticket) == "closed"
    for path in ("/tickets", "/manager/broadcast", "/manager/session"):
        assert await foreign.evaluate(CALL, [server.url + path, json_asked]) == "failed"
        simple = {**asked, "mode": "no-cors"}
        assert await foreign.evaluate(CALL, [server.url + path, simple]) == "opaque 0"
    assert await foreign.evaluate(CALL, [f"{server.url}/manager/me", {}]) == "failed"
    assert (
        await foreign.evaluate(
            "(url) => new Promise((done) => { const f = document.createElement('iframe');"
            " f.onload = () => { try { done(f.contentDocument ? 'read' : 'blocked') }"
            " catch { done('blocked') } }; f.src = url; document.body.append(f) })",
            f"{server.url}/manager",
        )
        == "blocked"
    )
    # Its own page still may, and opens its socket.
    assert await own.evaluate(OPEN_A_SOCKET, ticket) == "open"
    assert await pool.fetchval("select count(*) from tickets") == 0
    assert await pool.fetchval("select count(*) from broadcasts") == 0
    assert await pool.fetchval("select count(*) from sign_ins") == 1


async def test_a_name_that_was_rebound_to_this_machine_is_refused(shared: Serve) -> None:
    server = shared()
    port = urlsplit(server.url).port
    rebound = [*FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=rebound)
        page = await launched.new_page()
        answer = await page.goto(f"http://evil.example:{port}/manager")
        assert answer is not None and answer.status == 403
        address = f"ws://evil.example:{port}/manager/ws"
        assert await page.evaluate(OPEN_A_SOCKET, address) == "closed"
        assert await page.evaluate(CALL, [f"http://evil.example:{port}/manager/chats", {}]) == (
            "basic 403"
        )
        await launched.close()


async def weight(page: Page) -> dict[str, int]:
    """What was loaded of the widget, and its bytes on the wire."""
    loaded = await page.evaluate(
        "performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])"
    )
    widgets = {name: size for name, size in loaded if "/v/" in name or "widget.js" in name}
    return {name: size for name, size in widgets.items() if "demo" not in name}


async def test_a_page_loads_little_of_the_widget_before_anybody_presses_the_button(
    shared: Serve, person: Person
) -> None:
    page = await person(f"{shared().url}/")
    await expect(page.locator(".launcher")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    before = await weight(page)
    # Everything came, and compressed.
    assert len(before) == 2 and all(before.values()), before
    assert sum(before.values()) <= 4_500, before
    await Widget(page).open()
    whole = await weight(page)
    assert len(whole) == 3 and all(whole.values()), whole
    assert sum(whole.values()) <= 34_000, whole


async def test_a_removed_managers_console_asks_to_sign_in(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    page = await person(f"{server.url}/manager#token={await manager_link(pool, 'anna')}")
    await expect(page.get_by_text("No open chats")).to_be_visible()
    await pool.execute("select remove_manager('anna')")
    await page.reload()
    await expect(page.locator("#token")).to_be_visible()
    await page.locator("#token").fill("sbm_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("This link is not good any more")).to_be_visible()
