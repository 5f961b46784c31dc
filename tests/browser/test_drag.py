"""Chats that are dropped on whom they are assigned to, with a real mouse."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from core.store.database import Pool
from tests.access.people import begin, call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def shop(serve: Serve, pool: Pool, *visitors: str) -> tuple[Server, str, str]:
    """A server with these visitors' chats and a team; the link and a token of Anna."""
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    for name in visitors:
        async with begin(server).client() as client:
            await client.say(f"hello from {name}")
            await client.reply_to(1)
    await manager_link(pool, "boss", "admin")
    admin = await api_token(pool, "boss")
    call(server, "PUT", "/manager/teams/sales", admin, json={"name": "Sales"}).raise_for_status()
    link = await manager_link(pool, "anna")
    return server, link, await api_token(pool, "anna")


def target(page: Page, name: str) -> Locator:
    return page.locator(".drop li", has_text=name)


async def take(page: Page, row: Locator) -> None:
    """Press on a row, and begin to drag it."""
    await row.hover()
    await page.mouse.down()
    box = await row.bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for step in range(1, 5):
        await page.mouse.move(at[0] + 5 * step, at[1])
    await expect(page.locator(".drop")).to_be_visible()


async def drop(page: Page, where: Locator) -> None:
    """Let go above it: a drag is over a thing at the second move there."""
    await expect(where).to_be_visible()
    await where.hover(force=True)
    await where.hover(force=True)
    await expect(page.locator(".drop .over")).to_have_count(1)
    await page.mouse.up()
    await expect(page.locator(".drop")).to_have_count(0)


def assigned(server: Server, token: str) -> dict[str, Any]:
    """Who has which chat, by what was said last; a team by its name."""
    chats = call(server, "GET", "/manager/chats?filter=all", token).json()["chats"]
    return {
        one["last_message"]["text"].split()[-1]: (one.get("assignee") or one.get("team") or {}).get(
            "name"
        )
        for one in chats
    }


async def test_a_chat_is_dropped_on_a_team_a_colleague_and_nobody_and_taken_back(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server, link, token = await shop(serve, pool, "ada", "bob")
    console = Console(await person(f"{server.url}/manager/inbox/open#token={link}"))
    page = console.page
    ada = console.chat("from ada")
    await expect(ada).to_be_visible()
    await take(page, ada)
    # Who is not here is no target.
    await expect(target(page, "Team: Sales")).to_be_visible()
    await expect(target(page, "Boss")).to_have_count(0)
    await drop(page, target(page, "Team: Sales"))
    await expect(page.locator(".toast")).to_contain_text("The chat is assigned: Team: Sales.")
    assert assigned(server, token) == {"ada": "Sales", "bob": None}
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast")).to_contain_text("Undone.")
    assert assigned(server, token) == {"ada": None, "bob": None}
    # A colleague comes, and is one.
    theirs = await manager_link(pool, "ben")
    ben = await person(f"{server.url}/manager/inbox/mine#token={theirs}")
    await expect(ben.locator(".rail")).to_be_visible()
    await ben.wait_for_function("() => document.querySelector('.empty h2')")
    await expect(console.chat("from bob")).to_be_visible()
    while not any(
        one["here"]
        for one in call(server, "GET", "/manager/teams", token).json()["people"]
        if one["id"] == "ben"
    ):
        await page.wait_for_timeout(100)
    await take(page, console.chat("from bob"))
    await drop(page, target(page, "Ben"))
    await expect(ben.locator(".chat", has_text="from bob")).to_be_visible()
    assert assigned(server, token) == {"ada": None, "bob": "Ben"}
    await take(page, console.chat("from bob"))
    await drop(page, target(page, "Nobody"))
    await expect(ben.locator(".chat", has_text="from bob")).to_have_count(0)
    # Let go elsewhere, nothing happens, and no field has the chat's address.
    await console.choose("from ada")
    field = page.locator(".conversation textarea").first
    await take(page, console.chat("from bob"))
    await field.hover(force=True)
    await field.hover(force=True)
    await page.mouse.up()
    await expect(page.locator(".drop")).to_have_count(0)
    await expect(field).to_have_value("")
    # A click is still a click.
    await console.choose("from bob")
    await expect(console.message("hello from bob").first).to_be_visible()


async def test_all_that_are_selected_go_along_and_come_back_together(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server, link, token = await shop(serve, pool, "ada", "bob", "cyd")
    console = Console(await person(f"{server.url}/manager/inbox/open#token={link}"))
    page = console.page
    await console.chat("from cyd").focus()
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(page.locator(".many").get_by_role("status").first).to_have_text("2 selected")
    # Who is not selected goes alone.
    await take(page, console.chat("from ada"))
    await expect(page.locator(".drop")).to_contain_text("Assign the chat to")
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await page.mouse.move(600, 400)
    await expect(page.locator(".drop")).to_have_count(0)
    await take(page, console.chat("from bob"))
    await expect(page.locator(".drop")).to_contain_text("Assign 2 chats to")
    await drop(page, target(page, "Me"))
    await expect(page.locator(".toast")).to_contain_text("2 chats changed.")
    await expect(page.locator(".many")).to_be_hidden()
    assert assigned(server, token) == {"ada": None, "bob": "Anna", "cyd": "Anna"}
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast")).to_contain_text("Undone.")
    assert set(assigned(server, token).values()) == {None}


async def test_a_narrow_window_has_room_for_targets_and_a_finger_drags_nothing(
    serve: Serve, pool: Pool, browser: Browser, person: Person
) -> None:
    server, link, token = await shop(serve, pool, "ada")
    small: ViewportSize = {"width": 390, "height": 844}
    context = await browser.new_context(locale="en-GB", viewport=small)
    console = Console(await person(f"{server.url}/manager/inbox/open#token={link}", context))
    page = console.page
    ada = console.chat("from ada")
    await expect(ada).to_be_visible()
    await take(page, ada)
    # It is in the half that the mouse is not in: whoever lets go at once assigns nothing.
    box, at = await page.locator(".drop").bounding_box(), await ada.bounding_box()
    assert box and at and at["y"] + at["height"] < 422 < box["y"]
    for place in ("html", ".drop"):
        wide = await page.locator(place).evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 0, place
    await drop(page, target(page, "Me"))
    await expect(page.locator(".toast")).to_contain_text("The chat is assigned: Me.")
    assert assigned(server, token) == {"ada": "Anna"}
    # What is so already is said, and there is nothing to take back.
    await take(page, ada)
    await drop(page, target(page, "Me"))
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)

    finger = await browser.new_context(viewport=small, has_touch=True, is_mobile=True)
    link = await manager_link(pool, "ben")
    page = await person(f"{server.url}/manager/inbox/open#token={link}", finger)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    began = """() => new Promise((done) => {
      addEventListener("dragstart", () => setTimeout(() => setTimeout(done)));
      const row = document.querySelector(".chat");
      row.dispatchEvent(
        new DragEvent("dragstart", { bubbles: true, dataTransfer: new DataTransfer() }),
      );
    })"""
    await expect(page.locator(".chat")).to_be_visible()
    await page.evaluate(began)
    assert not [one for one in asked if "drop_targets" in one]
