"""A visitor and two managers, each in a browser of their own, from the greeting to the restart."""

import re
import signal

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.test_managers import token_in
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.timeout(600)]


async def test_a_visitor_and_two_managers(
    serve: Serve, openai_server: OpenAIServer, person: Person, pool: Pool
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url)
    ann = await manager_link(pool, "ann", "agent")
    first = Console(await person(f"{server.url}/manager#token={token_in(server.printed)}"))
    await expect(first.page.get_by_text("No open chats")).to_be_visible()
    # Nothing secret stays in the address.
    assert first.page.url == f"{server.url}/manager/inbox/open"
    second = Console(await person(f"{server.url}/manager#token={ann}"))
    await expect(second.page.get_by_text("No open chats")).to_be_visible()
    # An agent does not broadcast.
    await expect(second.page.get_by_role("button", name="Broadcast")).to_be_hidden()

    page = await person(f"{server.url}/")
    visitor = await Widget(page).open()
    await expect(page.get_by_text("Ask us anything")).to_be_visible()
    await visitor.say("Hello there")
    await expect(visitor.message("Hello there")).to_have_count(2)
    await expect(page.locator(".panel .row.mine .mark")).to_have_text("Sent")
    await expect(visitor.draft).to_be_hidden()

    # It appears by itself, and opening it shows what was said.
    await first.choose("Visitor")
    await expect(first.message("Hello there")).to_have_count(2)
    await expect(page.locator(".panel .row.mine .mark")).to_have_text("Seen")

    # A burst gets one answer.
    await visitor.say("One more thing")
    await visitor.say("and another")
    await expect(visitor.message("You wrote and another")).to_be_visible()
    await expect(visitor.draft).to_be_hidden()
    asked = [request.question for request in openai_server.requests]
    assert asked[0] == "Hello there" and len(asked) <= 3

    # A manager takes over in the middle of a sentence; the other one sees it.
    await second.choose("Visitor")
    openai_server.script(Behaviour(text="sentence after sentence " * 300, delay=0.05))
    await visitor.say("Tell me everything")
    for watching in (visitor, first, second):
        await expect(watching.draft).to_contain_text("sentence after sentence")
    await first.say("Admin here, I am taking over.")
    for watching in (visitor, first, second):
        await expect(watching.message("I am taking over")).to_be_visible()
        await expect(watching.draft).to_be_hidden()
    await expect(page.get_by_text("Stopped here")).to_be_visible()
    await expect(second.page.locator(".conversation .hint")).to_contain_text("Admin answers here")
    await expect(first.page.get_by_role("button", name="Hand back", exact=True)).to_be_visible()

    # Typing, both ways.
    await page.locator(".panel textarea").press_sequentially("hm")
    await expect(first.page.locator(".typing")).to_have_text("The visitor is typing…")
    await first.page.locator(".conversation textarea").press_sequentially("hm")
    await expect(page.locator(".panel .typing")).to_have_text("Admin is typing…")
    await first.page.locator(".conversation textarea").fill("")

    # Handed back, the assistant answers again.
    await first.press("Hand back")
    await expect(page.locator(".panel")).to_have_attribute("data-owner", "assistant")
    await page.locator(".panel textarea").fill("")
    await visitor.say("Are you a machine again?")
    await expect(visitor.message("Are you a machine again?")).to_have_count(2)

    # A broadcast.
    await first.page.get_by_role("button", name="Broadcast").click()
    await expect(first.page.get_by_text("Reaches 1 chat")).to_be_visible()
    await first.page.locator("#broadcast-text").fill("We close at five.")
    await first.press("Continue")
    await first.press("Send to 1 chat")
    # A push that takes a second on a busy machine is given up, and what is stored comes later.
    await expect(
        first.page.get_by_text(
            re.compile("(1 delivered · 0 stored|0 delivered · 1 stored) for later · 0 failed")
        )
    ).to_be_visible()
    await first.press("Done")
    await expect(visitor.message("We close at five.")).to_be_visible()

    # A second tab of the same visitor.
    tab = await Widget(await person(f"{server.url}/", page.context)).open()
    await expect(tab.message("We close at five.")).to_be_visible()
    await tab.say("from the other tab")
    await expect(visitor.message("from the other tab").first).to_be_visible()
    await expect(visitor.message("from the other tab")).to_have_count(2)

    # The server dies underneath, and what is written meanwhile arrives once it is back.
    server.stop(signal.SIGKILL)
    await expect(first.page.get_by_text("Connection lost")).to_be_visible()
    await visitor.say("are you still there?")
    await expect(page.get_by_text("Will be sent when you are back online")).to_be_visible()
    server.start()
    await expect(visitor.message("are you still there?")).to_have_count(2, timeout=60_000)
    for console in (first, second):
        await expect(console.page.get_by_text("Connection lost")).to_be_hidden(timeout=60_000)
        await expect(console.message("are you still there?")).to_have_count(2)
        await expect(console.message("Hello there")).to_have_count(2)
    shown = await page.locator(".panel .row:not(.draft) .body").all_inner_texts()
    kept = await pool.fetchval("select count(*) from messages where kind = 'text'")
    assert len([text for text in shown if text]) == kept

    # Closed, and opened again by whoever writes.
    await second.press("Close")
    await expect(second.page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    await second.sign_out()
    await expect(second.page.get_by_role("heading", name="Switchboard")).to_be_visible()
    await expect(second.page.locator("#token")).to_be_visible()


async def test_a_chat_that_asks_for_a_person_is_on_the_tab(serve: Serve, person: Person) -> None:
    server = serve()
    console = Console(await person(f"{server.url}/manager"))
    await expect(console.page.get_by_text("Open mode")).to_be_visible()
    visitor = await Widget(await person(f"{server.url}/")).open()
    await visitor.page.get_by_role("button", name="Talk to a person").click()
    await expect(console.page).to_have_title("(1) Switchboard")
    await console.page.keyboard.press("Alt+n")
    await expect(console.page.locator(".conversation .wait")).to_contain_text("asked for a person")
    await console.page.keyboard.press("Alt+t")
    await expect(console.page).to_have_title("Switchboard")
    await expect(visitor.page.locator(".panel .status")).to_contain_text("Manager")
    await expect(visitor.page.locator(".panel .person")).to_be_hidden()


@pytest.mark.noticed
async def test_whoever_asked_is_answered_meanwhile_and_may_need_nobody_any_more(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    console = Console(await person(f"{server.url}/manager"))
    widget = await Widget(await person(f"{server.url}/")).open()
    wish = widget.page.locator(".panel .person")
    await wish.click()
    await expect(console.page).to_have_title("(1) Switchboard")
    await expect(wish).to_have_text("I no longer need a person")
    await widget.say("and now?")
    await expect(widget.message("and now?")).to_have_count(2)
    await wish.click()
    await expect(wish).to_have_text("Talk to a person")
    await expect(console.page).to_have_title("Switchboard")
    await expect(widget.page.locator(".panel .event").last).to_have_text(
        "You need no person any more"
    )
