"""The two pages as people use them."""

from playwright.async_api import Locator, Page, expect

from tests.client import visitor
from tests.server import Server


class Widget:
    """The visitor's chat on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("switchboard-chat")

    async def open(self) -> "Widget":
        await self.page.locator(".launcher").click()
        await expect(self.page.locator(".panel")).to_be_visible()
        return self

    async def say(self, text: str) -> None:
        field = self.page.locator(".panel textarea")
        await field.fill(text)
        await field.press("Enter")

    def message(self, text: str) -> Locator:
        return self.page.locator(".panel .row:not(.draft) .body", has_text=text)

    @property
    def draft(self) -> Locator:
        return self.page.locator(".panel .row.draft:not([hidden]) .body")


class Console:
    """The managers' console."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def chat(self, name: str) -> Locator:
        return self.page.locator(".chat", has_text=name)

    async def choose(self, name: str) -> None:
        # What comes above the list moves it, perhaps between aiming and pressing.
        shown = expect(self.page.locator(".conversation"))
        await self.chat(name).click()
        try:
            await shown.to_be_visible(timeout=10_000)
        except AssertionError:
            await self.chat(name).click()
            await shown.to_be_visible()

    async def view(self, name: str) -> None:
        """Show other chats in the list."""
        await self.page.locator(".views").get_by_role("link", name=name).click()

    async def sign_out(self) -> None:
        """Press the button; what is unsent may be asked about."""
        await self.page.locator(".rail").get_by_role("link", name="Account").click()
        await self.page.locator(".page").get_by_role("button", name="Sign out").click()

    async def say(self, text: str) -> None:
        field = self.page.locator(".conversation textarea")
        await field.fill(text)
        await field.press("Enter")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    def message(self, text: str) -> Locator:
        return self.page.locator(".conversation .row:not(.draft) .body", has_text=text)

    @property
    def draft(self) -> Locator:
        return self.page.locator(".conversation .row.draft:not([hidden]) .body")


async def talk(server: Server, *names: str) -> None:
    """A chat of each name, with an answer; the last one is the newest."""
    for name in names:
        async with visitor(server, name) as client:
            await client.say(f"hello from {name}")
            await client.reply_to(1)
