"""What a visitor types stays in the widget, is never lost, and never makes the page slow."""

import signal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.sites import Site, Sockets
from tests.client import visitor
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300)]

# As on pages with shortcuts: three ways to listen, and a field that takes the focus.
SHORTCUTS = """<input id="search"><script>
  window.heard = [];
  const hear = (event) => {
    heard.push(event.type + " " + event.key);
    if (event.key === "s" || event.key === "/") {
      event.preventDefault();
      document.getElementById("search").focus();
    }
  };
  for (const name of ["keydown", "keypress", "keyup"]) {
    document.addEventListener(name, hear);
    document.addEventListener(name, hear, true);
    addEventListener(name, hear);
  }
</script>"""
ENTER_OF_A_COMPOSITION = """(field) => field.dispatchEvent(new KeyboardEvent("keydown", {
  key: "Enter", code: "Enter", keyCode: 229, bubbles: true, composed: true, cancelable: true }))"""
DROP = """(element, name) => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "a.png", { type: "image/png" }));
  const ways = { bubbles: true, cancelable: true };
  const drop = new DragEvent(name, { dataTransfer: data, ...ways });
  const paste = new ClipboardEvent("paste", { clipboardData: data, ...ways });
  const event = name === "paste" ? paste : drop;
  element.dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture
def server(serve: Serve, site: Site) -> Server:
    return serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)


def script(server: Server) -> str:
    return f'<script src="{server.url}/widget.js" async></script>'


async def stored(page: Page) -> int:
    """How much the widget keeps in the browser, in characters."""
    return int(
        await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}]).length")
    )


async def test_keys_stay_in_the_widget(server: Server, site: Site, person: Person) -> None:
    site.html = f"<!doctype html>{SHORTCUTS}{script(server)}"
    page = await person(f"{site.url}/")
    widget = await Widget(page).open()
    await page.evaluate("heard.length = 0")
    field = page.locator(".panel textarea")
    await field.press_sequentially("faststream / x")
    await expect(field).to_have_value("faststream / x")
    await field.press("Shift+Enter")
    await field.press("Enter")
    await expect(widget.message("faststream").first).to_be_visible()
    await field.press("Escape")
    await expect(page.locator(".panel")).to_be_hidden()
    assert await page.evaluate("heard") == []
    assert await page.locator("#search").input_value() == ""
    # The page's own keys are the page's.
    await page.locator("#search").press("q")
    assert await page.evaluate("heard.length") > 0


async def test_an_enter_that_ends_a_composition_sends_nothing(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, "ada") as client:
        await client.say("hello")
    widget = await person(f"{server.url}/")
    await Widget(widget).open()
    console = await person(f"{server.url}/manager")
    await Console(console).choose("ada")
    for page, root in ((widget, ".panel"), (console, ".conversation")):
        field = page.locator(f"{root} textarea")
        await field.fill("にほん")
        await field.evaluate(ENTER_OF_A_COMPOSITION)
        await expect(field).to_have_value("にほん")
        await field.press("Enter")
        await expect(page.locator(f"{root} .body", has_text="にほん").first).to_be_visible()
        await expect(page.locator(f"{root} .row.mine", has_text="にほん")).to_have_count(1)


async def test_a_paste_of_a_million_characters_is_refused_at_once(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"<!doctype html>{script(server)}"
    page = await person(f"{site.url}/")
    await Widget(page).open()
    field = page.locator(".panel textarea")
    await field.fill("before ")
    await field.evaluate("""(field) => field.dispatchEvent(new InputEvent("input"))""")
    for give in (
        lambda: page.keyboard.insert_text("x" * 1_000_000),
        lambda: field.evaluate(
            "(field) => { field.value = 'y'.repeat(1e6); field.dispatchEvent(new Event('input')) }"
        ),
    ):
        await give()
        await expect(page.locator(".panel .left")).to_contain_text("too long")
        await expect(field).to_have_value("before ")
    assert await stored(page) < 1_000
    await field.press_sequentially("after")
    await expect(field).to_have_value("before after")
    await expect(page.locator(".panel .left")).to_be_hidden()


async def test_a_file_is_caught_and_answered_with_a_sentence(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"""<!doctype html><script>window.pasted = 0;
        document.addEventListener("paste", () => pasted++)</script>{script(server)}"""
    page = await person(f"{site.url}/")
    await Widget(page).open()
    for selector, name in ((".panel .log", "drop"), (".panel header", "dragover")):
        assert await page.locator(selector).evaluate(DROP, name)
    assert await page.locator(".panel textarea").evaluate(DROP, "paste")
    await expect(page.locator(".panel .left")).to_have_text("Files cannot be sent yet.")
    assert await page.evaluate("pasted") == 0


async def test_the_widget_says_at_once_that_the_network_is_gone(
    server: Server, site: Site, person: Person
) -> None:
    site.html = f"<!doctype html>{script(server)}"
    page = await person(f"{site.url}/")
    widget = await Widget(page).open()
    await widget.say("hello")
    await expect(widget.message("hello")).to_have_count(2)
    # Nothing is sent meanwhile that would tell.
    await page.context.set_offline(True)
    await expect(page.locator(".panel .banner")).to_contain_text("Connection lost")
    await widget.say("from the tunnel")
    await expect(page.get_by_text("Will be sent when you are back online")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator(".panel .banner")).to_be_hidden()
    await expect(widget.message("from the tunnel")).to_have_count(2)


async def test_i13_what_a_visitor_wrote_while_the_server_was_away_is_sent_after_it(
    server: Server, site: Site, browser: Browser
) -> None:
    site.pages |= {path: f"<!doctype html>{script(server)}<p>{path}" for path in ("/", "/b")}
    # The chat's element and its scripts come from the server, which is away.
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{site.url}/")
    widget = await Widget(page).open()
    await widget.say("first")
    await expect(widget.message("first")).to_have_count(2)
    server.stop(signal.SIGKILL)
    for text in ("while away", "and once more"):
        await widget.say(text)
    await page.locator(".panel textarea").fill("half a sen")
    await expect(page.get_by_text("Will be sent when you are back online")).to_have_count(2)
    await page.goto(f"{site.url}/b")
    await expect(widget.root).to_have_count(0)
    server.start()
    await page.reload()
    for text in ("first", "while away", "and once more"):
        await expect(page.locator(".panel .row.mine", has_text=text)).to_have_count(1)
    await expect(page.locator(".panel .row.mine .mark")).to_have_text("Sent")
    await expect(page.locator(".panel textarea")).to_have_value("half a sen")
    # The tab is closed while the server is away once more.
    server.stop(signal.SIGKILL)
    await widget.say("the last word")
    await expect(page.get_by_text("Will be sent when you are back online")).to_be_visible()
    await page.close()
    server.start()
    page = await context.new_page()
    await page.goto(f"{site.url}/")
    widget = await Widget(page).open()
    await expect(widget.message("the last word")).to_have_count(2)
    shown = await page.locator(".panel .row.mine .body").all_inner_texts()
    assert shown == ["first", "while away", "and once more", "the last word"]


async def test_a_button_whose_chat_does_not_come_says_so_and_tries_again(
    server: Server, site: Site, browser: Browser
) -> None:
    site.html = f"<!doctype html>{script(server)}"
    page = await browser.new_page(locale="en-GB")
    await page.goto(f"{site.url}/")
    sockets = Sockets(page)
    await expect(page.locator(".launcher")).to_be_visible()
    server.stop(signal.SIGKILL)
    await page.locator(".launcher").click()
    await expect(page.get_by_text("The chat cannot be loaded")).to_be_visible()
    server.start()
    widget = await Widget(page).open()
    await expect(page.get_by_text("The chat cannot be loaded")).to_be_hidden()
    await widget.say("hello")
    await expect(widget.message("hello")).to_have_count(2)
    assert sockets.open == 1
