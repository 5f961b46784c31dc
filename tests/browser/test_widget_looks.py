"""How the widget looks: to whatever page it is on, and while an answer is written."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.sites import Site
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]

HOSTILE_SHEET = """
  * { letter-spacing: 2px !important; text-transform: uppercase !important; color: red !important; }
  body > *, html > * { position: relative !important; margin: 100px !important; float: left; }
  switchboard-chat, :not(html, head, body, style, script) {
    display: none !important; visibility: hidden !important; opacity: 0 !important;
    transform: translateX(-900px) !important; position: static !important; inset: auto !important;
    filter: blur(9px) !important; pointer-events: none !important; z-index: -1 !important;
    font-size: 60px !important; width: 0 !important; clip-path: inset(50%) !important;
    --accent: red !important; --ink: red !important; --surface: red !important;
  }
  body { filter: grayscale(1); transform: translateZ(0); height: 4000px; }
"""
LOOK = """(element) => {
  const { textTransform, letterSpacing, color, fontSize } = getComputedStyle(element);
  return [textTransform, letterSpacing, color, fontSize];
}"""
ANSWER = (
    """Here is **what each plan costs**, with *everything* in it:

| Plan | Per month | For |
|---|---:|---|
| Starter | 5,000 | small teams |
| Business | 12,000 | unlimited |

