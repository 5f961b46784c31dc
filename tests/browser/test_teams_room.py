"""The admins' room for teams: make one, name it, choose its members, remove it."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from core.store.database import Pool
from tests.access.people import call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_looks import serious
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.inbox, pytest.mark.timeout(600)]


def row(page: Page, name: str) -> Locator:
    return page.locator(".teams > li").filter(has=page.locator(".what bdi", has_text=name))


async def room(serve: Serve, pool: Pool, person: Person) -> tuple[Server, Page, str]:
    """An installation of two agents; the teams' room of its admin, and a token of theirs."""
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    for name in ("anna", "ben"):
        await manager_link(pool, name)
    link = await manager_link(pool, "boss", "admin")
    page = await person(f"{server.url}/manager/settings/teams#token={link}")
    await expect(page.get_by_text("No team yet.")).to_be_visible()
    return server, page, await api_token(pool, "boss")


def teams(server: Server, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(server, "GET", "/manager/teams", token).json()["teams"]
    return found


async def make(page: Page, name: str) -> Locator:
    """Make a team, by keyboard; gives its row, which is open."""
    await page.get_by_label("Name of the new team").fill(name)
    await page.keyboard.press("Enter")
    made = row(page, name)
    await expect(made.get_by_label("Name", exact=True)).to_be_focused()
    return made


async def save(team: Locator) -> None:
    await team.get_by_role("button", name="Save").click()
    await expect(team.get_by_text("Saved", exact=True)).to_be_visible()


async def test_an_admin_makes_changes_and_removes_a_team_by_keyboard(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server, page, token = await room(serve, pool, person)
    sales = await make(page, "Sales")
    await expect(sales).to_contain_text("0 members · Whoever takes one")
    # How many chats one gets is asked of members of a balanced team.
    await sales.get_by_label("Anna", exact=True).press("Space")
    most = sales.get_by_label("Most open chats for Anna")
    await expect(most).to_be_hidden()
    await sales.get_by_role("radio", name="Members who are here").press("Space")
    await most.fill("1001")
    await page.keyboard.press("Enter")
    await expect(sales.get_by_text("Anna: a whole number from 0 to 1000")).to_be_visible()
    await expect(most).to_be_focused()
    await most.fill("3")
    await sales.get_by_label("Gets what begins to wait").press("Space")
    # Whoever goes is asked about what is not saved, and finds it after a reload.
    await page.get_by_role("link", name="Team", exact=True).click()
    dialog = page.get_by_role("dialog", name="Not saved yet")
    await dialog.get_by_role("button", name="Stay here").click()
    await page.reload()
    await expect(most).to_have_value("3")
    await sales.get_by_label("Name", exact=True).fill("First line")
    await page.keyboard.press("Enter")
    first = row(page, "First line")
    await expect(first.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(first).to_contain_text("1 member · Members who are here, in turn")
    [saved] = teams(server, token)
    assert saved | {"id": ""} == {
        "id": "",
        "site": "default",
        "name": "First line",
        "assignment": "balanced",
        "takes_new": True,
        "members": [{"id": "anna", "capacity": 3}],
    }
    # Another one gets the new chats now, and the first one says so.
    second = await make(page, "Second line")
    await expect(first).to_contain_text("Gets new chats")
    await second.get_by_label("Gets what begins to wait").check()
    await save(second)
    await expect(second).to_contain_text("Gets new chats")
    await expect(first.locator(".chip", has_text="Gets new chats")).to_have_count(0)
    # One press asks; without the second one nothing happens.
    remove = second.get_by_role("button", name="Remove the team")
    await remove.press("Enter")
    sure = second.get_by_role("button", name="Remove it now?")
    await expect(sure).to_be_focused()
    await sure.press("Shift+Tab")
    await remove.press("Enter")
    assert len(teams(server, token)) == 2
    await sure.press("Enter")
    await expect(second).to_have_count(0)
    await expect(page.get_by_role("list", name="All teams")).to_be_focused()
    assert [one["name"] for one in teams(server, token)] == ["First line"]


async def test_two_admins_change_one_team_and_neither_undoes_the_other(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server, page, token = await room(serve, pool, person)
    sales = await make(page, "Sales")
    await sales.get_by_label("Anna", exact=True).check()
    await save(sales)
    other = await person(
        f"{server.url}/manager/settings/teams#token={await manager_link(pool, 'cleo', 'admin')}"
    )
    theirs = row(other, "Sales")
    await theirs.locator("summary").click()
    await theirs.get_by_label("Ben", exact=True).check()
    await sales.get_by_label("Name", exact=True).fill("Orders")
    await sales.get_by_label("Anna", exact=True).uncheck()
    orders = row(page, "Orders")
    await page.keyboard.press("Enter")
    await expect(orders.get_by_text("Saved", exact=True)).to_be_visible()
    await theirs.get_by_role("button", name="Save").click()
    renamed = row(other, "Orders")
    await expect(renamed.get_by_text("Saved", exact=True)).to_be_visible()
    [saved] = teams(server, token)
    assert (saved["name"], saved["members"]) == ("Orders", [{"id": "ben", "capacity": 10}])
    await expect(renamed.get_by_label("Anna", exact=True)).not_to_be_checked()
    # What is removed does not come back by a save.
    call(server, "DELETE", f"/manager/teams/{saved['id']}", token).raise_for_status()
    await orders.get_by_label("Anna", exact=True).check()
    await orders.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Somebody has removed this team meanwhile")).to_be_visible()
    await expect(orders).to_have_count(0)
    assert teams(server, token) == []


async def test_a_save_keeps_who_has_come_since_and_what_is_changed_meanwhile(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server, page, token = await room(serve, pool, person)
    sales = await make(page, "Sales")
    [team] = teams(server, token)
    await manager_link(pool, "dora")
    body = {"name": "Sales", "members": [{"id": "dora"}]}
    call(server, "PUT", f"/manager/teams/{team['id']}", token, json=body).raise_for_status()
    asked, free = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "PUT":
            asked.set()
            await free.wait()
        await route.continue_()

    await page.route("**/manager/teams/*", hold)
    await sales.get_by_label("Name", exact=True).fill("Orders")
    await page.keyboard.press("Enter")
    await asked.wait()
    await sales.get_by_label("Anna", exact=True).check()
    free.set()
    orders = row(page, "Orders")
    await expect(orders.get_by_label("Dora", exact=True)).to_be_checked()
    await expect(orders.get_by_label("Anna", exact=True)).to_be_checked()
    [saved] = teams(server, token)
    assert [one["id"] for one in saved["members"]] == ["dora"]
    await orders.get_by_role("button", name="Save").click()
    await expect(orders.get_by_text("Saved", exact=True)).to_be_visible()
    [saved] = teams(server, token)
    assert [one["id"] for one in saved["members"]] == ["anna", "dora"]


async def test_a_team_of_a_site_has_members_of_that_site_only_and_loses_who_is_gone(
    serve: Serve, pool: Pool, person: Person
) -> None:
    await add_site(pool, "shop")
    server, page, token = await room(serve, pool, person)
    member = "/manager/sites/shop/members/"
    call(server, "PUT", f"{member}anna", token).raise_for_status()
    await page.reload()
    await page.get_by_label("Website", exact=True).select_option("Shop")
    support = await make(page, "Support")
    await expect(support).to_contain_text("Shop · 0 members")
    await expect(support.get_by_label("Ben", exact=True)).to_have_count(0)
    await support.get_by_label("Anna", exact=True).check()
    await support.get_by_label("Boss", exact=True).check()
    await save(support)
    # Who sees the site no more is no member any more, and does not keep the team from being saved.
    call(server, "DELETE", f"{member}anna", token).raise_for_status()
    await page.reload()
    await expect(support).to_contain_text("1 member ·")
    await support.locator("summary").click()
    await support.get_by_label("Name", exact=True).fill("Helpers")
    await page.keyboard.press("Enter")
    helpers = row(page, "Helpers")
    await expect(helpers.get_by_text("Saved", exact=True)).to_be_visible()
    [saved] = teams(server, token)
    assert [one["id"] for one in saved["members"]] == ["boss"]
    # What the server refuses is said at its field.
    await helpers.get_by_label("Name", exact=True).fill("\u200b")
    await page.keyboard.press("Enter")
    await expect(helpers.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("de-DE", "dark")])
async def test_teams_are_usable_on_a_phone_in_both_languages(
    serve: Serve, pool: Pool, browser: Browser, person: Person, locale: str, scheme: str
) -> None:
    await add_site(pool, "x" * 60)
    server = serve(SECRET_KEY=SECRET_KEY)
    await manager_link(pool, "anna" * 20)
    link = await manager_link(pool, "boss", "admin")
    body = {"name": "A" * 80, "assignment": "balanced", "members": [{"id": "anna" * 20}]}
    token = await api_token(pool, "boss")
    call(server, "PUT", "/manager/teams/sales", token, json=body).raise_for_status()
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "bypass_csp": True}
    context = await browser.new_context(**looks, viewport={"width": 390, "height": 844})
    page = await person(f"{server.url}/manager/settings/teams#token={link}", context)
    team = page.locator(".teams > li")
    await team.locator("summary").click()
    words = {"en-GB": ("Most open chats", "Save"), "de-DE": ("Höchstens", "Speichern")}[locale]
    most = team.get_by_role("spinbutton", name=words[0])
    await expect(most).to_be_visible()
    assert not await serious(page)
    for place in (".page", "html"):
        wide = await page.locator(place).evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 0, (place, wide)
    await most.fill("7")
    await team.get_by_role("button", name=words[1]).click()
    await expect(team.get_by_role("button", name=words[1])).to_have_count(0)
    [saved] = teams(server, token)
    assert saved["members"][0]["capacity"] == 7
