"""Saved views, by the keyboard alone: saved, shared, reloaded, renamed, deleted."""

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from core.store.database import Pool
from tests.access.people import User, begin, call, signed
from tests.browser.conftest import ONE_LOOP, Person
from tests.server import Serve, Server
from tests.tickets import api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def written(server: Server) -> User:
    """A new chat with an answer."""
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return user


def saved(page: Page) -> Locator:
    return page.get_by_role("group", name="Saved views")


async def run(page: Page, command: str) -> None:
    """Run a command of the palette."""
    await page.keyboard.press("Control+k")
    field = page.locator("dialog.palette input")
    await expect(field).to_be_focused()
    await page.keyboard.type(command)
    chosen = page.locator("dialog.palette").get_by_role("option", selected=True)
    await expect(chosen).to_contain_text(command)
    await page.keyboard.press("Enter")
    await expect(field).to_be_hidden()


async def to_views(page: Page) -> None:
    """Go to the first of the saved views."""
    await page.locator("body").press("g")
    await page.locator("body").press("v")
    await expect(saved(page).get_by_role("link").first).to_be_focused()


async def test_a_view_is_saved_by_keys_shared_reloaded_renamed_and_deleted(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    tagged, _ = await written(server), await written(server)
    at = f"{server.url}/manager"
    page = await person(f"{at}#token={await manager_link(pool, 'boss', 'admin')}")
    token = await api_token(pool, "boss")
    path = f"/manager/chats/{tagged.chat_id}/tags"
    assert call(server, "POST", path, token, json={"add": ["vip"]}).is_success
    keys, chats = page.keyboard, page.locator(".chat")
    await expect(chats).to_have_count(2)
    await expect(saved(page)).to_have_count(0)
    await page.locator("body").press("/")
    await keys.type("#vip")
    await keys.press("Enter")
    await expect(chats).to_have_count(1)
    await expect(chats).to_be_focused()
    # A name, for whom, and saved; all by keys.
    await run(page, "Save this view")
    dialog = page.get_by_role("dialog", name="Save this view")
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await expect(dialog).to_contain_text("All · #vip")
    await keys.type("VIPs")
    await keys.press("Tab")
    await expect(dialog.get_by_label("For whom")).to_be_focused()
    await keys.type("Team of")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(dialog).to_be_hidden()
    vips = saved(page).get_by_role("link", name="VIPs")
    await expect(vips).to_be_focused()
    await expect(vips).to_have_attribute("aria-current", "true")
    await expect(page).to_have_url(f"{at}/inbox/all?q=%23vip")
    assert await vips.get_attribute("href") == "/manager/inbox/all?q=%23vip"
    # The same name again is refused, and what was typed stays.
    await run(page, "Save this view")
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await keys.type("vips")
    await keys.press("Tab")
    await keys.type("Team of")
    await keys.press("Shift+Tab")
    await keys.press("Enter")
    await expect(dialog).to_contain_text("Please choose another `name`")
    await keys.press("Escape")
    await expect(dialog).to_be_hidden()
    # A reload keeps it, and so does a colleague's console.
    await page.reload()
    await expect(vips).to_have_attribute("aria-current", "true")
    await expect(chats).to_have_count(1)
    hers = await person(f"{at}#token={await manager_link(pool, 'anna')}")
    await expect(hers.locator(".chat")).to_have_count(2)
    await expect(saved(hers).get_by_role("link")).to_have_text(["VIPs"])
    await to_views(hers)
    await hers.keyboard.press("Enter")
    await expect(hers.locator(".chat")).to_have_count(1)
    await expect(hers.get_by_role("searchbox")).to_have_value("#vip")
    await expect(hers.get_by_role("button", name="Change the view VIPs")).to_be_hidden()
    await hers.locator("body").press("g")
    await hers.locator("body").press("o")
    await expect(hers.locator(".chat")).to_have_count(2)
    await run(hers, "Shared view: VIPs")
    await expect(hers.locator(".chat")).to_have_count(1)
    # Renamed: it is still where it was.
    await to_views(page)
    await keys.press("Tab")
    await expect(page.get_by_role("button", name="Change the view VIPs")).to_be_focused()
    await keys.press("Enter")
    change = page.get_by_role("dialog", name="Change the view")
    await expect(change.get_by_label("Name")).to_have_value("VIPs")
    await keys.type("Gold")
    await keys.press("Enter")
    gold = saved(page).get_by_role("link", name="Gold")
    await expect(gold).to_be_focused()
    await expect(saved(page).get_by_role("link")).to_have_count(1)
    await hers.reload()
    await expect(saved(hers).get_by_role("link")).to_have_text(["Gold"])
    # Deleted, after it has been asked.
    await run(page, "Change the view: Gold")
    await expect(change.get_by_label("Name")).to_be_focused()
    for _ in range(3):
        await keys.press("Tab")
    await expect(change.get_by_role("button", name="Delete")).to_be_focused()
    await keys.press("Enter")
    await expect(change.get_by_role("button", name="Delete it now?")).to_be_focused()
    await keys.press("Enter")
    await expect(change).to_be_hidden()
    await expect(saved(page)).to_have_count(0)
    await hers.reload()
    await expect(hers.locator(".chat")).to_have_count(1)
    await expect(saved(hers)).to_have_count(0)


async def test_ones_own_views_and_teams_stand_after_the_lists_in_ones_language(
    serve: Serve, pool: Pool, person: Person, browser: Browser
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    first, _ = await written(server), await written(server)
    at = f"{server.url}/manager"
    link = await manager_link(pool, "anna")
    await manager_link(pool, "boss", "admin")
    boss, anna = await api_token(pool, "boss"), await api_token(pool, "anna")
    team = {"site": "default", "name": "Support", "members": [{"id": "anna", "capacity": 0}]}
    assert call(server, "PUT", "/manager/teams/support", boss, json=team).is_success
    path = f"/manager/chats/{first.chat_id}/assignment"
    assert call(server, "POST", path, boss, json={"team": "support"}).is_success
    german = await browser.new_context(locale="de-DE")
    page = await person(f"{at}#token={link}", german)
    chats, group = page.locator(".chat"), page.get_by_role("group", name="Gespeicherte Ansichten")
    await expect(chats).to_have_count(2)
    await expect(group.get_by_role("link")).to_have_text(["Team: Support"])
    await group.get_by_role("link").click()
    await expect(chats).to_have_count(1)
    await expect(page).to_have_url(f"{at}/inbox/open?q=team%3Asupport")
    # What was typed a moment ago is saved, too.
    await page.locator("body").press("f")
    save = page.get_by_role("button", name="Diese Ansicht speichern")
    await expect(save).to_be_visible()
    await page.get_by_role("searchbox").fill("hello <b>x")
    await save.click()
    dialog = page.get_by_role("dialog", name="Diese Ansicht speichern")
    await expect(dialog).to_contain_text("hello <b>x")
    # Who may share nothing is not asked for whom it is.
    await expect(dialog.get_by_label("Für wen")).to_be_hidden()
    await dialog.get_by_label("Name").fill("<i>Mine</i>")
    await page.keyboard.press("Enter")
    await expect(group.get_by_role("link")).to_have_text(["<i>Mine</i>", "Team: Support"])
    [view] = call(server, "GET", "/manager/views", anna).json()["views"]
    assert view["query"] == {"filter": "all", "q": "hello <b>x"} and "site" not in view
    assert call(server, "GET", "/manager/views", boss).json()["views"] == []
    # One that a program made, with parameters of the list.
    query = {"filter": "open", "team": "gone", "person": "me", "after": "2026-01-01T00:00:00Z"}
    body = {"name": "Program", "query": query}
    made = call(server, "PUT", f"/manager/views/{view['id']}", anna, json=body)
    assert made.status_code == 204
    await page.reload()
    await group.get_by_role("link", name="Program").click()
    await expect(page.locator(".empty")).to_contain_text("Das Team „gone“ gibt es nicht")
    await expect(group.get_by_role("link", name="Program")).to_have_attribute(
        "aria-current", "true"
    )


async def test_a_late_answer_to_one_view_does_not_close_the_next_one(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    await written(server)
    page = await person(f"{server.url}/manager#token={await manager_link(pool, 'boss', 'admin')}")
    await expect(page.locator(".chat")).to_have_count(1)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        """The first one waits."""
        held.append(route)
        if len(held) > 1:
            await route.continue_()

    await page.route("**/manager/views/*", hold)
    await run(page, "Save this view")
    dialog, name = page.get_by_role("dialog"), page.get_by_label("Name", exact=True)
    await name.fill("first")
    async with page.expect_request("**/manager/views/*"):
        await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await run(page, "Save this view")
    await name.fill("second")
    await held[0].continue_()
    await expect(saved(page).get_by_role("link", name="first")).to_be_visible()
    await expect(dialog).to_be_visible()
    await expect(name).to_have_value("second")
    await page.keyboard.press("Enter")
    await expect(saved(page).get_by_role("link", name="second")).to_be_visible()
    await expect(dialog).to_be_hidden()
