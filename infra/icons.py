"""Draw the console's icons as PNGs from `functions/web/favicon.svg`: phones take no SVG.

python -m infra.icons    write them; it needs Chromium
"""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WEB = Path(__file__).parent.parent / "functions" / "web"
# A system cuts a maskable icon to a shape of its own. Only four fifths of it are always seen.
# https://www.w3.org/TR/appmanifest/#icon-masks
SAFE = 0.8
# A name, its size in pixels, how much of it the sign takes, and what is behind it.
ICONS = {
    "console-192": (192, 1.0, "transparent"),
    "console-512": (512, 1.0, "transparent"),
    "maskable-512": (512, SAFE, "#2847c7"),
    "touch-180": (180, SAFE, "#2847c7"),
}
# Beside the time of a phone, which takes its shape and no colour.
BADGE = "badge-96"


def draw(page: Page, svg: str, name: str, size: int, share: float, behind: str) -> None:
    inner = round(size * share)
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(
        f"<style>html,body{{margin:0;background:{behind}}}svg{{display:block;width:{inner}px;"
        f"height:{inner}px;margin:{(size - inner) // 2}px}}</style>{svg}"
    )
    path = WEB / "icons" / f"{name}.png"
    page.screenshot(path=path, omit_background=behind == "transparent")


def main() -> None:
    svg = (WEB / "favicon.svg").read_text(encoding="utf-8")
    shape = svg.replace('<rect width="32" height="32" rx="9" fill="#2847c7"/>', "")
    assert shape != svg
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, (size, share, behind) in ICONS.items():
            draw(page, svg, name, size, share, behind)
        draw(page, shape, BADGE, 96, 1.0, "transparent")
        browser.close()


if __name__ == "__main__":
    main()
