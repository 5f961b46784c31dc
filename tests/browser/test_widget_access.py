"""The widget for who cannot see it as it is: focus, forced colours and large letters."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Widget
from tests.browser.sites import Site
from tests.browser.test_widget_looks import ANSWER, say
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("accent", "ring"), [("#0b6e5f", "rgb(11, 110, 95)"), ("#ffd400", "rgb(27, 30, 37)")]
)
async def test_the_focus_has_the_accent_of_the_page_or_what_can_be_seen(
    serve: Serve, site: Site, person: Person, accent: str, ring: str
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ALLOWED_ORIGINS=site.url)
    script = f'<script src="{server.url}/widget.js" data-accent="{accent}"></script>'
    site.html = f"<!doctype html>{script}"
    page = await person(f"{site.url}/", color_scheme="light")
    await Widget(page).open()
    await expect(page.locator(".panel textarea")).to_be_focused()
    field = page.locator(".panel .field")
    assert await field.evaluate("(field) => getComputedStyle(field).borderColor") == ring
    await page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement.shadowRoot.activeElement).outlineColor"
    assert await page.evaluate(outline) == ring


async def test_forced_colours_show_the_focus_and_whose_message_it_is(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    page = await person(f"{server.url}/", forced_colors="active")
    widget = await say(page, "hello")
    await expect(widget.message("hello")).to_have_count(2)
    field = page.locator(".panel .field")
    await expect(page.locator(".panel textarea")).to_be_focused()
    assert await field.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    widths = await page.locator(".panel .row:not(.draft) .bubble").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).borderRightWidth)"
    )
    assert widths == ["4px", "1px"]


@pytest.mark.parametrize("size", [(640, 400), (320, 256)])
async def test_at_200_and_400_percent_one_can_read_and_write(
    serve: Serve, openai_server: OpenAIServer, person: Person, size: tuple[int, int]
) -> None:
    server = serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0")
    width, height = size
    page = await person(f"{server.url}/", viewport={"width": width, "height": height})
    openai_server.script(Behaviour(text=ANSWER))
    widget = await say(page, "What does it cost?")
    await expect(widget.message("what each plan costs")).to_be_visible()
    for name in ("textarea", ".send", "header button:last-child"):
        box = await page.locator(f".panel {name}").bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, (name, box)
    scroller = await page.locator(".panel .scroller").bounding_box()
    assert scroller and scroller["height"] >= height / 3, scroller
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
