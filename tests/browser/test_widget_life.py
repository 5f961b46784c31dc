"""The widget's life on a page: how it comes, goes, is moved, copied and found again."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Widget
from tests.browser.sites import Site, Sockets
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]

LIVE = "document.querySelectorAll('switchboard-chat').length"


@pytest.fixture
def server(serve: Serve, site: Site) -> Server:
    return serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)


def script(server: Server, attributes: str = "async") -> str:
    return f'<script src="{server.url}/widget.js" {attributes}></script>'


async def begun(page: Page) -> Widget:
    """A chat in which something was said."""
    widget = await Widget(page).open()
    await widget.say("hello")
    await expect(widget.message("hello")).to_have_count(2)
    return widget


async def test_what_a_page_does_to_the_element_leaves_one_chat_with_one_socket(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"<!doctype html><head>{script(server)}</head><body><main><p>shop</p></main></body>"
    page = await person(f"{site.url}/")
    sockets = Sockets(page)
    widget = await begun(page)
    # A router takes a copy of the body, swaps the body, and brings the copy back.
    await page.evaluate("""() => {
        document.querySelector('main').append(document.querySelector('switchboard-chat'));
        window.kept = document.body.cloneNode(true);
        document.body.replaceWith(document.createElement('body'));
    }""")
    await expect(widget.message("hello").first).to_be_visible()
    await page.evaluate("document.body.replaceWith(window.kept)")
    await expect(page.locator("main p")).to_be_visible()
    await expect(widget.root).to_have_count(1)
    # The whole document is written anew, inside and out.
    await page.evaluate("document.documentElement.innerHTML = '<head></head><body>new</body>'")
    await expect(widget.message("hello").first).to_be_visible()
    await page.evaluate("""() => {
        const html = document.createElement('html');
        html.append(document.createElement('head'), document.createElement('body'));
        document.documentElement.replaceWith(html);
    }""")
    await expect(widget.message("hello").first).to_be_visible()
    await widget.say("still here")
    await expect(widget.message("still here")).to_have_count(2)
    await expect(widget.root).to_have_count(1)
    assert (len(sockets.all), sockets.open) == (1, 1)


async def test_who_takes_the_element_out_ends_its_socket_and_may_put_it_back(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"<!doctype html>{script(server)}<p>shop"
    page = await person(f"{site.url}/")
    sockets = Sockets(page)
    widget = await begun(page)
    async with sockets.all[0].expect_event("close"):
        await page.evaluate("(window.chat = document.querySelector('switchboard-chat')).remove()")
    await page.evaluate("document.body.append(window.chat)")
    await widget.say("back again")
    await expect(widget.message("back again")).to_have_count(2)
    # Running the script again puts it back, too, and makes no second one.
    await page.evaluate("window.chat.remove()")
    for _ in range(3):
        await page.add_script_tag(url=f"{server.url}/widget.js")
    await widget.say("and again")
    await expect(widget.message("and again")).to_have_count(2)
    assert await page.evaluate(LIVE) == 1
    assert (len(sockets.all), sockets.open) == (3, 1)


async def test_a_page_that_comes_back_from_the_history_has_one_socket(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"<!doctype html>{script(server)}<p>shop"
    site.pages["/other"] = "<!doctype html><p>other"
    page = await person(f"{site.url}/")
    widget = await begun(page)
    sockets = Sockets(page)
    await page.goto(f"{site.url}/other")
    await page.go_back()
    await expect(page.locator(".panel")).to_be_visible()
    await widget.say("I am back")
    await expect(widget.message("I am back")).to_have_count(2)
    assert sockets.open == 1
    assert await page.evaluate(LIVE) == 1


async def test_a_script_in_the_head_waits_for_the_body(
    server: Server, site: Site, person: Person
) -> None:
    head = f"<!doctype html><head>{script(server, '')}"
    site.pages["/"] = [head, "</head><body><p>shop</p></body>"]
    page = await person("about:blank")
    await page.goto(f"{site.url}/", wait_until="commit")
    defined = "customElements.get('switchboard-chat')?.mounted.size > 0"
    await page.wait_for_function(defined, polling=50)
    assert await page.evaluate("[document.body, " + LIVE + "]") == [None, 0]
    site.more.set()
    await begun(page)


@pytest.mark.parametrize("attributes", ["type=module", 'type="module" async data-title="Ours"'])
async def test_a_script_of_type_module_shows_the_chat_as_well(
    server: Server, site: Site, person: Person, attributes: str
) -> None:
    site.html = f"<!doctype html>{script(server, attributes)}<p>shop"
    page = await person(f"{site.url}/")
    await begun(page)
    if "Ours" in attributes:
        await expect(page.locator(".panel h2")).to_have_text("Ours")


async def test_a_script_that_cannot_know_its_server_says_so(
    server: Server, site: Site, person: Person
) -> None:
    code = server.get("/widget.js").text
    site.html = f"<!doctype html><script>{code}</script><p>shop"
    page = await person("about:blank")
    async with page.expect_console_message() as heard:
        await page.goto(f"{site.url}/")
    assert "script tag with its address" in (await heard.value).text


async def test_the_panel_stays_open_across_a_click_on_the_site_and_takes_no_focus(
    server: Server, site: Site, person: Person
) -> None:
    for path, other in (("/", "/b"), ("/b", "/")):
        site.pages[path] = (
            f'<!doctype html>{script(server)}<h1>{path}</h1><a href="{other}">go</a>'
            "<input autofocus>"
        )
    page = await person(f"{site.url}/")
    widget = await begun(page)
    await page.locator(".panel textarea").fill("half a sen")
    await page.get_by_role("link", name="go").click()
    await expect(page.locator("h1")).to_have_text("/b")
    await expect(page.locator(".panel")).to_be_visible()
    await expect(widget.message("hello")).to_have_count(2)
    await expect(page.locator(".panel textarea")).to_have_value("half a sen")
    assert await page.evaluate("document.activeElement.tagName") == "INPUT"
    await page.get_by_role("button", name="Close the chat").first.click()
    await page.get_by_role("link", name="go").click()
    await expect(page.locator(".launcher")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator(".panel")).to_be_hidden()


async def test_back_closes_a_panel_that_takes_the_whole_screen(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"""<!doctype html><meta name="viewport" content="width=device-width">
        {script(server)}<p>shop<script>history.replaceState({{ of: "the page" }}, "")</script>"""
    page = await person("about:blank", viewport={"width": 390, "height": 800})
    await page.goto(f"{site.url}/")
    await begun(page)
    await page.go_back()
    await expect(page.locator(".panel")).to_be_hidden()
    assert page.url == f"{site.url}/"
    # Closed by its own button, it leaves no entry behind.
    await Widget(page).open()
    await page.locator(".panel header button:last-child").click()
    await expect(page.locator(".panel")).to_be_hidden()
    await page.wait_for_function("history.state.switchboard === undefined")
    assert await page.evaluate("history.state") == {"of": "the page"}
    await page.go_back()
    assert page.url == "about:blank"
