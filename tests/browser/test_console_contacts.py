"""The contacts' page, by keyboard: find, edit, merge, take apart, block, export."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_console_keyboard import WATCH, Keys
from tests.client import visitor
from tests.server import Serve, Server

pytestmark = [ONE_LOOP, pytest.mark.sites, pytest.mark.timeout(600)]

WIDE = {"viewport": {"width": 1400, "height": 900}}


async def begun(server: Server, name: str, **known: str) -> str:
    """A visitor of this name, who has written and gone."""
    body = {"visitor": {"name": name, **known}, "page_url": "https://shop.example/cart"}
    chat_id = str(server.post("/chats", body).json()["chat_id"])
    async with visitor(server, chat_id) as client:
        await client.say(f"hello from {name}")
        await client.reply_to(1)
    return chat_id


async def accessible(page: Page) -> None:
    found = await Axe().run(page)
    assert not found.response["violations"], found.generate_report()


async def test_a_manager_knows_who_somebody_is_without_a_mouse(
    serve: Serve, person: Person, tmp_path: Path
) -> None:
    server = serve(ECHO_DELAY="0")
    ada = await begun(server, "Ada", time_zone="Asia/Tokyo", email="ada@shop.example")
    await begun(server, "Bob")
    # What still fades in has too little contrast.
    page = await person(f"{server.url}/manager", **WIDE, reduced_motion="reduce")
    await page.evaluate(WATCH)
    keys = Keys(page)
    await expect(page.locator(".chat")).to_have_count(2)
    await page.keyboard.press("Escape")
    await page.keyboard.type("gk")
    await expect(page).to_have_url(f"{server.url}/manager/people")
    rows = page.locator(".people li:visible")
    await expect(rows).to_have_count(2)
    await accessible(page)

    await keys.tab_to("Export as CSV")
    async with page.expect_download() as downloading:
        await keys.press("Enter")
    download = await downloading.value
    await download.save_as(tmp_path / "contacts.csv")
    assert "ada@shop.example" in (tmp_path / "contacts.csv").read_text(encoding="utf-8-sig")

    await keys.tab_to("Search contacts")
    await keys.type("ad")
    await expect(rows).to_have_count(1)
    await keys.tab_to("Ada")
    await keys.press("Enter")
    heading = page.locator("h1", has_text="Ada")
    await expect(heading).to_be_visible()
    await expect(page.get_by_text("Asia/Tokyo (by the visitor)")).to_be_visible()
    await expect(page.get_by_text("https://shop.example/cart")).to_be_visible()
    await accessible(page)

    await keys.tab_to("Block")
    await keys.press("Enter")
    await expect(page.get_by_text("Blocked: their messages are refused.")).to_be_visible()
    async with visitor(server, ada) as client:
        assert (await client.say("let me in"))["code"] == "forbidden"
    await keys.tab_to("Let them write again")
    await keys.press("Enter")
    await expect(page.get_by_text("Their messages arrive.")).to_be_visible()

    for _ in range(40):
        await keys.press("Tab")
        if await page.evaluate("document.activeElement.name") == "name":
            break
    await keys.press("ControlOrMeta+a")
    await keys.type("Countess")
    await keys.press("Enter")
    await expect(page.locator("h1:visible")).to_contain_text("Countess")
    assert await page.evaluate("document.activeElement.name") == "name", "the focus stays"

    await keys.tab_to("Merge another contact into this one")
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Merge: Bob")).to_be_visible()
    await keys.tab_to("Merge: Bob")
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Take out: Bob")).to_be_visible()
    await keys.tab_to("Take out: Bob")
    await accessible(page)
    await keys.again(page.url)
    assert await page.evaluate("window.pointed ?? 0") == 0

    # Beside the chat: who it is, their time, and what else they wrote.
    await page.locator("section[aria-label=Chats] a", has_text="Ada").press("Enter")
    details = page.locator(".details")
    await expect(details.get_by_text("(Asia/Tokyo)")).to_be_visible()
    await expect(details.locator(".name")).to_have_text("Countess")
    await expect(page.locator(".chat .name")).to_have_text(["Countess", "Countess"])
    past = details.locator(".people a")
    await expect(past).to_have_count(1)
    await accessible(page)
    await details.get_by_role("link", name="Open contact").press("Enter")
    await page.get_by_role("button", name="Take out: Bob").press("Enter")
    await expect(page.get_by_role("button", name="Take out: Bob")).to_have_count(0)


async def test_a_blocked_contacts_chat_leaves_the_inbox_and_comes_back(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await begun(server, "Ada")
    ada = await begun(server, "Mallory")
    page = await person(f"{server.url}/manager", **WIDE)
    names = page.locator(".chat .name")
    await expect(names).to_have_text(["Mallory", "Ada"])
    [chat] = server.get("/manager/chats", chat_id=ada).json()["chats"]
    path = f"/manager/contacts/{chat['contact']['id']}/restriction"
    assert server.post(path, {"restriction": "spam"}).is_success
    await expect(names).to_have_text(["Ada"])
    assert server.post(path, {"restriction": None}).is_success
    await expect(names).to_have_text(["Mallory", "Ada"])
