"""Macros, by the keyboard alone: made, chosen, held back at a gap, run, and taken back."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.client import Client, visitor
from tests.server import Serve

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console]


async def to(console: Console, label: str) -> None:
    """Go on with Tab until this field has the focus."""
    field = console.page.get_by_label(label, exact=True)
    for _ in range(60):
        await console.page.keyboard.press("Tab")
        if await field.evaluate("f => f === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {label}")


async def make(console: Console, name: str, text: str, rest: str) -> None:
    """Make a macro with the first tag there is."""
    page, keys = console.page, console.page.keyboard
    field = page.get_by_label("Name", exact=True)
    await field.focus()
    await keys.type(name)
    await to(console, "Message (if it has one)")
    await keys.type(text)
    await to(console, "Tags")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Take away vip")).to_be_visible()
    await to(console, "And then")
    await keys.type(rest)
    await keys.press("Tab")
    await keys.press("Enter")
    row = page.get_by_role("list", name="Macros").get_by_role("listitem", name="")
    await expect(row.filter(has_text=name).first).to_contain_text("Adds the tag vip")
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()


async def greet(user: Client) -> None:
    await user.say("hello")
    await user.reply_to(1)


async def test_a_macro_is_made_and_run_by_keys_and_all_but_its_message_is_undone(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, "ada") as user:
        await greet(user)
        tagged = server.request("POST", "/manager/chats/ada/tags", json={"add": ["vip"]})
        [tag] = tagged.json()["tags"]
        server.request("POST", "/manager/chats/ada/tags", json={"remove": [tag["id"]]})
        console = Console(await person(f"{server.url}/manager/replies"))
        page, keys = console.page, console.page.keyboard
        await expect(page.get_by_label("Tags", exact=True)).to_contain_text("vip")
        await make(console, "Refund", "Order {{order.id}} of {{visitor.name|you}}.", "Close")
        await make(console, "Later", "", "Snoozes: Until")
        await page.goto(f"{server.url}/manager/inbox/open/ada")
        field = page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
        await expect(field).to_be_focused()
        # With a key, and in a field that keeps what is written there.
        await keys.type("half a sentence")
        await keys.press("Alt+m")
        dialog = page.get_by_role("dialog", name="Run a macro")
        await expect(dialog.get_by_label("Which macro")).to_be_focused()
        await keys.type("ref")
        await expect(dialog.get_by_role("group").get_by_role("button")).to_have_count(1)
        await keys.press("Enter")
        says = dialog.get_by_label("Message")
        # What is not known is marked, and not sent unseen.
        await expect(says).to_be_focused()
        await expect(says).to_have_value("Order {{order.id}} of you.")
        await expect(dialog).to_contain_text("Not filled in: {{order.id}}")
        await keys.press("Control+Enter")
        await expect(dialog).to_contain_text("Run it once more to send it as it is.")
        await keys.type("4711")
        await expect(dialog).not_to_contain_text("Not filled in")
        await keys.press("Control+Enter")
        said = await user.next("message", role="manager", kind="text")
        assert said["text"] == "Order 4711 of you."
        await user.next("chat", status="closed")
        assert "vip" not in str(user.frames)
        toast = page.locator(".toast")
        await expect(toast).to_contain_text("Done: Refund. A message that was sent stays.")
        await page.locator("body").click(position={"x": 1, "y": 1})
        await toast.get_by_role("button", name="Undo").press("Enter")
        await user.next("chat", status="open")
        await expect(toast).to_contain_text("Undone.")
        await expect(console.message("Order 4711 of you.")).to_be_visible()
        await expect(field).to_have_value("half a sentence")
        await expect(page.locator(".details .tags li")).to_have_count(0)
        # And behind a sign: it writes nothing, and says what it does first.
        await field.fill("")
        await field.focus()
        await keys.type("/lat")
        offered = page.get_by_role("listbox", name="Canned replies").get_by_role("option")
        await expect(offered).to_have_count(1)
        await expect(offered).to_contain_text("Later")
        await keys.press("Enter")
        await expect(dialog.get_by_role("list")).to_contain_text("Snoozes: Until they write")
        await expect(field).to_have_value("")
        await expect(dialog.get_by_role("button", name="Run")).to_be_focused()
        await keys.press("Enter")
        await expect(toast).to_contain_text("Done: Later.")
        chats = server.request("GET", "/manager/chats?filter=snoozed").json()["chats"]
        assert [one["chat_id"] for one in chats] == ["ada"]
        assert [one["name"] for one in chats[0]["tags"]] == ["vip"]


async def test_what_is_gone_or_newer_is_said_and_nothing_is_done(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, "ada") as user:
        await greet(user)
        [tag] = server.request(
            "POST", "/manager/chats/ada/tags", json={"add": ["vip"]}
        ).json()["tags"]  # fmt: skip
        body = {"name": "Vip", "text": "Hello", "tags": [tag["id"]], "closes": True}
        path = "/manager/macros/11111111-1111-4111-8111-111111111111"
        assert server.request("PUT", path, json=body).is_success
        console = Console(await person(f"{server.url}/manager/inbox/open/ada"))
        page, keys = console.page, console.page.keyboard
        field = page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")
        await expect(field).to_be_focused()
        await keys.press("Control+k")
        await keys.type("run a macro")
        await keys.press("Enter")
        dialog = page.get_by_role("dialog", name="Run a macro")
        await expect(dialog.get_by_role("group").get_by_role("button")).to_have_count(1)
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(dialog.get_by_label("Message")).to_have_value("Hello")
        assert server.request("DELETE", f"/manager/tags/{tag['id']}").is_success
        await keys.press("Enter")
        await expect(dialog).to_contain_text("Nothing was done. One of these tags is not")
        chat = server.request("GET", "/manager/chats").json()["chats"][0]
        assert chat["status"] == "open" and chat["owner"] == "assistant"
        await keys.press("Escape")
        await expect(dialog).to_have_count(0)
        # Where they are kept it is named, too.
        await page.goto(f"{server.url}/manager/replies")
        await expect(page.get_by_role("list", name="Macros")).to_contain_text("not there any more")


async def test_a_macro_whose_answer_got_lost_is_the_same_one_when_it_is_saved_again(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    console = Console(await person(f"{server.url}/manager/replies"))
    page, lost = console.page, 0

    async def lose(route: Route) -> None:
        """The first one is stored, and nobody hears of it."""
        nonlocal lost
        lost += 1
        if lost > 1:
            await route.continue_()
        else:
            await route.fetch()
            await route.abort()

    await page.route("**/manager/macros/*", lose)
    form = page.locator("form", has=page.locator("#macro-name"))
    name = form.locator("#macro-name")
    await name.fill("Refund")
    await form.locator("#macro-text").fill("Gladly.")
    save = form.get_by_role("button", name="Save")
    async with page.expect_event("requestfailed"):
        await save.click()
    await save.click()
    await expect(name).to_have_value("")
    rows = page.get_by_role("list", name="Macros").locator(":scope > li")
    await expect(rows).to_have_count(1)
    assert lost == 2
