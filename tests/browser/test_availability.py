"""What a visitor reads of the team on a phone, in each state and in two languages."""

import os
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.sites import Site
from tests.client import manager
from tests.server import Serve, Server

pytestmark = [ONE_LOOP, pytest.mark.timeout(300), pytest.mark.noticed]

PHONE = ViewportSize(width=390, height=844)
# The visitor lives here, and the team elsewhere.
ZONE = "Asia/Kolkata"
LATER = timedelta(days=3)
WEEKDAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
}
SAYS = {
    "en": {
        "away": "Nobody from the team is here right now. The assistant goes on",
        "busy": "The team is busy. It takes a little longer",
        "minutes": "The team answers in about 2 minutes",
        "back": "The team is back on {day} at 13:30. The assistant goes on answering you",
        "kept": "The team can write to you: ada@example.com",
        "team": "The team is not here right now",
        "not_needed": "You need no person any more",
    },
    "de": {
        "away": "Vom Team ist gerade niemand da. Der Assistent antwortet Ihnen weiter",
        "busy": "Das Team ist beschäftigt. Es dauert etwas länger",
        "minutes": "Das Team antwortet in etwa 2 Minuten",
        "back": "Das Team ist am {day} um 13:30 Uhr wieder da. Der Assistent antwortet",
        "kept": "Das Team kann Ihnen schreiben: ada@example.com",
        "team": "Das Team ist gerade nicht da",
        "not_needed": "Sie brauchen niemanden mehr",
    },
}
WAITED = """
insert into events (at, name, chat_id, actor_kind, site_id)
select now() - interval '1 hour' + interval '100 seconds' * i, e.name, 'e-' || n, e.kind, 'default'
from generate_series(1, 5) n,
     (values (0, 'chat.waiting', 'user'), (1, 'message.sent', 'manager')) e (i, name, kind)
order by i
"""


async def come(person: Person, server: Server, lang: str) -> Widget:
    locale = {"en": "en-GB", "de": "de-DE"}[lang]
    page: Page = await person(server.url)
    assert page.context.browser
    context = await page.context.browser.new_context(
        viewport=PHONE, timezone_id=ZONE, locale=locale, has_touch=True
    )
    return await Widget(await person(f"{server.url}/", context)).open()


async def picture(widget: Widget, lang: str, name: str) -> None:
    """Nothing is cut at a phone's size. With `PICTURES` set to a folder, somebody may look."""
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert await widget.page.evaluate(wide)
    if folder := os.environ.get("PICTURES"):
        path = Path(folder) / f"availability-{lang}-{name}.png"
        await widget.page.screenshot(path=path)


@pytest.mark.parametrize("lang", SAYS)
async def test_i13_a_visitor_reads_the_truth_in_each_state(
    lang: str, serve: Serve, pool: Pool, person: Person
) -> None:
    says = SAYS[lang]
    server = serve(ECHO_DELAY="0")
    await pool.execute(WAITED)
    widget = await come(person, server, lang)
    page = widget.page
    wish, card = page.locator(".panel .person"), page.locator(".panel .absent")
    status = page.locator(".panel .status")
    await expect(card).to_be_hidden()
    # Nobody is there: the visitor reads so, and the assistant goes on.
    await wish.click()
    await expect(card).to_contain_text(says["away"])
    await widget.say("hello?")
    await expect(widget.message("hello?")).to_have_count(2)
    await picture(widget, lang, "away")
    await wish.click()
    await expect(page.locator(".panel .event").last).to_have_text(says["not_needed"])
    await expect(card).to_be_hidden()
    # Somebody is there, and others have waited for so long.
    async with manager(server) as boss:
        await boss.send("ping")
        await boss.next("pong")
        await wish.click()
        await expect(status).to_have_text(says["minutes"])
        await expect(card).to_be_hidden()
        await picture(widget, lang, "here")
        await wish.click()
        # Many wait longer.
        await pool.execute(
            "insert into chats (chat_id, waiting_since, waiting_for, listed_at)"
            " select 'w-' || n, now() - interval '1 hour', 'asked', now()"
            " from generate_series(1, 3) n"
        )
        await wish.click()
        await expect(status).to_have_text(says["busy"])
        await picture(widget, lang, "busy")
        await wish.click()
    # Out of hours: when the team is back, by the visitor's clock.
    day = (datetime.now(UTC) + LATER).date()
    week = [[["08:00", "12:00"]] if n == day.weekday() else [] for n in range(7)]
    changes = {"time_zone": "Etc/UTC", "hours": week}
    server.request("PATCH", "/manager/sites/default", json=changes).raise_for_status()
    await expect(wish).not_to_have_text(re.compile("no longer|niemanden"))
    await wish.click()
    assert datetime.combine(day, time(8), UTC) > datetime.now(UTC)
    back = says["back"].format(day=WEEKDAYS[lang][day.weekday()])
    await expect(card).to_contain_text(back)
    await picture(widget, lang, "closed")
    field = card.locator("input")
    await field.fill("ada@example.com")
    await field.press("Enter")
    await expect(card).to_contain_text(says["kept"])
    await expect(field).to_be_hidden()
    await picture(widget, lang, "reached")
    # The site's assistant never answers: a new message waits for the team.
    never = {"answering_mode": "never"}
    server.request("PATCH", "/manager/sites/default", json=never).raise_for_status()
    await widget.say("is anybody there?")
    await expect(status).to_have_text(says["team"])
    await expect(card).to_have_count(1)
    await picture(widget, lang, "never")


async def test_before_a_chat_the_page_knows_what_was_published(
    serve: Serve, site: Site, person: Person
) -> None:
    server = serve(ECHO_DELAY="0", ALLOWED_ORIGINS=site.url)
    day = (datetime.now(UTC) + LATER).date()
    week = [[["08:00", "12:00"]] if n == day.weekday() else [] for n in range(7)]
    changes = {"time_zone": "Etc/UTC", "hours": week, "answering_mode": "never"}
    made = server.request("PATCH", "/manager/sites/default", json=changes).json()
    site.html = (
        f'<!doctype html><script src="{server.url}/widget.js" data-site="{made["key"]}"'
        ' data-lang="en"></script>'
    )
    widget = await Widget(await person(f"{site.url}/", timezone_id=ZONE)).open()
    back = f"The team is back on {WEEKDAYS['en'][day.weekday()]} at 13:30"
    await expect(widget.page.locator(".panel .status")).to_have_text(back)
    await expect(widget.page.locator(".panel .greeting")).to_contain_text("The team answers you")


async def test_the_team_sees_the_address_of_who_is_gone(serve: Serve, person: Person) -> None:
    server = serve(ECHO_DELAY="0")
    widget = await come(person, server, "en")
    await widget.page.locator(".panel .person").click()
    await widget.page.locator(".panel .absent input").fill("ada@example.com")
    await widget.page.locator(".panel .leave").click()
    await expect(widget.page.locator(".panel .absent .kept")).to_be_visible()
    console = Console(await person(f"{server.url}/manager"))
    await console.choose("ada@example.com")
