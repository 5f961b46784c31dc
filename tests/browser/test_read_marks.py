"""What is unread, for each manager on all their devices."""

import asyncio

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.people import begin
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def devices(server: Server, pool: Pool, person: Person, name: str) -> list[Console]:
    """Two browsers of one manager."""
    first = await manager_link(pool, name)
    made = [Console(await person(f"{server.url}/manager#token={first}"))]
    await expect(made[0].page.locator(".rail")).to_be_visible()
    link = await made[0].page.evaluate(
        "async () => (await (await fetch('/manager/links', {method: 'POST', body: '{}',"
        " headers: {'content-type': 'application/json'}})).json()).url"
    )
    made.append(Console(await person(link)))
    await expect(made[1].page.locator(".rail")).to_be_visible()
    return made


async def all_show(consoles: list[Console], unread: str) -> None:
    for console in consoles:
        number = console.page.locator(".chat .count")
        if unread:
            await expect(number).to_have_text(unread)
        else:
            await expect(number).to_be_hidden()


async def test_i14_two_managers_with_two_devices_each_see_what_they_have_not_read(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    annas = await devices(server, pool, person, "anna")
    bens = await devices(server, pool, person, "ben")
    user = begin(server)
    async with user.client() as client:
        await client.say("one")
        await client.reply_to(1)
    await all_show([*annas, *bens], "2")
    await annas[0].page.locator(".chat").click()
    await all_show(annas, "")
    await all_show(bens, "2")
    # The page comes back, the node is another one, and more is written meanwhile.
    await bens[1].page.reload()
    await all_show(bens, "2")
    server.stop()
    await asyncio.to_thread(server.start)
    async with user.client() as client:
        await client.say("two")
        await client.reply_to(3)
    for console in (*annas, *bens):
        await console.page.evaluate("dispatchEvent(new Event('online'))")
    await all_show(bens, "4")
    # Anna has it before her eyes on one device.
    await all_show(annas, "")
    await bens[0].page.locator(".chat").click()
    await all_show(bens, "")
    # It is to be read again, for Ben alone, and stays so while it is open.
    await bens[0].page.keyboard.press("Alt+u")
    await all_show(bens, "2")
    await bens[1].page.reload()
    await all_show(bens, "2")
    await all_show(annas, "")
    await bens[1].page.locator(".chat").click()
    await all_show(bens, "")


async def test_a_chat_that_one_is_responsible_for_waits_for_them(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    pages = {}
    for name in ("anna", "ben"):
        link = await manager_link(pool, name)
        pages[name] = await person(f"{server.url}/manager#token={link}")
        await expect(pages[name].locator(".rail")).to_be_visible()
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
        token = await api_token(pool, "ben")
        answer = server.request(
            "POST", f"/manager/chats/{user.chat_id}/assignment", json={"assignee": "ben"},
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.is_success, answer.text
        await client.send("human")
        await client.next("chat", waiting_for="asked")
    await expect(pages["ben"].locator(".chat .chip")).to_have_text("Waits for you")
    await expect(pages["ben"]).to_have_title("(1) Switchboard")
    await expect(pages["anna"].locator(".chat .chip")).not_to_have_text("Waits for you")
    await expect(pages["anna"]).to_have_title("Switchboard")
