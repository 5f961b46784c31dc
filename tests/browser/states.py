"""The states that both pages are looked at in: by axe, and by whoever makes the pictures."""

import signal
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.pages import Console, Widget
from tests.client import visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Server

LONG = "Donaudampfschifffahrtsgesellschaftskapitän " * 20 + "x" * 300
SAID = {
    "ada": "My order 4711 has not arrived yet. What can I do?",
    "grace": "Grüß Gott 👩‍👩‍👧‍👦 " + LONG,
    "rtl": "مرحبا، لم تصل طلبيتي بعد. هل يمكنك مساعدتي؟",
    "long": "a line of a message that has eight thousand characters\n" * 145,
}
ANSWER = (
    "I am sorry to hear that. **Order 4711** left our house on Monday:\n\n"
    "- it is with the carrier\n- it arrives *tomorrow*\n\n"
    "| step | when |\n|---|---|\n| packed | Monday |\n| sent | Tuesday |\n\n"
    "You can follow it on [our page](https://shop.example/4711)."
)


async def fill(server: Server, openai: OpenAIServer) -> None:
    """A busy installation: chats of every kind, one of which waits."""
    for name, text in SAID.items():
        openai.script(Behaviour(text=ANSWER))
        async with visitor(server, name) as client:
            await client.say(text)
            await client.reply_to(1)
    async with visitor(server, "waits") as client:
        await client.send("human", reason="a refund")
        await client.next("chat", waiting_for="asked")


async def console_states(
    browser: Browser, server: Server, openai: OpenAIServer, **options: Any
) -> AsyncIterator[tuple[str, Page]]:
    """The console: empty, busy, waiting, streaming, disconnected, and what comes over it.

    Fills and stops the server."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    console = Console(page)
    await page.goto(f"{server.url}/manager")
    await expect(page.locator(".empty h2")).to_be_visible()
    yield "empty", page
    await fill(server, openai)
    await expect(page.locator(".chat")).to_have_count(5)
    await console.choose("grac")
    await expect(page.locator(".conversation .row")).to_have_count(3)
    yield "busy", page
    if (options.get("viewport") or {}).get("width", 1000) < 700:
        await page.locator(".back").click()
    await console.choose("wait")
    await expect(page.locator(".conversation .wait")).to_be_visible()
    yield "waiting", page
    async for state in _above(page):
        yield state, page
    if (options.get("viewport") or {}).get("width", 1000) < 700:
        await page.locator(".back").click()
    openai.script(Behaviour(text=ANSWER * 20, delay=0.05))
    async with visitor(server, "ada") as client:
        await console.choose("ada")
        await client.say("Thank you! And how do I send it back?")
        await expect(console.draft).to_contain_text("I am sorry")
        yield "streaming", page
        await client.send("stop")
        await client.next("message", state="interrupted")
    server.stop(signal.SIGKILL)
    await expect(page.locator(".banner")).to_be_visible()
    yield "disconnected", page
    server.start()
    await context.close()


async def _above(page: Page) -> AsyncIterator[str]:
    """What comes over the chat, or in its place, and goes again."""
    if await page.locator(".more").is_visible():
        await page.locator(".more").click()
        await expect(page.locator(".details")).to_be_visible()
        yield "details"
        await page.locator(".details .close").click()
    await page.keyboard.press("ControlOrMeta+k")
    await expect(page.locator(".palette li").first).to_be_visible()
    yield "palette"
    await page.keyboard.press("Escape")
    await page.keyboard.press("ControlOrMeta+/")
    await expect(page.locator("dialog.help")).to_be_visible()
    yield "help"
    await page.keyboard.press("Escape")
    await page.keyboard.press("ControlOrMeta+k")
    await page.keyboard.type("Konto" if await page.locator("[lang=de]").count() else "Account")
    await page.keyboard.press("Enter")
    await expect(page.locator(".page")).to_be_visible()
    yield "account"
    await page.go_back()
    await expect(page.locator(".conversation")).to_be_visible()


async def widget_states(
    browser: Browser, server: Server, openai: OpenAIServer, **options: Any
) -> AsyncIterator[tuple[str, Page]]:
    """The widget: empty, busy, waiting, streaming, disconnected. Stops the server."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    await page.goto(f"{server.url}/")
    widget = await Widget(page).open()
    yield "empty", page
    openai.script(Behaviour(text=ANSWER))
    await widget.say(SAID["ada"])
    await expect(widget.message("I am sorry")).to_be_visible()
    yield "busy", page
    openai.script(Behaviour(text=ANSWER * 20, delay=0.05))
    await widget.say("Thank you! And how do I send it back?")
    await expect(widget.draft).to_contain_text("I am sorry")
    yield "streaming", page
    await page.locator(".panel .stop").click()
    await page.locator(".panel .person").click()
    await expect(page.locator(".panel .person")).to_have_text("I no longer need a person")
    yield "waiting", page
    server.stop(signal.SIGKILL)
    await expect(page.locator(".panel .banner")).to_be_visible()
    yield "disconnected", page
    server.start()
    await context.close()
