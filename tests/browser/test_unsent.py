"""Nothing that a manager typed is lost while the server is away (I13)."""

import asyncio
import signal

import pytest
from playwright.async_api import Page, expect

from core.model import ChatId, Manager, ManagerId, Visitor
from core.store.chats import ChatStore
from core.store.database import Pool
from core.store.inbox import InboxStore
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, another_link, manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]


async def began(pool: Pool, chat_id: str) -> None:
    """A chat that a colleague wrote in."""
    await ChatStore(pool).begin(ChatId(chat_id), Visitor(name=chat_id.title()))
    await InboxStore(pool).take_over(ChatId(chat_id), Manager(ManagerId("eve"), "Eve"), "hi", None)


async def texts(pool: Pool, chat_id: str) -> list[str]:
    """What managers said in a chat."""
    rows = await pool.fetch(
        "select text from messages where chat_id = $1 and role = 'manager' and kind = 'text'"
        " order by seq",
        chat_id,
    )
    return [row["text"] for row in rows]


async def come_back(server: Server, page: Page) -> None:
    """The server is there again, and the page does not wait for its next attempt."""
    await asyncio.to_thread(server.start)
    await page.evaluate("dispatchEvent(new Event('online'))")


async def test_i13_a_reply_outlives_a_switch_of_chats_while_the_server_is_away(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("ada")
    await expect(console.message("hello from ada").first).to_be_visible()
    server.stop(signal.SIGKILL)
    await console.say("one for Ada")
    await console.say("two for Ada")
    await console.choose("bob")
    await expect(console.chat("ada").locator(".unsent")).to_have_text("2 not sent")
    # The list may not show the chat.
    await console.view("Closed")
    await console.press("2 messages not sent")
    await expect(console.message("two for Ada")).to_be_visible()
    await console.view("Open")
    await come_back(server, console.page)
    await expect(console.page.locator(".unsent-line")).to_be_hidden()
    await expect(console.chat("ada").locator(".unsent")).to_be_empty()
    await console.choose("ada")
    await expect(console.message("two for Ada")).to_have_count(1)
    await expect(console.page.locator(".conversation .row.manager .mark:not(.to-do)")).to_have_text(
        "Sent"
    )
    assert await texts(pool, "ada") == ["one for Ada", "two for Ada"]


async def test_i13_a_reply_and_a_draft_outlive_the_page_while_the_server_is_away(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("ada")
    await expect(console.message("hello from ada").first).to_be_visible()
    server.stop(signal.SIGKILL)
    await console.say("sent and not stored")
    await console.page.locator(".conversation textarea").fill("half a sen")
    await console.page.close()
    await asyncio.to_thread(server.start)
    again = Console(await person(f"{server.url}/manager", console.page.context))
    await again.choose("ada")
    await expect(again.message("sent and not stored")).to_have_count(1)
    await expect(again.page.locator(".conversation .row.manager .mark:not(.to-do)")).to_have_text(
        "Sent"
    )
    await expect(again.page.locator(".conversation textarea")).to_have_value("half a sen")
    assert await texts(pool, "ada") == ["sent and not stored"]


async def test_i13_who_signs_out_is_asked_and_nobody_sends_a_colleagues_text(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    await began(pool, "ada")
    anna, ben = [await manager_link(pool, name) for name in ("anna", "ben")]
    console = Console(await person(f"{server.url}/manager#token={anna}"))
    page = console.page
    await console.choose("Ada")
    await page.locator(".conversation textarea").fill("Anna's half sentence")
    # The server takes everything but this message.
    await page.route("**/manager/send", lambda route: route.abort())
    await console.say("Anna's message")
    await page.locator(".conversation textarea").fill("Anna's half sentence")
    await console.sign_out()
    await expect(page.get_by_text("1 message not sent · 1 text begun")).to_be_visible()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await console.sign_out()
    await page.get_by_role("button", name="Keep it and sign out").click()
    await expect(page.locator("#token")).to_be_visible()
    await page.unroute("**/manager/send")

    await page.locator("#token").fill(ben)
    await page.get_by_role("button", name="Sign in").click()
    await console.choose("Ada")
    await expect(page.locator(".conversation textarea")).to_have_value("")
    await console.say("Ben's message")
    await expect(page.locator(".conversation .row.manager .mark:not(.to-do)")).to_have_text("Sent")
    await console.sign_out()

    await page.locator("#token").fill(await another_link(pool, "anna"))
    await page.get_by_role("button", name="Sign in").click()
    await console.choose("Ada")
    await expect(page.locator(".conversation textarea")).to_have_value("Anna's half sentence")
    # Ben has answered since.
    await console.press("Send anyway")
    await expect(console.message("Anna's message")).to_have_count(1)
    await expect(page.locator(".conversation .row.sending, .row.waiting")).to_have_count(0)
    said = await pool.fetch(
        "select author_id, text from messages where kind = 'text' and text <> 'hi' order by seq"
    )
    assert [tuple(row) for row in said] == [("ben", "Ben's message"), ("anna", "Anna's message")]


async def test_i13_a_tab_of_someone_who_was_signed_out_elsewhere_sends_nothing_as_another(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    await began(pool, "ada")
    anna, ben = [await manager_link(pool, name) for name in ("anna", "ben")]
    first = Console(await person(f"{server.url}/manager#token={anna}"))
    await first.choose("Ada")
    await first.page.locator(".conversation textarea").fill("I am Anna")
    second = await person(f"{server.url}/manager#token={ben}", first.page.context)
    await expect(second.get_by_title("Ben", exact=True)).to_be_visible()
    await expect(first.page.get_by_title("Ben", exact=True)).to_be_visible()
    assert await texts(pool, "ada") == ["hi"]


async def test_a_chat_opened_while_the_server_is_away_says_so_and_loads_later(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    await expect(console.chat("ada")).to_be_visible()
    server.stop(signal.SIGKILL)
    await console.choose("ada")
    await expect(console.page.get_by_text("The messages could not be loaded")).to_be_visible()
    await come_back(server, console.page)
    await expect(console.message("hello from ada").first).to_be_visible()
    await expect(console.page.get_by_text("The messages could not be loaded")).to_be_hidden()
