"""Hours in the console: a week, other dates, public holidays, and who is away."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_settings import field, installation, part, save
from tests.server import Serve
from tests.tickets import manager_link

pytestmark = [ONE_LOOP, pytest.mark.console, pytest.mark.noticed, pytest.mark.timeout(300)]


async def test_an_admin_says_when_the_team_is_there_and_who_answers(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = installation(serve)
    page = await person(
        f"{server.url}/manager/settings/sites/default"
        f"#token={await manager_link(pool, 'boss', 'admin')}"
    )
    answering = part(page, "Answers and hours")
    await answering.get_by_label("Who answers").select_option("when_away")
    await expect(field(page, "Monday")).to_be_hidden()
    await answering.get_by_label("When the team is there").select_option("week")
    await field(page, "Monday").fill("9-12:30, 13:30-18")
    special = answering.get_by_label("Other hours on some dates")
    await special.fill("2026-12-24 9:00-12:00 Christmas Eve")
    await answering.get_by_label("Country").fill("DE")
    await answering.get_by_label("Region").fill("BY")
    await answering.get_by_role("button", name="Propose holidays").click()
    await expect(answering.get_by_text("They are yours to change.")).to_be_visible()
    await save(page)
    row = await pool.fetchrow("select answering, hours, special_days from sites")
    assert row is not None and row["answering"] == "when_away"
    assert '[["09:00", "12:30"], ["13:30", "18:00"]], []' in row["hours"]
    assert "Christmas Eve" in row["special_days"] and row["special_days"].count("name") > 20
    await page.reload()
    await expect(field(page, "Monday")).to_have_value("09:00-12:30, 13:30-18:00")
    # What is wrong is said at its field.
    await field(page, "Tuesday").fill("morning")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(field(page, "Tuesday")).to_have_attribute("aria-invalid", "true")


async def test_whoever_is_away_says_so_in_the_account(
    serve: Serve, pool: Pool, person: Person
) -> None:
    server = installation(serve)
    page = await person(
        f"{server.url}/manager/account#token={await manager_link(pool, 'boss', 'admin')}"
    )
    box = page.get_by_label("I am away")
    async with page.expect_response(lambda answer: answer.request.method == "PUT"):
        await box.check()
    await page.reload()
    await expect(box).to_be_checked()
    assert await pool.fetchval("select away_since from managers where manager_id = 'boss'")
