"""A new owner on a phone, with nothing but what the screen says: to the first answered visitor."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.access.test_managers import token_in
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.sites import Site
from tests.browser.test_looks import serious
from tests.server import Serve
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.sites, pytest.mark.timeout(600)]

PHONE: ViewportSize = {"width": 390, "height": 844}
# Where somebody wants to look at each screen.
SHOTS = os.environ.get("SHOTS")


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png")


async def fits(page: Page) -> None:
    """Nobody has to scroll sideways, and everybody can use it."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not await serious(page)


async def test_a_new_owner_gets_to_the_first_answered_visitor(
    serve: Serve, browser: Browser, site: Site, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    phone = await browser.new_context(viewport=PHONE, locale="en-GB", bypass_csp=True)
    page = await person(f"{server.url}/manager#token={token_in(server.printed)}", phone)
    steps = page.locator(".steps")
    await expect(steps.get_by_text("Say which website may use the chat")).to_be_visible()
    await expect(steps.get_by_text("The echo answers")).to_be_visible()
    await shot(page, "1-signed-in")
    await fits(page)

    # What cannot be an address is said there; a page's whole address is as good as its origin.
    address = steps.get_by_label("Address of your website")
    await address.fill("my shop")
    await address.press("Enter")
    await expect(steps.get_by_role("alert")).to_contain_text("It must look like")
    await shot(page, "2-wrong-address")
    await address.fill(f"{site.url}/products?page=2")
    await steps.get_by_role("button", name="Save").click()
    await expect(steps.get_by_text(f"It may be used on {site.url}.")).to_be_visible()
    await shot(page, "3-address-saved")

    async with phone.expect_page() as opening:
        await steps.get_by_role("link", name="Open a test chat").click()
    trial = await opening.value
    await expect(trial.get_by_text("This page is like one of yours.")).to_be_visible()
    await shot(trial, "4-try")
    await fits(trial)
    await trial.get_by_role("button", name="Try the chat").click()
    await Widget(trial).say("a first try")
    await expect(trial.locator(".row .body", has_text="a first try")).to_have_count(2)
    await shot(trial, "5-tried")
    await trial.close()
    await expect(page.locator(".chat")).to_have_count(1)
    # The steps go on, above the chats.
    await expect(page.get_by_role("link", name="First steps: 2 left")).to_be_visible()
    await shot(page, "6-first-chat")
    await fits(page)
    await page.get_by_role("link", name="First steps: 2 left").click()
    await expect(page).to_have_url(f"{server.url}/manager/settings/start")
    await shot(page, "7-first-steps")
    await fits(page)
    snippet = await page.locator(".steps pre:visible").inner_text()
    await page.get_by_role("link", name="Invite somebody").click()
    await expect(page).to_have_url(f"{server.url}/manager/settings/team")
    await shot(page, "8-team")
    await fits(page)
    await page.get_by_role("link", name="Inbox").click()

    # The line as it is, on a page of theirs.
    site.html = f"<!doctype html><title>Shop</title><h1>Shop</h1>{snippet}"
    visitor = await person(f"{site.url}/", viewport=PHONE)
    widget = await Widget(visitor).open()
    await widget.say("Do you ship to Malta?")
    console = Console(page)
    await expect(page.locator(".chat", has_text="Do you ship to Malta?")).to_be_visible()
    await shot(page, "9-visitor-writes")
    await page.locator(".chat", has_text="Do you ship to Malta?").click()
    await expect(page.locator(".conversation")).to_be_visible()
    await console.say("Yes, we do.")
    await expect(widget.message("Yes, we do.")).to_be_visible()
    await shot(page, "10-answered")
    await shot(visitor, "11-visitor-reads")
    await fits(page)


async def test_who_hides_the_first_steps_is_not_told_again(
    serve: Serve, person: Person, browser: Browser
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    phone = await browser.new_context(viewport=PHONE, locale="de-DE")
    page = await person(f"{server.url}/manager#token={token_in(server.printed)}", phone)
    await expect(page.locator(".steps li")).to_have_count(5)
    key = server.get("/sites/default").json()["key"]
    trial = await person(f"{server.url}/manager/try?site={key}", phone)
    await trial.get_by_role("button", name="Chat ausprobieren").click()
    await Widget(trial).say("hallo")
    line = page.get_by_role("link", name="Erste Schritte: noch 3")
    await expect(line).to_be_visible()
    await page.get_by_role("button", name="Erste Schritte ausblenden").click()
    await expect(line).to_have_count(0)
    await page.reload()
    await expect(page.locator(".chat")).to_have_count(1)
    await expect(line).to_have_count(0)
    # One press, and nobody gets their own words back any more.
    await page.goto(f"{server.url}/manager/settings/start")
    await page.get_by_role("button", name="Nur Menschen antworten").click()
    await expect(page.get_by_text("Menschen antworten, und nichts")).to_be_visible()
    await trial.goto(f"{server.url}/manager/try?site=site_unknown")
    await expect(trial.get_by_role("alert")).to_contain_text("Keine Website hat diesen Schlüssel")
