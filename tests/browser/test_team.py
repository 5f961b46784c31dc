"""The team in the console: an admin invites, changes and removes colleagues."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_looks import serious
from tests.browser.test_settings import installation, part
from tests.mailbox import mailbox, text_of
from tests.server import Serve
from tests.sites import add_site
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.sites, pytest.mark.timeout(600)]


def row(page: Page, name: str) -> Locator:
    return page.locator(".team > li").filter(has=page.locator(".what", has_text=name))


async def link_in(place: Locator) -> str:
    """The link that is shown, this once."""
    secret = place.locator(".secret input")
    await expect(secret).to_be_visible()
    return await secret.input_value()


async def test_an_admin_invites_changes_and_removes_a_colleague(
    serve: Serve, pool: Pool, person: Person
) -> None:
    await add_site(pool, "shop")
    await add_site(pool, "blog")
    server = installation(serve)
    at = f"{server.url}/manager/settings/team"
    page = await person(f"{at}#token={await manager_link(pool, 'boss', 'admin')}")
    invite = part(page, "Invite somebody")
    make = invite.get_by_role("button", name="Make the link")
    name = invite.get_by_role("textbox", name="Name", exact=True)
    # What is wrong is said at its field, and what is begun is kept.
    await name.fill("Ada Lovelace")
    await make.click()
    await expect(invite.get_by_text("Please choose at least one website")).to_be_visible()
    await invite.get_by_label("Shop").check()
    await page.reload()
    await expect(name).to_have_value("Ada Lovelace")
    await expect(invite.get_by_label("Shop")).to_be_checked()
    await name.press("Enter")
    link = await link_in(invite)
    assert link.startswith(f"{server.url}/manager#token=sbm_")
    ada = row(page, "Ada Lovelace")
    await expect(ada).to_contain_text("Shop")
    await expect(ada).to_contain_text("Has a link that is not used yet")
    await page.get_by_role("link", name="Sites", exact=True).click()
    assert link not in await page.content()
    hers = await person(link)
    await expect(hers.locator(".rail")).to_be_visible()
    # The list says what is so when it is loaded.
    async with asyncio.timeout(60):
        while await pool.fetchval("select count(distinct manager_id) from connections") < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await expect(hers.get_by_role("link", name="Settings")).to_have_count(0)

    await page.get_by_role("link", name="Team", exact=True).click()
    await expect(ada).to_contain_text("Here now · signed in in 1 browser")
    # By keyboard. Whoever goes is asked about what is not saved.
    await ada.locator("summary").press("Enter")
    await ada.get_by_label("Blog").press("Space")
    await page.get_by_role("link", name="Inbox").click()
    dialog = page.get_by_role("dialog", name="Not saved yet")
    await dialog.get_by_role("button", name="Stay here").click()
    await page.reload()
    await expect(ada.get_by_label("Blog")).to_be_checked()
    await ada.get_by_role("button", name="Save").click()
    await expect(ada.get_by_text("Saved", exact=True)).to_be_visible()
    # Another rank is felt at once, also by a console that is open.
    await ada.get_by_role("radio", name="Admin").check()
    await ada.get_by_role("button", name="Save").click()
    await expect(hers.get_by_role("link", name="Settings")).to_be_visible()
    sites = "select string_agg(site_id, ' ' order by site_id) from members where manager_id <> $1"
    assert await pool.fetchval(f"{sites} and manager_id like 'ada%'", "") == "blog shop"

    await ada.get_by_label("Also sign them out everywhere").check()
    await ada.get_by_role("button", name="New link").click()
    another = await link_in(ada)
    gone = hers.get_by_text("You are not signed in any more")
    await expect(gone).to_be_visible()
    await hers.reload()
    await hers.get_by_label("Link", exact=True).fill(another)
    await hers.keyboard.press("Enter")
    await expect(hers.get_by_role("link", name="Settings")).to_be_visible()
    remove = ada.get_by_role("button", name="Remove")
    await remove.click()
    await remove.click()
    await expect(ada).to_have_count(0)
    await expect(gone).to_be_visible()


async def test_the_last_admin_keeps_the_rank(serve: Serve, pool: Pool, person: Person) -> None:
    server = installation(serve)
    await pool.execute("update managers set role = 'agent' where manager_id = 'admin'")
    link = await manager_link(pool, "boss", "admin")
    page = await person(f"{server.url}/manager/settings/team#token={link}")
    boss = row(page, "Boss (You)")
    await boss.locator("summary").click()
    await expect(boss.get_by_role("button", name="Remove")).to_have_count(0)
    await boss.get_by_role("radio", name="Agent").check()
    await boss.get_by_role("button", name="Save").click()
    await expect(boss.get_by_text("Somebody has to be an admin")).to_be_visible()
    await boss.get_by_role("button", name="Discard").click()
    await expect(boss.get_by_role("radio", name="Admin")).to_be_checked()


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("de-DE", "dark")])
async def test_the_team_is_usable_on_a_phone_in_both_languages(
    serve: Serve, pool: Pool, browser: Browser, person: Person, locale: str, scheme: str
) -> None:
    await add_site(pool, "x" * 60)
    server = installation(serve)
    looks: dict[str, Any] = {"locale": locale, "color_scheme": scheme, "bypass_csp": True}
    context = await browser.new_context(**looks, viewport={"width": 390, "height": 844})
    await manager_link(pool, "anna")
    link = await manager_link(pool, "boss", "admin")
    page = await person(f"{server.url}/manager/settings/team#token={link}", context)
    anna = row(page, "Anna")
    await anna.locator("summary").click()
    await anna.get_by_role("button", name={"en-GB": "New link"}.get(locale, "Neuer Link")).click()
    await link_in(anna)
    assert not await serious(page)
    for room in (".page", "html"):
        wide = await page.locator(room).evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 0, (room, wide)


@pytest.mark.noticed
async def test_a_link_can_go_by_mail_where_mail_leaves(
    serve: Serve, pool: Pool, person: Person
) -> None:
    link = await manager_link(pool, "boss", "admin")
    async with mailbox() as smtp:
        leaves = {"MAIL_URL": smtp.url, "MAIL_FROM": "chat@shop.example"}
        server = serve(SECRET_KEY=SECRET_KEY, **leaves)
        page = await person(f"{server.url}/manager/settings/team#token={link}")
        invite = part(page, "Invite somebody")
        await invite.get_by_role("textbox", name="Name", exact=True).fill("Ada Lovelace")
        await invite.get_by_label("Admin").check()
        email = invite.get_by_label("E-mail address")
        # What is no address is said at its field, and nobody is invited.
        await email.fill("ada")
        await invite.get_by_role("button", name="Make the link").click()
        await expect(email).to_be_focused()
        await expect(row(page, "Ada Lovelace")).to_have_count(0)
        await email.fill("ada@home.example")
        await invite.get_by_role("button", name="Make the link").click()
        await expect(invite).to_contain_text("It is on its way to ada@home.example.")
        [mail] = await smtp.got("ada@home.example")
        assert await link_in(invite) in text_of(mail)
        ada = row(page, "Ada Lovelace")
        await ada.get_by_text("Change Ada Lovelace").click()
        await ada.get_by_label("E-mail address").fill("ada@home.example")
        await ada.get_by_role("button", name="New link").click()
        await expect(ada).to_contain_text("It is on its way to ada@home.example.")
        _, second = await smtp.got("ada@home.example", 2)
        assert await link_in(ada) in text_of(second)
