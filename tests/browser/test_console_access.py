"""The console by keyboard, for screen readers, in the reader's own colours, at twice its size."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

NAMED = "() => document.activeElement.closest('.chat')?.querySelector('.name').textContent"
GROUND = "element => getComputedStyle(element).backgroundColor"
WIDTHS = """(selector) => {
  const style = getComputedStyle(document.querySelector(selector));
  return ["Top", "Right", "Bottom", "Left"].map((side) => style[`border${side}Width`]);
}"""


async def focused(page: Page) -> str | None:
    """The name of the chat that has the focus."""
    name: str | None = await page.evaluate(NAMED)
    return name


async def test_the_list_is_one_stop_and_the_arrows_go_through_it(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, *(f"v{n}" for n in range(9, 0, -1)))
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await expect(page.locator(".chat")).to_have_count(9)
    assert await page.locator(".chat[tabindex='0']").count() == 1
    await page.get_by_role("searchbox").focus()
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "Visitor v1"
    for key, name in (("ArrowDown", "v2"), ("End", "v9"), ("ArrowUp", "v8"), ("Home", "v1")):
        await page.keyboard.press(key)
        assert await focused(page) == f"Visitor {name}"
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".conversation h2")).to_have_text("Visitor v2")
    await expect(page.locator(".conversation textarea")).to_be_focused()
    # From the field to the list and back, without going through every chat.
    await page.keyboard.press("Escape")
    assert await focused(page) == "Visitor v2"
    await page.keyboard.press("?")
    await expect(page.locator("dialog.help")).to_be_visible()
    await page.keyboard.press("Escape")
    stops = 0
    while not await page.evaluate("() => document.activeElement.matches('textarea')"):
        await page.keyboard.press("Tab")
        stops += 1
        assert stops < 8


async def test_the_first_stop_leads_to_the_field_and_shortcuts_open_from_it(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await console.choose("ada")
    await page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Skip to the open chat")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".conversation textarea")).to_be_focused()
    await page.keyboard.press("Control+/")
    await expect(page.locator("dialog.help")).to_be_visible()


async def test_what_is_read_aloud_is_what_is_seen(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    async with visitor(server, "bob") as client:
        await client.send("human", reason="a refund")
        await client.next("chat", waiting_for="asked")
    page = await person(f"{server.url}/manager", bypass_csp=True)
    await Console(page).choose("ada")
    await expect(page.locator(".conversation .row")).to_have_count(3)
    # Until a person writes, the assistant goes on.
    spoken = (
        r"Visitor bob ?, offline, Waiting now ?, answered by Assistant, Visitor asked.*a person"
    )
    waits = page.get_by_role("link", name=re.compile(spoken))
    await expect(waits).to_have_count(1)
    tab = page.get_by_role("link", name=re.compile("^Waiting ?, ?1$"))
    await expect(tab).to_have_count(1)
    await expect(page.get_by_role("region", name="Chat with Visitor ada")).to_have_count(1)
    await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate(
        """() => axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          rules: {"label-content-name-mismatch": {enabled: true}},
        })"""
    )
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


async def test_in_the_readers_own_colours_every_mark_is_still_there(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    page = await person(f"{server.url}/manager", forced_colors="active")
    await Console(page).choose("ada")
    await expect(page.locator(".chat[aria-current]")).to_have_count(1)
    chosen = await page.evaluate(WIDTHS, ".chat[aria-current]")
    assert chosen != await page.evaluate(WIDTHS, ".chat:not([aria-current])")
    chosen_tab = await page.evaluate(WIDTHS, ".views a[aria-current]")
    assert chosen_tab != await page.evaluate(WIDTHS, ".views a:not([aria-current])")
    async with visitor(server, "bob"):
        await expect(page.locator(".chat .online:not([hidden])")).to_have_count(1)
        assert "4px" in await page.evaluate(WIDTHS, ".chat .online:not([hidden])")
    said = await page.evaluate(WIDTHS, ".row.assistant .bubble")
    assert "0px" not in said and said != await page.evaluate(WIDTHS, ".row.user .bubble")
    here = await page.evaluate(WIDTHS, ".rail a[aria-current]")
    assert here != await page.evaluate(WIDTHS, ".rail a:not([aria-current])")
    await page.keyboard.press("ControlOrMeta+k")
    picked = await page.evaluate(WIDTHS, ".palette li[aria-selected='true']")
    assert picked != await page.evaluate(WIDTHS, ".palette li[aria-selected='false']")


async def test_an_answer_is_text_under_its_mark_and_a_visitors_is_a_bubble(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    page = await person(f"{server.url}/manager")
    await Console(page).choose("ada")
    await expect(page.locator(".row.assistant > .avatar .icon")).to_be_visible()
    ground = await page.locator(".side").evaluate(GROUND)
    assert await page.locator(".row.assistant .bubble").evaluate(GROUND) == ground
    assert await page.locator(".row.user .bubble").evaluate(GROUND) != ground


async def test_at_twice_its_size_more_than_half_of_the_page_is_messages(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    async with visitor(server, "ada") as client:
        await client.send("human", reason="a refund")
        await client.next("chat", waiting_for="asked")
    # 1280 by 800 at 200 %.
    page = await person(f"{server.url}/manager", viewport={"width": 640, "height": 400})
    await Console(page).choose("ada")
    await expect(page.locator(".conversation .wait")).to_be_visible()
    # While the chat loads, a line says so above its messages.
    await expect(page.locator(".conversation p.unloaded")).to_be_hidden()
    box = await page.locator(".conversation .scroller").bounding_box()
    assert box is not None and box["height"] > 200, box
    await page.locator(".more").click()
    await expect(page.locator(".details")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.locator(".details")).to_be_hidden()
    await expect(page.locator(".conversation textarea")).to_be_focused()
    await page.keyboard.press("ControlOrMeta+k")
    await expect(page.locator(".palette li").first).to_be_in_viewport()
    await page.keyboard.type("Account")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page h1")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.parametrize("width", [320, 640, 900, 1280, 1920])
async def test_nothing_is_cut_off_at_any_width(serve: Serve, person: Person, width: int) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    page = await person(f"{server.url}/manager", viewport={"width": width, "height": 800})
    await Console(page).choose("ada")
    await expect(page.locator(".conversation textarea")).to_be_in_viewport()
    await page.locator(".conversation textarea").fill("half a sentence")
    for name in ("Send", "Take over", "Close"):
        button = page.get_by_role("button", name=name, exact=True)
        await expect(button).to_be_in_viewport(ratio=1)
    beside = await page.locator(".details").is_visible()
    assert beside == (width >= 1200)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_motion_stops_for_who_wants_none(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    moving = "() => document.getAnimations().filter(one => one.playState === 'running').length"
    for wish, moves in (("no-preference", True), ("reduce", False)):
        page = await person(f"{server.url}/manager", reduced_motion=wish)
        await expect(page.locator(".chat")).to_have_count(2)
        # The help comes up from below.
        found = await page.evaluate(
            f"""async () => {{
              dispatchEvent(new KeyboardEvent("keydown", {{ key: "?" }}));
              await new Promise(requestAnimationFrame);
              return ({moving})();
            }}"""
        )
        assert bool(found) == moves
