"""M8: who reads the console sees how much of the day's budget is used."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ONE_LOOP, Person
from tests.client import visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve
from tests.spending import paid

pytestmark = [ONE_LOOP, pytest.mark.timeout(600)]


async def test_m8_the_console_says_when_the_budget_runs_out(
    serve: Serve, person: Person, openai_server: OpenAIServer
) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="1000")
    openai_server.script(Behaviour(cost=850), Behaviour(cost=150))
    page = await person(f"{server.url}/manager")
    banner = page.locator(".banner")
    async with visitor(server, "ada") as user:
        await user.say("hello")
        await expect(banner).to_contain_text("80 % of the assistant’s budget")
        # Who comes later sees it as well.
        await page.reload()
        await expect(banner).to_contain_text("80 % of the assistant’s budget")
        await user.say("and more")
        await expect(banner).to_contain_text("budget for today is spent")
