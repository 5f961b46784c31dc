"""Assistants in the console: an admin writes one, tries it, lets a site choose it, goes back."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from core.store.database import Pool
from tests.access.people import call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_looks import serious
from tests.browser.test_settings import field, part, save
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.sites, pytest.mark.timeout(600)]

USUAL = re.compile("^You are the first to answer")
TEA, COFFEE = "You sell tea.", "You sell coffee."


def answering(serve: Serve, openai_server: OpenAIServer) -> Server:
    return serve(
        SECRET_KEY=SECRET_KEY, OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
    )  # fmt: skip


async def settings(person: Person, pool: Pool, server: Server, rest: str) -> Page:
    link = await manager_link(pool, "boss", "admin")
    return await person(f"{server.url}/manager/settings/{rest}#token={link}")


def told(page: Page) -> Any:
    return field(page, "What it is told")


async def test_an_admin_writes_an_assistant_tries_it_and_goes_back(
    serve: Serve, pool: Pool, person: Person, openai_server: OpenAIServer
) -> None:
    server = answering(serve, openai_server)
    page = await settings(person, pool, server, "assistants")
    usual = page.get_by_role("listitem").filter(has_text="From the environment")
    await usual.get_by_role("link", name="default").click()
    # A file can be read only.
    await expect(page.get_by_text("This assistant is a file on the server")).to_be_visible()
    instructions = part(page, "Instructions")
    await expect(instructions.locator("pre")).to_contain_text("You are the first to answer")
    await page.get_by_role("link", name="All assistants").click()
    await page.get_by_label("Name of the new assistant").fill("Tea shop")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Tea shop", exact=True)).to_be_visible()
    await expect(told(page)).to_have_value(USUAL)

    # What the server refuses is said at its field.
    await told(page).fill(TEA)
    await field(page, "Model").fill("tea-model")
    await field(page, "Temperature").fill("9")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(field(page, "Temperature")).to_be_focused()
    await expect(page.locator("#assistant-temperature-why")).to_contain_text("less than or equal")
    await field(page, "Temperature").fill("0,5")

    # It is tried as it stands in the fields.
    openai_server.script(Behaviour(cost=1234))
    trial = part(page, "Try it")
    await trial.get_by_label("What a visitor might ask").fill("Sencha?")
    await page.keyboard.press("Enter")
    await expect(trial.get_by_text(answer_to("Sencha?"))).to_be_visible()
    await expect(trial.get_by_text("1,234 tokens")).to_be_visible()
    asked = openai_server.requests[-1].body
    assert asked["model"] == "tea-model" and asked["instructions"].startswith(TEA)
    assert asked["temperature"] == 0.5
    assert await pool.fetchval("select count(*) from chats") == 0
    assert not await serious(page)
    await save(page)
    versions = part(page, "Versions")
    await expect(versions.get_by_role("listitem").first).to_contain_text("Version 2")
    await expect(versions.get_by_role("listitem").first).to_contain_text("Boss")

    # The site chooses it.
    await page.get_by_role("link", name="All assistants").click()
    await page.get_by_role("link", name="Sites", exact=True).click()
    await page.get_by_role("link", name="Website").click()
    await page.get_by_label("Which assistant").select_option(label="Tea shop")
    await save(page)
    chosen = await pool.fetchval("select assistant_id from sites where site_id = 'default'")
    assert chosen.startswith("tea-shop-")

    # An old version comes back by keyboard, with its content shown before.
    await page.goto(f"{server.url}/manager/settings/assistants/{chosen}")
    oldest = versions.get_by_role("listitem").filter(has_text="Version 1")
    await oldest.locator("summary").press("Enter")
    await expect(oldest.locator("pre")).to_contain_text("You are the first to answer")
    restore = oldest.get_by_role("button", name="Restore")
    await restore.press("Enter")
    await restore.press("Enter")
    await expect(told(page)).to_have_value(USUAL)
    await expect(versions.get_by_role("listitem").first).to_contain_text("as version 1")
    # A site has it, so it cannot be put away.
    archive = part(page, "Archive").get_by_role("button", name="Archive")
    await archive.click()
    await part(page, "Archive").get_by_role("button", name="Archive now?").click()
    await expect(page.get_by_text("A site has chosen this assistant")).to_be_visible()


async def test_changes_are_kept_and_never_overwrite_somebody_elses(
    serve: Serve, pool: Pool, person: Person, openai_server: OpenAIServer
) -> None:
    server = answering(serve, openai_server)
    page = await settings(person, pool, server, "assistants")
    token = await api_token(pool, "boss")
    body = {"name": "Tea", "instructions": TEA}
    made = call(server, "POST", "/manager/assistants", token, json=body).json()
    at = f"/manager/assistants/{made['id']}"
    await page.goto(f"{server.url}/manager/settings/assistants/{made['id']}")
    await told(page).fill(COFFEE)
    await page.reload()
    await expect(told(page)).to_have_value(COFFEE)
    await expect(page.get_by_text("These changes were kept in this browser")).to_be_visible()
    dialog = page.get_by_role("dialog", name="Not saved yet").last
    await page.get_by_role("link", name="All assistants").click()
    await dialog.get_by_role("button", name="Stay here").click()
    theirs = {"name": "Their tea", "model": "their-model"}
    assert call(server, "PATCH", at, token, json=theirs).is_success
    await page.get_by_role("button", name="Save", exact=True).click()
    notice = page.get_by_text("Somebody else has saved a version meanwhile")
    await expect(notice).to_contain_text("Name, Model")
    await expect(told(page)).to_have_value(COFFEE)
    await save(page)
    now = call(server, "GET", at, token).json()
    assert (now["rev"], now["name"], now["model"], now["instructions"]) == (
        3, "Their tea", "their-model", COFFEE
    )  # fmt: skip
    # A copy is another one, and keeps what is special to this one.
    await page.get_by_role("button", name="Copy to edit").click()
    await expect(page.get_by_role("heading", name="Their tea (copy)", exact=True)).to_be_visible()
    await expect(field(page, "Model")).to_have_value("their-model")


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "dark"), ("de-DE", "light")])
async def test_it_is_accessible_on_a_phone_in_both_languages(
    serve: Serve, pool: Pool, browser: Browser, person: Person, locale: str, scheme: str
) -> None:
    """Without a key, where the echo answers: the page says so."""
    await add_site(pool, "shop")
    server = serve(SECRET_KEY=SECRET_KEY)
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "bypass_csp": True}
    context = await browser.new_context(**looks, viewport={"width": 390, "height": 844})
    at, link = f"{server.url}/manager/settings", await manager_link(pool, "boss", "admin")
    token = await api_token(pool, "boss")
    body = {"name": "x" * 60, "instructions": "y" * 400, "model": "z" * 90}
    made = call(server, "POST", "/manager/assistants", token, json=body).json()
    page = await person(f"{at}/sites#token={link}", context)
    parts = {
        "assistants": ".things.sites li >> visible=true",
        "assistants/default": ".code pre >> visible=true",
    }
    for rest, shown in {**parts, f"assistants/{made['id']}": ".setting >> visible=true"}.items():
        await expect(page.locator(".console")).to_be_visible()
        await page.goto(f"{at}/{rest}")
        await expect(page.locator(shown).first).to_be_visible()
        if rest != "assistants/default":
            echo = page.get_by_text("OPENAI_KEY").locator("visible=true")
            await expect(echo).to_be_visible()
        assert not await serious(page)
        for room in (".page", "html"):
            wide = await page.locator(room).evaluate("one => one.scrollWidth - one.clientWidth")
            assert wide <= 0, (rest, room, wide)
    await page.locator("#try-text").fill("Hallo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".tried .answers")).to_have_text("Hallo")
