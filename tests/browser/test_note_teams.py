"""A note names a team, by keyboard; each of the team finds it, and is told once."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.access.people import begin, call, signed
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.server import Serve
from tests.tickets import manager_link, manager_token

pytestmark = [ONE_LOOP, pytest.mark.inbox, pytest.mark.timeout(600)]

# Nobody hears it here: the notes of the sound are counted, two for each time.
COUNT_TONES = """() => {
  window.tones = 0;
  window.OscillatorNode = class extends OscillatorNode {
    constructor(...of) { super(...of); window.tones += 1; }
  };
}"""
TONES = "window.tones"


async def test_a_team_is_named_in_a_note_and_its_people_find_it(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = signed(serve)
    admin = await manager_token(pool, "boss", "admin")
    anna_link, carl_link = [await manager_link(pool, name) for name in ("anna", "carl")]

    def save_team(name: str) -> None:
        body = {"name": name, "members": [{"id": "carl"}, {"id": "anna"}]}
        call(server, "PUT", "/manager/teams/first", admin, json=body).raise_for_status()

    save_team("Second Line")
    user = begin(server)
    async with user.client() as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
        anna = Console(await person(f"{server.url}/manager#token={anna_link}"))
        carl = Console(await person(f"{server.url}/manager#token={carl_link}"))
        await anna.choose("hello")
        await expect(carl.chat("hello")).to_be_visible()
        for console in (anna, carl):
            await console.page.evaluate(COUNT_TONES)
        # From here on with the keyboard alone.
        keys = anna.page.keyboard
        await anna.page.get_by_role("tab", name="Reply").focus()
        await keys.press("ArrowRight")
        await expect(anna.page.get_by_role("tab", name="Note")).to_be_focused()
        await keys.press("Tab")
        field = anna.page.get_by_role("tabpanel", name="Note").get_by_role("textbox")
        await expect(field).to_be_focused()
        await keys.type("Who knows this, @lin")
        options = anna.page.get_by_role("listbox", name="Colleagues").get_by_role("option")
        await expect(options).to_have_text(["Second Line Team"])
        await keys.press("Enter")
        await expect(field).to_have_value("Who knows this, @Second Line ")
        await keys.type("or @Carl?")
        await keys.press("Enter")
        text = "Who knows this, @Second Line or @Carl?"
        note = anna.page.locator(".team-note")
        await expect(note.get_by_role("button", name="Delete")).to_be_visible()
        await expect(note.locator(".body")).to_have_text(text)
        await expect(note.locator(".named")).to_have_text(["@Second Line", "@Carl"])
        # Named twice, it is one for Carl. Who wrote it has none.
        places = [c.page.get_by_role("navigation", name="Places") for c in (anna, carl)]
        of_anna, of_carl = [one.get_by_role("link", name="Mentions") for one in places]
        await expect(of_carl).to_have_text("Mentions, 1")
        await expect(of_anna).to_have_text("Mentions")
        assert await carl.page.evaluate(TONES) == 2
        # The team has another name now, and one by the team alone is one more.
        save_team("Experts")
        await field.focus()
        await keys.type("@[team:first] again")
        await keys.press("Enter")
        await expect(note.locator(".body").last).to_have_text("@Experts again")
        await expect(of_carl).to_have_text("Mentions, 2")
        assert await carl.page.evaluate(TONES) == 4
        await of_carl.click()
        rows = carl.page.locator(".people a")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("Anna: @Experts again")
        await expect(rows.last).to_contain_text("Who knows this, @Experts or @Carl?")
        await rows.first.click()
        await expect(carl.page.locator(".team-note .named").last).to_have_text("@Experts")
        await expect(of_carl).to_have_text("Mentions")
        # What comes while one looks at it is seen, also where the team alone is named.
        await field.focus()
        await keys.type("@[team:first] and now")
        await keys.press("Enter")
        await expect(carl.page.locator(".team-note")).to_have_count(3)
        await carl.page.wait_for_function(f"{TONES} === 6")
        await expect(of_carl).to_have_text("Mentions")
        assert await anna.page.evaluate(TONES) == 0
        assert "Experts" not in str(visitor.frames)
