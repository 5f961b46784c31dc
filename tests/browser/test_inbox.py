"""The list of chats, and the address of the open one."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from core.model import ChatId, Manager, ManagerId, Visitor
from core.store.chats import ChatStore
from core.store.database import Pool
from core.store.inbox import InboxStore
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, talk
from tests.client import Client, visitor
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link, user_ticket

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

# Counts the notes that the page plays: two make a sound.
HEAR = """() => {
  window.heard = 0;
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...at) {
    window.heard++;
    return start.apply(this, at);
  };
}"""


async def listen(page: Page) -> None:
    """Load the page anew, and hear who begins to wait from now on."""
    async with page.expect_response(lambda answer: "filter=waiting" in answer.url):
        await page.reload()
    await expect(page.locator(".list")).to_be_visible()
    await page.evaluate(HEAR)


async def test_back_closes_the_chat_and_its_address_opens_it(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager", viewport={"width": 390, "height": 780}))
    page = console.page
    await console.choose("ada")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open/ada")
    await page.go_back()
    await expect(page.locator(".conversation")).to_have_count(0)
    await expect(console.chat("bob")).to_be_visible()
    await page.go_forward()
    await expect(console.message("hello from ada").first).to_be_visible()
    # A reload keeps it. The page's own way back leaves nothing behind in the history.
    await page.reload()
    await expect(console.message("hello from ada").first).to_be_visible()
    await page.locator(".back").click()
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open")
    # From chat to chat it is one step.
    await console.choose("bob")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open/ada")
    await page.go_back()
    await expect(page).to_have_url(f"{server.url}/manager/inbox/open")


async def test_a_link_to_a_chat_opens_it_and_back_shows_the_list(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", *(f"later-{n}" for n in range(3)))
    console = Console(await person(f"{server.url}/manager#chat=ada"))
    await expect(console.message("hello from ada").first).to_be_visible()
    await console.page.go_back()
    await expect(console.page.get_by_text("Choose a chat")).to_be_visible()
    await console.page.goto(f"{server.url}/manager#chat=nobody")
    await expect(console.page.get_by_text("There is no such chat")).to_be_visible()
    await expect(console.page).to_have_url(f"{server.url}/manager/inbox/open")


async def test_who_closes_a_chat_goes_on_with_the_next_and_can_take_it_back(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob", "cyd")
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await console.choose("bob")
    await page.keyboard.press("Alt+x")
    await expect(page.locator(".conversation h2")).to_have_text("Visitor ada")
    await expect(console.chat("bob")).to_have_count(0)
    await expect(page.get_by_text("The chat with Visitor bob is closed")).to_be_visible()
    await console.press("Undo")
    await expect(page.locator(".conversation h2")).to_have_text("Visitor bob")
    await expect(console.chat("bob")).to_be_visible()
    # Closed again, it stands after the open ones among all chats, and a search finds it.
    await page.keyboard.press("Alt+x")
    await expect(console.chat("bob")).to_have_count(0)
    await console.view("All")
    names = page.locator(".chat .name")
    await expect(names).to_have_text(["Visitor cyd", "Visitor ada", "Visitor bob"])
    await console.view("Open")
    await page.get_by_role("searchbox").fill("from bob")
    await expect(names).to_have_text(["Visitor bob"])
    await expect(page.locator(".views a[aria-current]")).to_have_text("All")
    await page.get_by_role("searchbox").fill("")
    await expect(names).to_have_text(["Visitor cyd", "Visitor ada"])


async def test_a_wait_is_told_to_those_it_concerns(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    await ChatStore(pool).begin(ChatId("ada"), Visitor(name="Ada"))
    await InboxStore(pool).take_over(ChatId("ada"), Manager(ManagerId("ben"), "Ben"), "hi", None)
    anna, ben = [await manager_link(pool, name) for name in ("anna", "ben")]
    pages = [await person(f"{server.url}/manager#token={token}") for token in (anna, ben)]
    for page in pages:
        await listen(page)
    async with Client(server, f"/ws?ticket={await user_ticket(pool, 'ada')}") as client:
        await client.say("are you there?")
    for page in pages:
        await expect(page.locator(".views .n")).to_have_text(re.compile("1"))
        await Console(page).choose("Ada")
    hers, his = pages
    await expect(hers.locator(".conversation .wait")).to_contain_text("waits for Ben’s reply")
    await expect(his.locator(".conversation .wait")).to_contain_text("waits for your reply")
    await expect(his).to_have_title("(1) Switchboard")
    await expect(hers).to_have_title("Switchboard")
    await his.wait_for_function("window.heard === 2")
    assert await hers.evaluate("window.heard") == 0


async def test_who_began_to_wait_while_the_server_was_away_is_heard(
    serve: Serve, person: Person
) -> None:
    server, other = serve(ECHO_DELAY="0"), serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob")
    console = Console(await person(f"{server.url}/manager"))
    await listen(console.page)
    await expect(console.chat("ada")).to_be_visible()
    server.stop()
    async with visitor(other, "ada") as client:
        await client.send("human")
        await client.next("chat", waiting_for="asked")
    server.start()
    await expect(console.page).to_have_title("(1) Switchboard")
    await console.page.wait_for_function("window.heard === 2")


async def test_more_who_wait_than_are_counted_are_99_plus(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await pool.execute(
        "insert into chats (chat_id, owner, last_seq, listed_at, waiting_since, waiting_for)"
        " select 'waits-' || n, 'manager', 1, now(), now() - make_interval(secs => n), 'asked'"
        " from generate_series(1, 230) n"
    )
    page = await person(f"{server.url}/manager")
    await expect(page).to_have_title("(99+) Switchboard")
    await expect(page.locator(".views .n")).to_have_text(re.compile(r"99\+"))
    for _ in range(30):
        await page.locator(".list").evaluate("list => list.scrollBy(0, 2000)")
    await expect(page).to_have_title("(99+) Switchboard")


async def test_a_dropped_or_pasted_file_stays_out_and_the_page_says_so(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada")
    console = Console(await person(f"{server.url}/manager"))
    page = console.page
    await console.choose("ada")
    for kind in ("drop", "paste"):
        await expect(page.locator(".conversation textarea")).to_be_visible()
        kept = await page.evaluate(
            """(kind) => {
              const data = new DataTransfer();
              data.items.add(new File(["x"], "picture.png", { type: "image/png" }));
              const target = document.querySelector(".conversation textarea");
              const options = { bubbles: true, cancelable: true };
              const event = kind === "drop"
                ? new DragEvent("drop", { ...options, dataTransfer: data })
                : new ClipboardEvent("paste", { ...options, clipboardData: data });
              return target.dispatchEvent(event);
            }""",
            kind,
        )
        await expect(page.get_by_text("Files cannot be sent yet")).to_be_visible()
        assert kept == (kind == "paste")
        await page.reload()


async def test_who_goes_through_the_list_has_not_read_every_chat_on_the_way(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await talk(server, "ada", "bob", "cyd")
    console = Console(await person(f"{server.url}/manager"))
    await expect(console.chat("ada")).to_be_visible()
    for _ in range(3):
        await console.page.keyboard.press("Alt+ArrowDown")
    await expect(console.page.locator(".conversation h2")).to_have_text("Visitor ada")
    await expect(console.chat("ada").locator(".count")).to_be_hidden()
    read = await pool.fetch("select chat_id from chats where seen_by_manager > 0")
    assert [row["chat_id"] for row in read] == ["ada"]


async def test_the_thread_and_the_list_call_a_visitor_by_name(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    await ChatStore(pool).begin(ChatId("ada"), Visitor(name="Ada Lovelace"))
    async with visitor(server, "ada") as client:
        await client.say("hello")
        await client.reply_to(1)
        await client.send("human")
        await client.next("chat", waiting_for="asked")
        console = Console(await person(f"{server.url}/manager"))
        await console.choose("Ada Lovelace")
        page = console.page
        await expect(page.locator(".row.user .who")).to_contain_text("Ada Lovelace")
        await expect(page.locator(".event")).to_have_text("Ada Lovelace asked for a person")
        await expect(page.locator(".chat .line")).to_have_text("Ada Lovelace asked for a person")
        # Only who watches is told who types.
        while not await pool.fetchval("select count(*) from watches"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await client.send("typing")
        await expect(page.locator(".typing")).to_have_text("Ada Lovelace is typing…")
