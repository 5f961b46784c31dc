"""What people may believe: a verified name, a link's host, a direction. And another device."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.access.people import User, call
from tests.access.test_identity import IDENTITY_KEY, identity
from tests.access.test_managers import token_in
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.timeout(600)]

APPLE, ASCII, RLO = "аррӏе.com", "xn--80ak6aa92e.com", "\u202e"


def begun(server: Server, name: str, token: str | None = None) -> User:
    made = call(server, "POST", "/chats", token, json={"visitor": {"name": name}}).json()
    return User(server, made["chat_id"], made["token"])


async def test_a_name_that_the_site_signed_is_marked_and_no_other(
    serve: Serve, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, IDENTITY_KEY=IDENTITY_KEY, ECHO_DELAY="0")
    for user in (begun(server, "", identity(name="Ada")), begun(server, "Ada ✓")):
        async with user.client() as client:
            await client.say("hello")
            await client.reply_to(1)
    page = await person(f"{server.url}/manager#token={token_in(server.printed)}")
    console = Console(page)
    mark = "Verified by your website"
    signed = page.get_by_role("link", name=re.compile(f"^Ada ?{mark}"))
    claimed = console.chat("Ada ✓")
    await expect(signed.locator(".verified")).to_be_visible()
    await expect(claimed).to_be_visible()
    await expect(claimed.locator(".verified")).to_be_hidden()
    await expect(page.get_by_role("link", name=mark)).to_have_count(1)
    header = page.locator(".conversation > header").get_by_role("img", name=mark)
    await signed.click()
    await expect(header).to_be_visible()
    await claimed.click()
    await expect(page.locator(".conversation h2")).to_contain_text("Ada ✓")
    await expect(header).to_have_count(0)


async def isolated(body: Locator) -> set[str]:
    """How a text and its links stand in their lines."""
    return set(
        await body.evaluate(
            "body => [body, ...body.querySelectorAll('a')]"
            ".map(one => getComputedStyle(one).unicodeBidi)"
        )
    )


async def test_no_link_hides_where_it_leads(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    visitor = await Widget(await person(f"{server.url}/")).open()
    await visitor.say(f"see http://{APPLE}/a and [x{RLO}y](http://b.example) {RLO}end")
    rows = [visitor.message("see")]
    console = Console(await person(f"{server.url}/manager"))
    await console.page.locator(".chat").first.click()
    rows.append(console.message("see"))
    for found in rows:
        await expect(found).to_have_count(2)
        # A visitor's message has no markup, and the echo's has.
        for body, second in zip(await found.all(), ("http://b.example", "xy"), strict=True):
            await expect(body.locator("a")).to_have_text([f"http://{ASCII}/a", second])
            assert await isolated(body) == {"isolate"}
    # What the server gives no HTML for, the page makes links of itself.
    many = " ".join(f"http://{APPLE}/{n}" for n in range(45))
    await visitor.say(f"many {many}")
    plain = visitor.message("many").first
    await expect(plain.locator("a")).to_have_count(45)
    assert APPLE not in await plain.inner_text()


async def test_another_device_is_signed_in_by_a_link_from_the_console(
    serve: Serve, person: Person
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    link = f"{server.url}/manager#token={token_in(server.printed)}"
    first = await person(link)
    await first.locator(".rail").get_by_role("link", name="Account").click()
    await first.get_by_role("button", name="Another device").click()
    dialog = first.get_by_role("dialog", name="Another device")
    await expect(dialog).to_contain_text("It works once, until")
    shown = await dialog.get_by_label("Link").input_value()
    assert re.fullmatch(re.escape(f"{server.url}/manager#token=sbm_") + r"[\w-]{43}", shown)
    second = await person(shown)
    await expect(second.get_by_text("No open chats")).to_be_visible()
    # It is gone from the page that showed it, and a third browser is not let in.
    await dialog.get_by_role("button", name="Done").click()
    await expect(first.locator("#device-link")).to_have_value("")
    assert (
        shown not in await first.content()
        and await first.locator("#device-link").input_value() == ""
    )
    third = await person(shown)
    await expect(third.get_by_text("This link is not good any more")).to_be_visible()
    # Whoever opens a spent link where they are signed in stays so.
    again = await person(link, first.context)
    await expect(again.get_by_text("No open chats")).to_be_visible()