1. open [the dashboard](https://shop.example/dashboard)
2. choose `Billing`
   - by card
   - by invoice

```python
for plan in plans:
    print(plan)
```

> Ask us at https://shop.example/help, or write to help@shop.example.

## Then

- [x] done
- [ ] to do

"""
    + "That was **all**. " * 40
)
# Each frame: the height of what is written, and what of it is source.
WATCH = """() => {
  window.frames = [];
  const look = () => {
    const root = document.querySelector("switchboard-chat")?.shadowRoot;
    const draft = root?.querySelector(".row.draft:not([hidden])");
    const said = [...(root?.querySelectorAll(".row.assistant") ?? [])].at(-1);
    const row = draft ?? said;
    if (row) {
      const { innerText } = row.querySelector(".body");
      const raw = /\\*\\*|\\]\\(|\\|-|```/.test(innerText);
      const { offsetHeight } = row.querySelector(".bubble");
      window.frames.push([Boolean(draft), offsetHeight, raw, innerText]);
    }
    requestAnimationFrame(look);
  };
  look();
}"""


async def say(page: Page, text: str) -> Widget:
    widget = await Widget(page).open()
    await widget.say(text)
    return widget


async def test_no_rule_of_the_page_moves_hides_or_restyles_the_widget(
    serve: Serve, site: Site, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    script = f'<script src="{server.url}/widget.js"></script>'
    places, looks = [], []
    for sheet in ("", HOSTILE_SHEET):
        site.html = f"<!doctype html><style>{sheet}</style><body>{script}<p>shop"
        page = await person(f"{site.url}/", viewport={"width": 1280, "height": 800})
        launcher = page.locator(".launcher")
        await expect(launcher).to_be_visible()
        await page.evaluate("scrollTo(0, 2000)")
        places.append(await launcher.bounding_box())
        widget = await say(page, "hello")
        await expect(widget.message("hello")).to_have_count(2)
        looks.append(
            [
                await page.locator(name).first.evaluate(LOOK)
                for name in (".launcher", ".panel h2", ".panel .body", ".panel textarea")
            ]
        )
    box = places[0]
    assert box and box["x"] + box["width"] == 1260 and box["y"] + box["height"] == 780
    assert places[1] == places[0]
    assert looks[1] == looks[0]


@pytest.fixture
def server(serve: Serve, openai_server: OpenAIServer) -> Server:
    return serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0")


async def test_an_answer_is_written_in_its_final_form_and_jumps_by_two_lines_at_most(
    server: Server, openai_server: OpenAIServer, person: Person
) -> None:
    page = await person(f"{server.url}/")
    openai_server.script(Behaviour(text=ANSWER, delay=0.02))
    await page.evaluate(WATCH)
    widget = await say(page, "What does it cost?")
    await expect(widget.message("what each plan costs")).to_be_visible()
    frames: list[Any] = await page.evaluate("window.frames")
    drafts = [frame for frame in frames if frame[0] and "what each" in frame[3]]
    final = frames[-1]
    assert len(drafts) > 10 and not final[0]
    # Only what stands at the very end may be source, until it is closed.
    raw = [text for _, _, is_raw, text in drafts if is_raw]
    assert len(raw) <= len(drafts) / 10, raw[:3]
    assert abs(final[1] - drafts[-1][1]) <= 2 * 22.5, (final[1], drafts[-1][1])
    assert "all" in drafts[-1][3]
    # Nothing is folded.
    body = widget.message("what each plan costs")
    assert await body.evaluate("(body) => body.scrollHeight - body.clientHeight") == 0
    assert await page.get_by_role("button", name="Show all").count() == 0
    await expect(body.locator("li.task")).to_have_text(["☑ done", "☐ to do"])


async def test_links_are_links_on_both_sides(
    server: Server, openai_server: OpenAIServer, person: Person
) -> None:
    openai_server.script(Behaviour(text="See https://shop.example/help or +49 30 1234567."))
    page = await person(f"{server.url}/")
    text = "I saw (https://shop.example/a?b=1&c=[2]), www.shop.example, and me@mail.example. <b>"
    widget = await say(page, text)
    await expect(widget.message("See https")).to_be_visible()
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("Visitor")
    found = "(links) => links.map((one) => [one.textContent, one.getAttribute('href'), one.rel])"
    rel = "noopener noreferrer nofollow"
    for root in (page.locator(".panel"), console.page.locator(".conversation")):
        await expect(root.locator(".body a")).to_have_count(5)
        assert await root.locator(".body a").evaluate_all(found) == [
            ["https://shop.example/a?b=1&c=[2]", "https://shop.example/a?b=1&c=[2]", rel],
            ["www.shop.example", "https://www.shop.example", rel],
            ["me@mail.example", "mailto:me@mail.example", rel],
            ["https://shop.example/help", "https://shop.example/help", rel],
            ["+49 30 1234567", "tel:+49301234567", rel],
        ]
        await expect(root.get_by_text(text)).to_be_visible()


async def test_a_wide_table_scrolls_and_breaks_no_word(
    server: Server, openai_server: OpenAIServer, person: Person
) -> None:
    words = ["Business", "unlimited", "conversations", "Enterprise", "international", "telephone"]
    row = " | ".join(words)
    openai_server.script(Behaviour(text=f"| {row} |\n|{'---|' * 6}\n| {row} |\n\n```\nx = 1\n```"))
    page = await person(f"{server.url}/", viewport={"width": 390, "height": 800})
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await say(page, "A table, please")
    table = page.locator(".panel .body table")
    await expect(table).to_be_visible()
    # It is so once it has been measured.
    await expect(table).to_have_attribute("tabindex", "0")
    assert await table.evaluate("(table) => table.scrollWidth > table.clientWidth")
    heights = await table.locator("td").evaluate_all(
        "(cells) => cells.map((cell) => cell.getBoundingClientRect().height)"
    )
    assert max(heights) < 40, heights
    # Code that fits is no stop of the Tab key; it can be copied.
    await expect(page.locator(".panel pre")).not_to_have_attribute("tabindex", "0")
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "x = 1\n"


async def test_the_dot_is_green_only_while_somebody_answers(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    page = await person(f"{server.url}/")
    widget = await say(page, "hello")
    await expect(widget.message("hello")).to_have_count(2)
    dot = "(e) => getComputedStyle(e, '::before').backgroundColor"
    status = page.locator(".panel .status")
    green = await status.evaluate(dot)
    chat = (await page.evaluate("JSON.parse(Object.values(localStorage)[0])"))["chat_id"]
    await page.get_by_role("button", name="Talk to a person").click()
    await expect(page.locator(".panel")).to_have_attribute("data-answers", "soon")
    assert await status.evaluate(dot) != green
    server.post("/manager/send", {"chat_id": chat, "text": "Here I am"})
    await expect(page.locator(".panel")).to_have_attribute("data-answers", "now")
    await expect(status).to_contain_text("is with you")
    assert await status.evaluate(dot) == green
    server.post(f"/manager/chats/{chat}/status", {"status": "closed"})
    await expect(page.locator(".panel")).to_have_attribute("data-answers", "closed")
    assert await status.evaluate(dot) != green
