"""A manager's whole day without a mouse, and each step of it under its own address."""

import pytest
from playwright.async_api import Page, expect

from core.model import ChatId, Visitor
from core.store.chats import ChatStore
from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.client import Client
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, manager_link, user_ticket

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

WATCH = """
  window.pointed = 0;
  for (const kind of ["pointerdown", "pointermove", "mousedown", "wheel", "touchstart"])
    addEventListener(kind, () => window.pointed++, true);
"""
# What has the focus is marked: by a line of its own, or by one around the field.
SEEN = """() => {
  const { activeElement: at } = document;
  const marked = (one) => one && getComputedStyle(one).outlineStyle !== "none";
  return marked(at) || Boolean(at.closest(".card:focus-within, .ask:focus-within"));
}"""
NAME = "() => document.activeElement.ariaLabel ?? document.activeElement.innerText"


class Keys:
    """Somebody at a keyboard who looks where the focus is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            assert await self.page.evaluate(SEEN), f"nothing is marked after {key}"

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def find(self, words: str) -> None:
        """By the palette, whose actions may lead out of the page."""
        await self.press("ControlOrMeta+k")
        await self.type(words)
        chosen = self.page.locator(".palette li[aria-selected='true']")
        await expect(chosen).to_contain_text(words)
        await self.page.keyboard.press("Enter")

    async def tab_to(self, name: str) -> None:
        for _ in range(40):
            await self.press("Tab")
            if name in (await self.page.evaluate(NAME) or ""):
                return
        raise AssertionError(f"the Tab key does not lead to {name}")

    async def again(self, path: str) -> None:
        """The address is this one, and leads here after a reload, too."""
        await expect(self.page).to_have_url(path)
        await self.page.reload()
        await expect(self.page.locator(".console")).to_be_visible()
        await expect(self.page).to_have_url(path)


async def came(pool: Pool, server: Server, name: str) -> Client:
    await ChatStore(pool).begin(ChatId(name.lower()), Visitor(name=name))
    return Client(server, f"/ws?ticket={await user_ticket(pool, name.lower())}")


async def test_a_day_without_a_mouse(
    serve: Serve, openai_server: OpenAIServer, person: Person, pool: Pool
) -> None:
    server = serve(
        SECRET_KEY=SECRET_KEY,
        OPENAI_KEY="key",
        OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
    )
    at = f"{server.url}/manager"
    page = await person(at)
    await page.context.add_init_script(WATCH)
    await page.reload()
    keys, console = Keys(page), Console(page)
    field = page.locator(".conversation textarea")
    heading = page.locator(".conversation h2")

    # Sign in: the field has the focus.
    await expect(page.locator("#token")).to_be_focused()
    await keys.type(await manager_link(pool, "anna", "admin"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No open chats")).to_be_visible()

    async with await came(pool, server, "Ada") as ada, await came(pool, server, "Bob") as bob:
        # A chat is found by its name, and answered.
        await ada.say("hello from ada")
        await ada.reply_to(1)
        await expect(console.chat("Ada")).to_be_visible()
        await keys.find("Ada")
        await keys.again(f"{at}/inbox/open/ada")
        await expect(field).to_be_focused()
        await keys.type("Anna here")
        await keys.press("Shift+Enter")
        await keys.type("how can I help?")
        await keys.press("Enter")
        await ada.next("message", text="Anna here\nhow can I help?")
        await expect(page.get_by_role("button", name="Hand back")).to_be_visible()
        await keys.press("Alt+h")
        await expect(page.get_by_role("button", name="Take over")).to_be_visible()

        # An answer is stopped in the middle.
        openai_server.script(Behaviour(text="sentence after sentence " * 300, delay=0.05))
        await ada.say("tell me everything")
        await expect(console.draft).to_contain_text("sentence after sentence")
        await keys.press("Alt+s")
        await ada.next("message", state="interrupted")

        # Who waits longest; what the keys are, from an empty field.
        await bob.say("hello from bob")
        await bob.reply_to(1)
        await bob.send("human", reason="a refund")
        await expect(page).to_have_title("(1) Switchboard")
        await keys.press("Alt+n")
        await expect(heading).to_have_text("Bob")
        await keys.again(f"{at}/inbox/open/bob")
        await expect(field).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.locator("dialog.help")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(field).to_be_focused()
        await keys.type("really?")
        await expect(field).to_have_value("really?")
        await keys.press("ControlOrMeta+a", "Backspace")

        # Through the list, and through a search.
        await keys.press("Escape", "ArrowDown", "Enter")
        await expect(heading).to_have_text("Ada")
        await keys.press("Escape", "/")
        await keys.type("from bob")
        await page.keyboard.press("Enter")
        await expect(console.chat("Bob")).to_be_focused()
        await keys.press("Enter")
        await keys.again(f"{at}/inbox/all/bob?q=from+bob")
        await expect(field).to_be_focused()
        await keys.press("Escape", "g", "o")
        await keys.again(f"{at}/inbox/open/bob")

        # Sent and closed; the next chat comes.
        await expect(field).to_be_focused()
        await keys.type("Done, Bob.")
        await keys.press("ControlOrMeta+Shift+Enter")
        await bob.next("message", text="Done, Bob.")
        await expect(heading).to_have_text("Ada")
        await expect(console.chat("Bob")).to_have_count(0)
        await keys.press("Escape", "g", "c")
        await keys.again(f"{at}/inbox/closed/ada")
        await expect(console.chat("Bob")).to_be_visible()

        # A message to many.
        await keys.press("Alt+b")
        await keys.type("We close at five.")
        await expect(page.get_by_text("Reaches 1 chat")).to_be_visible()
        await keys.tab_to("Continue")
        await keys.press("Enter")
        await expect(page.get_by_role("button", name="Send to 1 chat")).to_be_focused()
        await keys.press("Enter")
        await ada.next("message", text="We close at five.")
        await expect(page.get_by_text("Finished", exact=True)).to_be_visible()
        await page.keyboard.press("Escape")

        # How one likes to work.
        await keys.find("Account")
        await keys.again(f"{at}/account")
        await page.locator("body").focus()
        sends = page.get_by_label("Enter. Shift")
        for _ in range(60):
            await page.keyboard.press("Tab")
            if await sends.evaluate("one => one === document.activeElement"):
                break
        await keys.press("ArrowDown")
        await keys.find("Ada")
        await keys.type("one")
        await keys.press("Enter")
        await keys.type("two")
        await keys.press("ControlOrMeta+Enter")
        await ada.next("message", text="one\ntwo")

    assert await page.evaluate("window.pointed") == 0
    await keys.find("Sign out")
    await expect(page.locator("#token")).to_be_focused()
