"""Pictures of both pages in every state: `python -m tests.browser.pictures FOLDER`.

Wide and phone, light and dark, English and German.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.states import console_states, widget_states
from tests.openai_server import OpenAIServer
from tests.server import Server

SIZES = {
    "wide": {"width": 1280, "height": 800},
    "large": {"width": 1920, "height": 1080},
    "phone": {"width": 390, "height": 780},
}
LOOKS = {"en-light": ("en-GB", "light"), "de-dark": ("de-DE", "dark")}


async def take(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for page_name, states in (("console", console_states), ("widget", widget_states)):
            for size, viewport in SIZES.items():
                for look, (locale, scheme) in LOOKS.items():
                    options = {"viewport": viewport, "locale": locale, "color_scheme": scheme}
                    await _take_states(
                        browser, states, folder, f"{page_name}-{size}-{look}", options
                    )
        await browser.close()


async def _take_states(
    browser: Any, states: Any, folder: Path, name: str, options: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as data, OpenAIServer() as openai:
        settings = {
            "DATA_DIR": data,
            "OPENAI_KEY": "key",
            "OPENAI_BASE_URL": openai.base_url,
            "QUIET_SECONDS": "0",
        }
        server = await asyncio.to_thread(Server, settings, Path(data) / "server.log")
        try:
            async for state, page in states(browser, server, openai, **options):
                await page.screenshot(path=folder / f"{name}-{state}.png")
        finally:
            await asyncio.to_thread(server.stop)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
