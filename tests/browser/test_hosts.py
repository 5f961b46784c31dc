"""The widget on sites that other people's frameworks run: one element, one socket, one chat."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Widget
from tests.browser.sites import HOSTS, Site, Sockets, bundled, package
from tests.server import Serve
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]

Build = Callable[[Site, str], None]


def turbo_in_the_head(site: Site, script: str) -> None:
    site.files["/turbo.js"] = package("@hotwired/turbo/dist/turbo.es2017-umd.js")
    head = f'<head><script src="/turbo.js"></script>{script}</head>'
    for path, name in (("/", "A"), ("/b", "B")):
        site.pages[path] = f"<!doctype html>{head}<body>{links(name)}</body>"


def turbo_in_the_body(site: Site, script: str) -> None:
    """Turbo runs each script of a new body again."""
    site.files["/turbo.js"] = package("@hotwired/turbo/dist/turbo.es2017-umd.js")
    head = '<head><script src="/turbo.js"></script></head>'
    for path, name in (("/", "A"), ("/b", "B")):
        site.pages[path] = f"<!doctype html>{head}<body>{links(name)}{script}</body>"


def astro(site: Site, script: str) -> None:
    """Astro's own router, with the values that its build puts in."""
    folder = "astro/dist/transitions"
    for name in ("router", "events", "swap-functions"):
        text = package(f"{folder}/{name}.js").read_text()
        text = text.replace("import.meta.env.SSR", "false").replace("import.meta.env.DEV", "false")
        text = text.replace('"virtual:astro:adapter-config/client"', '"./config.js"')
        site.files[f"/astro/{name}.js"] = text
    site.files["/astro/types.js"] = "export {};"
    site.files["/astro/config.js"] = "export const internalFetchHeaders = {};"
    site.files["/links.js"] = HOSTS / "astro_links.js"
    enabled = '<meta name="astro-view-transitions-enabled" content="true">'
    head = f'<head>{enabled}<script type="module" src="/links.js"></script>{script}</head>'
    for path, name in (("/", "A"), ("/b", "B")):
        site.pages[path] = f"<!doctype html>{head}<body>{links(name)}</body>"


def react(site: Site, script: str) -> None:
    site.files["/app.js"] = bundled("react_app.js")
    page = f'<!doctype html><div id="app"></div>{script}<script src="/app.js"></script>'
    site.pages |= {"/": page, "/b": page}


def links(name: str) -> str:
    return f'<h1>{name}</h1><a href="/">to A</a> <a href="/b">to B</a>'


async def go(page: Page, name: str) -> None:
    await page.get_by_role("link", name=f"to {name}").click()
    await expect(page.locator("h1")).to_have_text(name)


@pytest.mark.parametrize("build", [turbo_in_the_head, turbo_in_the_body, astro, react])
async def test_the_chat_goes_on_through_any_number_of_visits(
    serve: Serve, site: Site, person: Person, build: Build
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    build(site, f'<script src="{server.url}/widget.js" async></script>')
    page = await person(f"{site.url}/")
    sockets = Sockets(page)
    loads: list[Page] = []
    page.on("load", lambda loaded: loads.append(loaded))
    visitor = await Widget(page).open()
    await visitor.say("one")
    await expect(visitor.message("one")).to_have_count(2)
    await page.locator(".panel textarea").fill("half a sen")
    for name in ("B", "A", "B"):
        await go(page, name)
        await expect(visitor.root).to_have_count(1)
        await expect(page.locator(".panel")).to_be_visible()
        await expect(page.locator(".panel textarea")).to_have_value("half a sen")
    for turn in (page.go_back, page.go_back, page.go_forward):
        await turn()
        await expect(page.locator(".panel")).to_be_visible()
        await expect(visitor.root).to_have_count(1)
    await expect(page.locator("h1")).to_have_text("A")
    await visitor.say("two")
    await expect(visitor.message("two")).to_have_count(2)
    # The framework did it all within one document.
    assert not loads
    assert (len(sockets.all), sockets.open) == (1, 1)


async def test_the_chat_goes_on_where_react_takes_over_the_whole_document(
    serve: Serve, site: Site, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    site.files["/app.js"] = bundled("react_app.js")
    script = f'<script src="{server.url}/widget.js" async></script>'
    app = '<script src="/app.js" async></script>'
    nav = (
        '<nav><a href="/" data-discover="true">to A</a> <a href="/b" data-discover="true">to B</a>'
    )
    body = f"<body>{nav}</nav><main><h1>A</h1></main></body>"
    head = f"<head>{app}{script}<title>Shop</title></head>"
    site.html = f'<!doctype html><html lang="en">{head}{body}</html>'
    page = await person(f"{site.url}/")
    sockets = Sockets(page)
    visitor = await Widget(page).open()
    await visitor.say("one")
    await expect(visitor.message("one")).to_have_count(2)
    await page.evaluate("begin()")
    for name in ("B", "A", "B"):
        await go(page, name)
    await visitor.say("two")
    await expect(visitor.message("two")).to_have_count(2)
    await expect(visitor.root).to_have_count(1)
    assert (len(sockets.all), sockets.open) == (1, 1)


@pytest.mark.parametrize("build", [turbo_in_the_head, astro, react])
async def test_back_on_a_phone_closes_the_panel_and_leaves_the_router_where_it_is(
    serve: Serve, site: Site, person: Person, build: Build
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    build(site, f'<script src="{server.url}/widget.js" async></script>')
    page = await person(f"{site.url}/", viewport={"width": 390, "height": 800})
    await go(page, "B")
    await Widget(page).open()
    await page.go_back()
    await expect(page.locator(".panel")).to_be_hidden()
    await expect(page.locator("h1")).to_have_text("B")
    await page.go_back()
    await expect(page.locator("h1")).to_have_text("A")


@pytest.mark.parametrize("build", [turbo_in_the_head, astro, react])
async def test_the_team_is_told_the_page_that_the_visitor_is_on(
    serve: Serve, site: Site, person: Person, pool: Pool, build: Build
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    build(site, f'<script src="{server.url}/widget.js" async></script>')
    page = await person(f"{site.url}/")
    sockets = Sockets(page)
    visitor = await Widget(page).open()
    await visitor.say("one")
    await expect(visitor.message("one")).to_have_count(2)
    async with sockets.all[0].expect_event(
        "framesent", lambda frame: '"page"' in frame and f"{site.url}/b" in frame
    ):
        await go(page, "B")
    # An answer to what came after it: the page is stored.
    await visitor.say("two")
    await expect(visitor.message("two")).to_have_count(2)
    assert await pool.fetchval("select visitor ->> 'page_url' from chats") == f"{site.url}/b"
