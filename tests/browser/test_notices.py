"""An admin says who hears of waiting chats, tries it, and reads what became of it."""

import pytest
from playwright.async_api import Browser, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_looks import serious
from tests.browser.test_settings import part
from tests.receivers import receiver
from tests.server import Serve
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.noticed, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("locale", "region", "add", "test", "sent", "why", "again"),
    [
        (
            *("en-GB", "Notices outside", "Add", "Send a test", "Sent · 1 attempt"),
            *("It answered 410", "Send again"),
        ),
        (
            *("de-DE", "Hinweise nach außen", "Hinzufügen", "Test senden", "Gesendet · 1 Versuch"),
            *("Er antwortete 410", "Noch einmal senden"),
        ),
    ],
)
async def test_an_admin_adds_a_receiver_tries_it_and_calls_it_after_a_minute(
    serve: Serve,
    pool: Pool,
    browser: Browser,
    person: Person,
    locale: str,
    region: str,
    add: str,
    test: str,
    sent: str,
    why: str,
    again: str,
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY, OUTBOUND_ALLOW="127.0.0.1")
    link = await manager_link(pool, "boss", "admin")
    context = await browser.new_context(locale=locale)
    page = await person(f"{server.url}/manager/settings/sites/default#token={link}", context)
    notices = part(page, region)
    async with receiver() as outside:
        outside.answers["/slack"] = lambda _, times: (410, {}) if times == 1 else (200, {})
        await notices.locator("#receiver-kind").select_option("slack")
        await notices.locator("#receiver-name").fill("Team")
        await notices.locator("#receiver-address").fill(f"{outside.url}/slack")
        await notices.get_by_role("button", name=add).first.click()
        listed = notices.get_by_role("listitem").filter(has_text="Team")
        await expect(listed).to_contain_text("Slack")
        await listed.get_by_role("button", name=test).click()
        await outside.got("/slack")
        assert not await serious(page)
        # The log follows by itself, and says in words what became of it.
        line = notices.get_by_role("listitem").filter(has_text="Slack · Team")
        await expect(line).to_contain_text(why)
        await line.get_by_role("button", name=again).click()
        await outside.got("/slack", 2)
        await expect(line).to_contain_text(sent)
        await notices.locator("#step-after").fill("60")
        await notices.locator("#step-action").select_option(label="Team")
        await notices.get_by_role("button", name=add).last.click()
        await expect(notices.get_by_role("listitem").filter(has_text="60 s")).to_contain_text(
            "Team"
        )
    steps = await pool.fetch("select after_seconds, action from escalation_steps")
    assert [tuple(row) for row in steps] == [(60, "receiver")]
