"""A colleague has answered first: who writes is asked, and what they wrote is kept (I13)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from core.model import ChatId, Visitor
from core.store.chats import ChatStore
from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]

ASKS = "A colleague has just answered. Send anyway?"
Two = Callable[..., Awaitable[tuple[Console, Console]]]


@pytest.fixture
async def two(serve: Serve, pool: Pool, person: Person) -> Two:
    """Anna and Ben with a browser each, and the chats of these visitors; the first one is open."""

    async def come(*visitors: str) -> tuple[Console, Console]:
        server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
        for one in visitors:
            await ChatStore(pool).begin(ChatId(one), Visitor(name=one.title()))
            await pool.execute(
                "update chats set listed_at = now(), last_seq = 1, last_user_seq = 1,"
                " answered_seq = 1 where chat_id = $1", one,
            )  # fmt: skip
            await pool.execute(
                "insert into messages (chat_id, seq, role, text) values ($1, 1, 'user', 'hello')",
                one,
            )
        return await opened(server, "anna"), await opened(server, "ben")

    async def opened(server: Server, name: str) -> Console:
        link = await manager_link(pool, name)
        console = Console(await person(f"{server.url}/manager#token={link}"))
        await console.choose("Ada")
        await expect(console.message("hello")).to_be_visible()
        return console

    return come


async def held(page: Page) -> asyncio.Event:
    """Hold back what the page sends, until the event."""
    free = asyncio.Event()

    async def hold(route: Route) -> None:
        await free.wait()
        await route.continue_()

    await page.route("**/manager/send", hold, times=1)
    return free


async def texts(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch(
        "select author_id, text from messages where role = 'manager' and kind = 'text' order by"
        " created_at, seq"
    )
    return [(row["author_id"], row["text"]) for row in rows]


async def collide(anna: Console, ben: Console, text: str) -> None:
    """Both send to Ada at once, and Anna is first."""
    free = await held(ben.page)
    async with ben.page.expect_request("**/manager/send"):
        await ben.say(text)
    await anna.say(f"Anna before {text}")
    await expect(ben.message(f"Anna before {text}")).to_be_visible()
    free.set()
    await expect(ben.page.locator(".newer")).to_contain_text(ASKS)


async def test_i13_the_second_of_two_is_asked_keeps_the_text_and_sends_anyway(
    two: Two, pool: Pool
) -> None:
    anna, ben = await two("ada")
    field = ben.page.locator(".conversation textarea")
    await collide(anna, ben, "by click")
    await expect(field).to_have_value("by click")
    await expect(ben.page.locator(".row.failed")).to_have_count(0)
    await ben.press("Send anyway")
    await expect(anna.message("by click")).to_have_count(2)
    await expect(ben.page.locator(".newer")).to_be_hidden()
    # With the keyboard: Enter asks for the answer, and the second one gives it.
    await collide(anna, ben, "by key")
    await expect(field).to_be_focused()
    await field.press("Enter")
    await expect(ben.page.get_by_role("button", name="Send anyway")).to_be_focused()
    await ben.page.keyboard.press("Enter")
    await expect(ben.page.locator(".newer")).to_be_hidden()
    await expect(field).to_have_value("")
    await expect(anna.message("by key")).to_have_count(2)
    assert await texts(pool) == [
        ("anna", "Anna before by click"), ("ben", "by click"),
        ("anna", "Anna before by key"), ("ben", "by key"),
    ]  # fmt: skip


async def test_i13_who_goes_back_writes_on_and_is_not_asked_again(two: Two, pool: Pool) -> None:
    anna, ben = await two("ada")
    await collide(anna, ben, "the same")
    field = ben.page.locator(".conversation textarea")
    await field.press("Escape")
    await expect(ben.page.locator(".newer")).to_be_hidden()
    await expect(field).to_have_value("the same")
    await expect(field).to_be_focused()
    # It outlives the page like any text that is begun.
    await ben.page.reload()
    await expect(field).to_have_value("the same")
    await ben.say("something else")
    await expect(anna.message("something else")).to_be_visible()
    assert await texts(pool) == [("anna", "Anna before the same"), ("ben", "something else")]


async def test_i13_what_was_written_offline_asks_when_it_comes_back(two: Two, pool: Pool) -> None:
    anna, ben = await two("ada", "bob")
    await ben.page.context.set_offline(True)
    await ben.say("one offline")
    await ben.say("two offline")
    # Another chat is open by then.
    await ben.choose("Bob")
    await anna.say("Anna is there")
    await expect(anna.page.locator(".conversation .row.manager .mark:not(.to-do)")).to_have_text(
        "Sent"
    )
    # In an open chat the first one would go back to where it was written.
    async with ben.page.expect_response(
        lambda answer: answer.status == 409 and "two offline" in (answer.request.post_data or "")
    ) as asked:
        await ben.page.context.set_offline(False)
        await ben.page.evaluate("dispatchEvent(new Event('online'))")
    await (await asked.value).finished()
    await expect(ben.chat("Ada").locator(".unsent")).to_have_text("2 not sent")
    await ben.choose("Ada")
    failed = ben.page.locator(".row.failed")
    await expect(failed).to_have_count(2)
    await expect(failed.first).to_contain_text(ASKS)
    # Nothing is said by coming back to the page.
    await ben.page.reload()
    await expect(failed).to_have_count(2)
    assert await texts(pool) == [("anna", "Anna is there")]
    await failed.first.get_by_role("button", name="Send anyway").click()
    await expect(failed).to_have_count(1)
    await failed.first.get_by_role("button", name="Back").click()
    await expect(failed).to_have_count(0)
    await expect(ben.page.locator(".conversation textarea")).to_have_value("two offline")
    await expect(anna.message("one offline")).to_be_visible()
    assert await texts(pool) == [("anna", "Anna is there"), ("ben", "one offline")]
