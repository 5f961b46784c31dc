"""A day of a team: three managers, forty chats, and one of the three never touches a mouse."""

import re

import pytest
from playwright.async_api import Locator, expect

from core.store.database import Pool
from tests.access.people import begin, call, signed
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.browser.test_newer_reply import held
from tests.browser.test_snooze import in_a_moment
from tests.browser.test_views import run, saved
from tests.server import Serve
from tests.tickets import manager_link, manager_token

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.console, pytest.mark.timeout(600)]

CHATS = 40
UUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
MADE = f"""
insert into chats (chat_id, last_seq, last_user_seq, answered_seq, listed_at, updated_at, visitor,
                   contact_id)
select 'chat-' || n, 1, 1, 1, now() - make_interval(mins => n), now(),
       jsonb_build_object('name', 'Person ' || n), gen_random_uuid()
from generate_series(1, {CHATS - 1}) n
"""
SAID = """
insert into messages (chat_id, seq, role, text) select chat_id, 1, 'user', 'good day' from chats
where chat_id like 'chat-%'
"""
WATCHES = """
window.mouse = [];
for (const name of ["pointerdown", "mousedown", "mousemove", "touchstart"])
  addEventListener(name, (event) => window.mouse.push(event.type), true);
"""


class Anna(Console):
    """Works by keys alone."""

    async def to(self, what: str, key: str = "Tab") -> None:
        """Go on until something that matches this has the focus."""
        for _ in range(80):
            if await self.page.evaluate("s => document.activeElement.matches(s)", what):
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not reach {what}")

    @property
    def reply(self) -> Locator:
        return self.page.get_by_role("tabpanel", name="Reply").get_by_role("textbox")

    async def open(self, text: str) -> None:
        """Go through the list to the chat with this message."""
        for _ in range(CHATS):
            try:
                return await expect(self.message(text).first).to_be_visible(timeout=3_000)
            except AssertionError:
                await self.page.keyboard.press("Alt+ArrowUp")
        raise AssertionError(f"no chat has {text}")

    async def note(self, text: str, name: str) -> None:
        """Write a note that ends with whom it names."""
        keys = self.page.keyboard
        await keys.press("Alt+r")
        await expect(self.reply).to_be_focused()
        await self.to("[role=tab]", "Shift+Tab")
        await keys.press("ArrowRight")
        await expect(self.page.get_by_role("tab", name="Note")).to_be_focused()
        await keys.press("Tab")
        await keys.type(f"{text} @{name[:2].lower()}")
        colleagues = self.page.get_by_role("listbox", name="Colleagues")
        await expect(colleagues.get_by_role("option", name=name)).to_be_visible()
        await keys.press("Enter")
        await keys.press("Enter")
        await expect(self.page.locator(".team-note .body")).to_have_text(f"{text} @{name}")
        await self.to("[role=tab]", "Shift+Tab")
        await keys.press("ArrowLeft")
        await keys.press("Tab")
        await expect(self.reply).to_be_focused()

    async def collide(self, text: str, colleague: Console, first: str) -> None:
        """Send while a colleague's answer is on its way here, and send it all the same."""
        keys = self.page.keyboard
        free = await held(self.page)
        async with self.page.expect_request("**/manager/send"):
            await keys.type(text)
            await keys.press("Enter")
        await colleague.say(first)
        await expect(self.message(first)).to_be_visible()
        free.set()
        newer = self.page.locator(".newer")
        await expect(newer).to_contain_text("A colleague has just answered. Send anyway?")
        await expect(self.reply).to_be_focused()
        await keys.press("Enter")
        await expect(newer.get_by_role("button", name="Send anyway")).to_be_focused()
        await keys.press("Enter")
        await expect(newer).to_be_hidden()

    async def snooze(self) -> None:
        """For an hour, of which the server is told some seconds."""
        await self.page.route("**/bulk", in_a_moment)
        await self.page.keyboard.press("Alt+l")
        dialog = self.page.get_by_role("dialog", name="Snooze the chat")
        await expect(dialog.get_by_role("button", name="In an hour")).to_be_focused()
        await self.page.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()

    async def run_macro(self, text: str) -> None:
        keys = self.page.keyboard
        await keys.press("Alt+m")
        dialog = self.page.get_by_role("dialog", name="Run a macro")
        await expect(dialog.get_by_role("group").get_by_role("button")).to_have_count(1)
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(dialog.get_by_label("Message")).to_have_value(text)
        await expect(dialog.get_by_role("button", name="Run")).to_be_focused()
        await keys.press("Enter")

    async def save_view(self, words: str, name: str) -> None:
        """Search, keep the search under a name, leave it, and come back to it."""
        keys = self.page.keyboard
        await self.to(".list .chat")
        await keys.press("/")
        await keys.type(words)
        await keys.press("Enter")
        await expect(self.page.locator(".list .chat")).to_have_count(1)
        await run(self.page, "Save this view")
        await expect(self.page.get_by_label("Name", exact=True)).to_be_focused()
        await keys.type(name)
        await keys.press("Enter")
        view = saved(self.page).get_by_role("link", name=name)
        await expect(view).to_be_focused()
        await keys.press("g")
        await keys.press("o")
        await expect(self.page).to_have_url(re.compile("/inbox/open"))
        await expect(self.page.locator(".list .chat:focus")).to_have_count(1)
        await keys.press("g")
        await keys.press("v")
        await expect(view).to_be_focused()
        await keys.press("Enter")

    async def close_all(self) -> None:
        await self.to(".list .chat")
        await self.page.keyboard.press("Control+a")
        many = self.page.locator(".many").get_by_role("status").first
        await expect(many).to_have_text(f"{CHATS} selected")
        await self.page.keyboard.press("Alt+x")
        await expect(self.page.locator(".toast")).to_contain_text(f"{CHATS} chats closed.")


