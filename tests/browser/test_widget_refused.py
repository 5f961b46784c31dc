"""The widget where the browser refuses it something, or the page has changed what there is."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, async_playwright, expect

from tests.browser.conftest import FLAGS, ONE_LOOP, Person, chromium, fixture
from tests.browser.sites import Site, Sockets
from tests.browser.test_widget_life import begun, script
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]


@pytest.fixture
def server(serve: Serve, site: Site) -> Server:
    return serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)


@fixture()
async def without_cookies(tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """A browser whose owner blocks all cookies, and so all storage of all sites."""
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    folder = tmp_path / "Default"
    folder.mkdir()
    (folder / "Preferences").write_text(json.dumps(blocked))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium(), args=FLAGS
        )
        yield context
        await context.close()


async def test_where_all_cookies_are_blocked_a_chat_lives_as_long_as_the_page(
    server: Server, site: Site, without_cookies: BrowserContext
) -> None:
    site.html = f"<!doctype html>{script(server)}<p>shop"
    page = await without_cookies.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    await page.goto(f"{site.url}/")
    refused = "(() => { try { localStorage.length; return false } catch { return true } })()"
    assert await page.evaluate(refused)
    widget = await begun(page)
    await page.get_by_role("button", name="Close the chat").first.click()
    await page.evaluate("document.body.replaceWith(document.createElement('body'))")
    await widget.open()
    await widget.say("again")
    await expect(widget.message("again")).to_have_count(2)
    assert not failures


async def test_what_else_is_stored_under_its_names_does_no_harm(
    serve: Serve, site: Site, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    page = await person(f"{server.url}/")
    await page.evaluate("""() => {
        const base = `switchboard ${location.origin}/`;
        for (const name of ['', ' unsent', ' open', ' writing', ' asked']) {
            for (const store of [localStorage, sessionStorage]) {
                store.setItem(base + name, JSON.stringify({ foo: 1 }));
            }
        }
    }""")
    await page.reload()
    sockets = Sockets(page)
    await begun(page)
    assert [socket.url for socket in sockets.all if "/manager/" in socket.url] == []


async def test_a_page_that_patches_what_browsers_have_does_no_harm(
    server: Server, site: Site, person: Person
) -> None:
    # As an old library did; much of it is enumerable.
    site.html = f"""<!doctype html><script>
        Array.prototype.toJSON = Object.prototype.toJSON = function () {{ return "patched"; }};
        String.prototype.toJSON = function () {{ return "patched"; }};
        Array.from = (list) => {{ const made = []; for (const one of list) made.push(one);
          return made; }};
        Array.prototype.reduce = function () {{ return this[0]; }};
        Object.prototype.extend = Array.prototype.each = function () {{}};
        Function.prototype.bind = function () {{ return this; }};
        Element.prototype.hide = Element.prototype.show = function () {{ return this; }};
        </script>{script(server)}<p>shop"""
    page = await person(f"{site.url}/")
    await begun(page)
