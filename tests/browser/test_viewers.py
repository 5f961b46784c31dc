"""Who of the team looks at a chat and who writes in it, as their colleagues see it."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, expect

from core.store.database import Pool
from tests.access.people import User, begin
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import talk
from tests.client import PATIENCE
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]

LOOKS = "{} looks at this chat"
WRITES = "{} is writing…"
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def come(server: Server, pool: Pool, person: Person, name: str) -> Page:
    page = await person(f"{server.url}/manager#token={await manager_link(pool, name)}")
    await expect(page.locator(".rail")).to_be_visible()
    return page


async def begun(server: Server) -> User:
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return user


def row(page: Page, user: User) -> Locator:
    """Who looks, as the chat's row shows it."""
    return page.locator(f'.chat[data-chat="{user.chat_id}"] .viewer')


def heading(page: Page) -> Locator:
    return page.locator(".conversation > header .viewer")


async def shows(place: Locator, title: str = "") -> None:
    """This face alone, or none."""
    if title:
        await expect(place).to_have_count(1)
        await expect(place).to_have_attribute("title", title)
    else:
        await expect(place).to_have_count(0)


async def opens(page: Page, user: User) -> None:
    await page.goto(f"{page.url.split('/manager')[0]}/manager/inbox/open/{user.chat_id}")
    await expect(page.locator(".conversation textarea").first).to_be_focused()


async def test_colleagues_see_who_looks_and_writes_until_they_leave(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    ada, bob = await begun(server), await begun(server)
    anna = await come(server, pool, person, "anna")
    ben = await come(server, pool, person, "ben")
    await opens(anna, ada)
    # In the list it is seen of chats that nobody here has opened, and never of oneself.
    await shows(row(ben, ada), LOOKS.format("Anna"))
    await expect(row(ben, ada)).to_have_text("A")
    await expect(ben.locator(f'.chat[data-chat="{ada.chat_id}"] .viewers')).to_contain_text(
        LOOKS.format("Anna")
    )
    await shows(row(ben, bob))
    await opens(ben, ada)
    await shows(heading(ben), LOOKS.format("Anna"))
    await shows(heading(anna), LOOKS.format("Ben"))
    await shows(row(anna, ada), LOOKS.format("Ben"))
    # She writes, and stops.
    await anna.locator(".conversation textarea").first.press_sequentially("Hi")
    typing = ben.locator(".conversation .typing")
    await expect(typing).to_have_text(WRITES.format("Anna"))
    await shows(heading(ben), WRITES.format("Anna"))
    await shows(row(ben, ada), WRITES.format("Anna"))
    await expect(anna.locator(".conversation .typing")).to_have_text("")
    await expect(typing).to_have_text("", timeout=20_000)
    await shows(heading(ben), LOOKS.format("Anna"))
    # Nobody knows it without a connection, and everybody with the next one.
    server.stop()
    await shows(heading(ben))
    await asyncio.to_thread(server.start)
    for page in (anna, ben):
        await page.evaluate("dispatchEvent(new Event('online'))")
    await shows(heading(ben), LOOKS.format("Anna"))
    await shows(heading(anna), LOOKS.format("Ben"))
    # She is not at the page.
    await anna.evaluate(HIDE, True)
    await shows(heading(ben))
    await anna.evaluate(HIDE, False)
    await shows(heading(ben), LOOKS.format("Anna"))
    # She goes to another chat, and then away.
    await anna.locator(f'.chat[data-chat="{bob.chat_id}"]').click()
    await shows(heading(ben))
    await shows(row(ben, bob), LOOKS.format("Anna"))
    await shows(row(anna, ada), LOOKS.format("Ben"))
    await anna.close()
    await shows(row(ben, bob))


async def test_where_all_managers_are_one_nothing_is_asked_or_shown(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    first = await person(f"{server.url}/manager/inbox/open/ada")
    second = await person("about:blank")
    sent: list[str] = []
    second.on("websocket", lambda it: it.on("framesent", lambda text: sent.append(str(text))))
    await second.goto(f"{server.url}/manager/inbox/open/ada")
    for page in (first, second):
        await expect(page.locator(".conversation textarea").first).to_be_focused()
    await second.evaluate(HIDE, True)
    await second.evaluate(HIDE, False)
    # Whoever writes on is seen once the second page watches.
    typing = second.locator(".conversation .typing", has_text="A colleague is typing…")
    async with asyncio.timeout(PATIENCE):
        while not await typing.is_visible():
            await first.locator(".conversation textarea").first.press_sequentially("Hi")
    # A second after its rows are still, a page that asks has asked.
    await second.evaluate("() => new Promise(done => setTimeout(done, 1500))")
    assert any("watch" in one for one in sent)
    assert not any("peek" in one or "looks" in one for one in sent)
    await shows(second.locator(".viewer"))
