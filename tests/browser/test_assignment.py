"""Who is responsible for a chat, as a manager sees and changes it: by key, and by click."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.people import begin, call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.browser.test_hidden_tab import HIDDEN
from tests.browser.test_noticed import until
from tests.client import manager, visitor
from tests.server import Serve
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def test_a_chat_is_assigned_by_key_and_by_click_and_the_assistant_goes_on(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    team = server.request("PUT", "/manager/teams/sales", json={"name": "Sales"})
    assert team.is_success, team.text
    async with visitor(server, "ada") as user, manager(server) as colleague:
        await user.say("hello")
        await user.reply_to(1)
        console = Console(await person(f"{server.url}/manager/inbox/unassigned"))
        page = console.page
        await console.choose("ada")
        who, teams = page.get_by_label("Person"), page.get_by_label("Team", exact=True)
        await expect(who).to_have_value("")
        await teams.select_option("Sales")
        await colleague.next("chat", chat_id="ada", team={"id": "sales", "name": "Sales"})
        await page.locator("body").click(position={"x": 1, "y": 1})
        await page.keyboard.press("Alt+a")
        await expect(who).to_have_value("manager")
        await expect(page.locator(".chat")).to_have_count(0)
        await user.say("still there?")
        await user.reply_to(3)
        await page.get_by_role("link", name="Mine", exact=True).click()
        await expect(console.chat("ada")).to_be_visible()
        await who.select_option("Nobody")
        await expect(page.locator(".chat")).to_have_count(0)
        assert (await colleague.next("chat", chat_id="ada")).get("owner") == "assistant"


async def test_a_console_nobody_looks_at_says_what_has_become_ones_own_as_one_wishes(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    users = [begin(server) for _ in range(6)]
    for user in users:
        async with user.client() as client:
            await client.say("hello")
            await client.reply_to(1)
    link = await manager_link(pool, "anna")
    await manager_link(pool, "boss", "admin")
    hers, boss = await api_token(pool, "anna"), await api_token(pool, "boss")
    page = await person("about:blank")
    await page.add_init_script(HIDDEN)
    frames: asyncio.Queue[str] = asyncio.Queue()
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.put_nowait(str(frame))),
    )
    await page.goto(f"{server.url}/manager/inbox/mine#token={link}")
    async with asyncio.timeout(60):
        while not await pool.fetchval("select count(*) from connections where chat_id is null"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    row = page.locator(".chat")

    async def assign(*some: int, token: str = boss) -> None:
        body: dict[str, Any] = {"chat_ids": [users[n].chat_id for n in some], "act": "assign"}
        answer = await asyncio.to_thread(
            call, server, "POST", "/manager/chats/bulk", token, json={**body, "assignee": "anna"}
        )
        assert answer.is_success, answer.text

    async def wish(*groups: str) -> None:
        answer = await asyncio.to_thread(
            call, server, "PUT", "/manager/notices", hers, json={"desktop": list(groups)}
        )
        assert answer.is_success, answer.text

    # What she takes herself is no news, and neither is what she does not wish to hear of.
    await assign(0, token=hers)
    await wish("unassigned")
    await assign(1)
    async with asyncio.timeout(60):
        while '"assigned"' not in await asyncio.wait_for(frames.get(), 60):
            pass
    # The page waits for a moment, whether more comes.
    await page.evaluate("new Promise((done) => setTimeout(done, 600))")
    await wish("mine")
    await assign(2)
    await until(page, "shown.length > 0")
    await assign(3, 4, 5)
    await until(page, "shown.length > 1")
    await expect(row).to_have_count(6)
    titles = await page.evaluate("shown.map((one) => one.title)")
    assert titles[0].startswith("You are responsible now: ")
    assert sum(map(counted, titles[1:])) == 3, titles


def counted(title: str) -> int:
    """So many chats a notice tells of. They come together, or in two parts."""
    words = title.split()
    return int(words[4]) if "more" in words else 1