async def test_a_day_of_three_managers_with_forty_chats_one_of_them_by_keys_alone(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    links = [await manager_link(pool, name) for name in ("anna", "bea", "carl")]
    admin = await manager_token(pool, "owner", "admin")
    user = begin(server)
    await pool.execute(MADE)
    await pool.execute(SAID)
    reply = {"shortcut": "hi", "text": "Hi, this is {{me.name}}.", "site": "default"}
    macro = {"name": "Wait", "text": "We wait for you.", "snooze": "writes", "site": "default"}
    for path, body in ((f"canned/{UUIDS[0]}", reply), (f"macros/{UUIDS[1]}", macro)):
        assert call(server, "PUT", f"/manager/{path}", admin, json=body).is_success
    pages = [await person(f"{server.url}/manager#token={link}") for link in links]
    anna, bea, carl = Anna(pages[0]), Console(pages[1]), Console(pages[2])
    page, keys = anna.page, anna.page.keyboard
    await page.evaluate(WATCHES)
    async with user.client() as visitor:

        async def is_told(text: str) -> None:
            await visitor.next("message", role="manager", text=text)
            await expect(anna.message(text)).to_be_visible()

        async def is_listed(text: str, times: int = 1) -> None:
            for console in (anna, bea):
                await expect(console.page.locator(".list .chat", has_text=text)).to_have_count(
                    times
                )

        await visitor.say("where is my parcel?")
        await visitor.reply_to(1)
        # The newest chat is the first one. Anna opens it, and is responsible for it.
        await is_listed("where is my parcel?")
        await keys.press("Alt+ArrowDown")
        await expect(anna.message("where is my parcel?").first).to_be_visible()
        await keys.press("Alt+a")
        await expect(page.locator("#assign-assignee")).to_have_value("anna")
        await anna.note("Where is it,", "Carl")
        places = carl.page.get_by_role("navigation", name="Places")
        await expect(places.get_by_role("link", name="Mentions")).to_have_text("Mentions, 1")
        await places.get_by_role("link", name="Mentions").click()
        await carl.page.locator(".people a").first.click()
        await expect(carl.page.locator(".team-note .named.me")).to_have_text("@Carl")
        # A canned reply.
        await keys.type("/hi")
        canned = page.get_by_role("listbox", name="Canned replies").get_by_role("option")
        await expect(canned.filter(has_text="/hi")).to_be_visible()
        await keys.press("Enter")
        await expect(anna.reply).to_have_value("Hi, this is Anna.")
        await keys.press("Enter")
        await is_told("Hi, this is Anna.")
        await expect(carl.message("Hi, this is Anna.")).to_be_visible()
        await anna.collide("I look into it.", carl, "It comes tomorrow.")
        await is_told("I look into it.")
        # Put off, and back by itself.
        await anna.snooze()
        await is_listed("I look into it.", 0)
        await is_listed("I look into it.")
        await page.unroute("**/bulk")
        # A macro says the last word, and puts the chat off until they write.
        await anna.open("I look into it.")
        await anna.run_macro("We wait for you.")
        await visitor.next("message", role="manager", text="We wait for you.")
        await is_listed("We wait for you.", 0)
        await visitor.say("thank you")
        await is_listed("thank you")
        # All forty are closed at once, and opened again.
        await anna.close_all()
        await expect(bea.page.locator(".list .chat")).to_have_count(0)
        await keys.press("z")
        await expect(page.locator(".toast")).to_contain_text("Undone.")
        await expect(bea.page.locator(".list .chat").first).to_be_visible()
        assert await pool.fetchval("select count(*) from chats where status = 'open'") == CHATS
        await anna.save_view("thank you", "Thanks")
        await expect(page.locator(".list .chat")).to_have_count(1)
        assert "Where is it" not in str(visitor.frames)
        assert await page.evaluate("window.mouse") == []
