"""Settings in the console: an admin makes a site, says how it looks, and who answers there."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from core.model import FIRST_SITE, ManagerId
from core.store.database import Pool
from core.store.sites import SiteStore
from tests.access.people import User, call
from tests.access.test_managers import token_in
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_looks import serious
from tests.server import Serve, Server
from tests.sites import BOSS, add_site
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.sites, pytest.mark.timeout(600)]

SHOP, OLD = "https://shop.example", "https://old.example"
# Each part, and what is there once it is drawn.
PARTS = {"sites": ".sites li", "sites/shop": ".editing .setting", "team": ".team li"}
COLOR = """one => getComputedStyle(one.firstChild.shadowRoot.querySelector('.launcher'))
  .backgroundColor"""


def installation(serve: Serve) -> Server:
    return serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=OLD)


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()


async def write(server: Server, site: str, name: str, origin: str) -> None:
    """A visitor of a site's page begins a chat."""
    body = {"site": site, "visitor": {"name": name}}
    made = call(server, "POST", "/chats", json=body, headers={"origin": origin})
    assert made.status_code == 201, made.text
    async with User(server, made.json()["chat_id"], made.json()["token"]).client() as client:
        await client.say(f"hello from {name}")
        await client.reply_to(1)


async def test_an_admin_makes_a_site_and_a_member_sees_only_its_chats(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = installation(serve)
    anna = await manager_link(pool, "anna")
    await SiteStore(pool).set_member(FIRST_SITE, ManagerId("anna"), BOSS, joins=False)
    page = await person(
        f"{server.url}/manager/settings#token={await manager_link(pool, 'boss', 'admin')}",
        permissions=["clipboard-read", "clipboard-write"],
        bypass_csp=True,
    )
    await expect(page).to_have_url(f"{server.url}/manager/settings/sites")
    await page.get_by_label("Name of the new site").fill("Shop")
    await page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="Shop", exact=True)
    await expect(heading).to_be_visible()
    assert page.url.startswith(f"{server.url}/manager/settings/sites/shop-")
    await page.reload()
    await expect(heading).to_be_visible()

    # What is inherited is said, and what the server refuses is said at its field.
    origins, said = field(page, "Allowed origins"), page.locator("#site-origins-why")
    await expect(page.get_by_text(f"From the environment: {OLD}")).to_be_visible()
    await origins.fill("shop.example")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(origins).to_be_focused()
    await expect(said).to_contain_text("It must look like https://chat.example")
    assert not await serious(page)
    await origins.fill(SHOP)
    await expect(said).to_be_empty()
    preview = page.locator(".preview")
    await field(page, "Colour").fill("#aa0000")
    await page.locator("[name='texts.en.title']").fill("Ask the shop")
    await expect(preview.get_by_text("Ask the shop")).to_be_visible()
    assert await preview.evaluate(COLOR) == "rgb(170, 0, 0)"
    await save(page)

    await part(page, "Put it on your website").get_by_role("button", name="Copy").first.click()
    snippet = await page.evaluate("navigator.clipboard.readText()")
    assert snippet.startswith(f'<script src="{server.url}/widget.js" data-site="site_')
    key = snippet.split('data-site="')[1].split('"')[0]
    known = server.get(f"/sites/{key}").json()
    assert (known["theme"], known["texts"]) == (
        {"accent": "#aa0000"},
        {"en": {"title": "Ask the shop"}},
    )
    await write(server, key, "Ada", SHOP)
    await write(server, "default", "Bob", OLD)

    members = part(page, "Members")
    await expect(members.get_by_text("Nobody yet")).to_be_visible()
    await members.get_by_label("Add an agent").select_option("Anna")
    await members.get_by_role("button", name="Add", exact=True).click()
    await expect(members.get_by_role("listitem")).to_contain_text("Anna")
    agent = await person(f"{server.url}/manager#token={anna}")
    await expect(agent.locator(".chat .name")).to_have_text("Ada")
    await agent.locator(".chat", has_text="Ada").click()
    await expect(agent.locator(".conversation")).to_be_visible()
    remove = members.get_by_role("button", name="Remove")
    await remove.click()
    await remove.click()
    await expect(members.get_by_text("Nobody yet")).to_be_visible()
    # At once, without a reload; and back again, as soon as they see the site once more.
    await expect(agent.locator(".chat")).to_have_count(0)
    await expect(agent.locator(".conversation")).to_have_count(0)
    await expect(agent.get_by_text("You no longer see the chats of this website")).to_be_visible()
    await members.get_by_label("Add an agent").select_option("Anna")
    await members.get_by_role("button", name="Add", exact=True).click()
    await expect(agent.locator(".chat .name")).to_have_text("Ada")


async def test_settings_are_for_admins(serve: Serve, pool: Pool, person: Person) -> None:
    server = installation(serve)
    link = await manager_link(pool, "anna")
    page = await person(f"{server.url}/manager/settings/sites/default#token={link}")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open")
    await expect(page.get_by_role("link", name="Account")).to_be_visible()
    await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    await page.keyboard.press("ControlOrMeta+k")
    await page.keyboard.type("Settings")
    await expect(page.locator(".palette .none")).not_to_be_empty()
    token = await api_token(pool, "anna")
    path = "/manager/sites/default"
    assert call(server, "GET", path, token).status_code == 403
    assert call(server, "PATCH", path, token, json={"name": "Mine"}).status_code == 403


