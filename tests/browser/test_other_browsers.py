"""A visitor's chat in Firefox and in WebKit, as their makers ship them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.browser.drivers import ENTER, Driver, firefox, until, webkit
from tests.browser.sites import Site
from tests.server import Serve
from tests.tickets import SECRET_KEY

pytestmark = pytest.mark.timeout(300)

ROOT = "document.querySelector('switchboard-chat')?.shadowRoot"
FIELD = f"{ROOT}?.activeElement?.tagName === 'TEXTAREA'"
BODIES = f"[...{ROOT}.querySelectorAll('.row:not(.draft) .body')]"
OPEN = f"{ROOT}?.querySelector('.panel')?.hidden === false"


def said(text: str, times: int) -> str:
    return f"{BODIES}.filter((one) => one.innerText.includes({text!r})).length === {times}"


@pytest.mark.parametrize("browser", [firefox, webkit])
async def test_a_visitors_chat_in_a_browser_of_another_maker(
    serve: Serve,
    site: Site,
    tmp_path: Path,
    browser: Callable[[Path], AbstractAsyncContextManager[Driver]],
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    script = f'<script src="{server.url}/widget.js" data-accent="#0b6e5f"></script>'
    heard = "<script>window.heard = 0; document.onkeydown = () => heard++</script>"
    site.pages |= {path: f"<!doctype html>{script}{heard}<p>{path}" for path in ("/", "/b")}
    async with browser(tmp_path) as page:
        await page.goto(f"{site.url}/")
        await until(page, f"{ROOT}?.querySelector('.launcher')")
        await page.evaluate(f"{ROOT}.querySelector('.launcher').click()")
        await until(page, FIELD)
        await page.keys(f"**hello** from another browser{ENTER}")
        await until(page, said("from another browser", 2))
        assert await page.evaluate("heard") == 0
        # The body is swapped, and the chat goes on.
        await page.evaluate("document.body.replaceWith(document.createElement('body'))")
        await page.keys(f"still here{ENTER}")
        await until(page, said("still here", 2))
        # On the next page the panel is open, with all that was said.
        await page.goto(f"{site.url}/b")
        await until(page, OPEN)
        await until(page, said("from another browser", 2))
        colour = f"getComputedStyle({ROOT}.querySelector('.launcher')).backgroundColor"
        assert await page.evaluate(colour) == "rgb(11, 110, 95)"