async def test_changes_are_kept_asked_about_and_never_overwrite_somebody_elses(
    serve: Serve, pool: Pool, person: Person
) -> None:
    shop = await add_site(pool, "shop", SHOP, texts={"fr": {"title": "Bonjour"}})
    server = installation(serve)
    link = await manager_link(pool, "boss", "admin")
    page = await person(f"{server.url}/manager/settings/sites/shop#token={link}")
    name, consent = field(page, "Name"), field(page, "Line about privacy")
    await name.fill("Our shop")
    await page.reload()
    await expect(name).to_have_value("Our shop")
    await expect(page.get_by_text("These changes were kept in this browser")).to_be_visible()
    # Whoever goes is asked, and may stay.
    dialog = page.get_by_role("dialog", name="Not saved yet")
    await page.get_by_role("link", name="All sites").click()
    await dialog.get_by_role("button", name="Stay here").click()
    await expect(name).to_have_value("Our shop")
    token = await api_token(pool, "boss")
    theirs = {"name": "Their shop", "consent": "We read along.", "tokens_per_day": 1000}
    assert call(server, "PATCH", "/manager/sites/shop", token, json=theirs).is_success
    await page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_text("Somebody else has changed this site meanwhile")
    await expect(told).to_contain_text("Name, Line about privacy, Tokens a day")
    await expect(name).to_have_value("Our shop")
    await expect(consent).to_have_value("We read along.")
    assert site_now(server, token)["name"] == "Their shop"
    # Going on saves; what is reset is inherited again, and what is set elsewhere stays.
    await page.get_by_role("button", name="Reset: Tokens a day").click()
    await expect(page.get_by_text("From the environment: 1,000,000")).to_be_visible()
    await field(page, "Tokens a chat").fill("12 000")
    await page.locator("[name='texts.en.greeting']").fill("Hello there")
    await page.get_by_role("link", name="Inbox").click()
    await dialog.get_by_role("button", name="Save and go on").click()
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open")
    saved = site_now(server, token)
    assert saved["name"] == "Our shop" and saved["consent"] == "We read along."
    assert saved.get("tokens_per_day") is None and saved["tokens_per_chat"] == 12_000
    assert saved["texts"] == {"fr": {"title": "Bonjour"}, "en": {"greeting": "Hello there"}}
    # Back is a step of its own; what is discarded is gone.
    await page.go_back()
    await name.fill("Nothing")
    await page.get_by_role("button", name="Discard").click()
    await expect(name).to_have_value("Our shop")
    archive = part(page, "Archive").get_by_role("button", name="Archive")
    await archive.click()
    await part(page, "Archive").get_by_role("button", name="Archive now?").click()
    await expect(page.get_by_text("This site is archived.")).to_be_visible()
    assert server.get(f"/sites/{shop.key}").json()["archived"] is True
    await page.get_by_role("link", name="All sites").click()
    row = page.get_by_role("listitem").filter(has_text="Our shop")
    await expect(row).to_contain_text("Archived")
    await row.get_by_role("link").click()
    await page.get_by_role("button", name="Restore").click()
    await expect(part(page, "Archive").get_by_role("button", name="Archive")).to_be_visible()
    assert server.get(f"/sites/{shop.key}").json()["archived"] is False


def site_now(server: Server, token: str) -> dict[str, Any]:
    found: dict[str, Any] = call(server, "GET", "/manager/sites/shop", token).json()
    return found


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("de-DE", "dark")])
async def test_every_part_is_accessible_on_a_phone_in_both_languages(
    serve: Serve, pool: Pool, browser: Browser, person: Person, locale: str, scheme: str
) -> None:
    await add_site(pool, "shop", SHOP)
    await add_site(pool, "x" * 60)
    server = installation(serve)
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "bypass_csp": True}
    context = await browser.new_context(**looks, viewport={"width": 390, "height": 844})
    at, link = f"{server.url}/manager/settings", await manager_link(pool, "boss", "admin")
    page = await person(f"{at}/sites#token={link}", context)
    for rest, shown in PARTS.items():
        await expect(page.locator(".console")).to_be_visible()
        await page.goto(f"{at}/{rest}")
        await expect(page.locator(shown).first).to_be_visible()
        assert not await serious(page)
        for room in (".page", "html"):
            wide = await page.locator(room).evaluate("one => one.scrollWidth - one.clientWidth")
            assert wide <= 0, (rest, room, wide)


async def test_a_page_that_is_older_than_the_server_says_so(serve: Serve, person: Person) -> None:
    """Its settings come when somebody goes there, and may be of the next version."""
    server = installation(serve)
    page = await person(f"{server.url}/manager#token={token_in(server.printed)}")

    async def updated(route: Route) -> None:
        answer = await route.fetch()
        text = (await answer.text()).replace(
            'export const version = "/v/', 'export const version = "/v/0'
        )
        await route.fulfill(body=text, content_type="text/javascript")

    await page.route("**/console/settings.js", updated)
    await page.get_by_role("link", name="Settings", exact=True).click()
    await expect(page.get_by_text("The server has a new version.")).to_be_visible()
    await page.unroute("**/console/settings.js")
    await page.reload()
    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()
