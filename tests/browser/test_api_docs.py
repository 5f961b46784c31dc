"""The page of the calls, in a browser that enforces its policy."""

import pytest
from playwright.async_api import Browser, expect

from tests.access.test_managers import token_in
from tests.browser.conftest import ONE_LOOP, Person
from tests.server import Serve
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(600)]

COUNT_REFUSED = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => window.refused.push(event.blockedURI));
"""


async def test_a_manager_sees_every_call_and_can_try_one_out(serve: Serve, person: Person) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    page = await person(f"{server.url}/manager#token={token_in(server.printed)}")
    await expect(page.get_by_text("No open chats")).to_be_visible()
    await page.add_init_script(COUNT_REFUSED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{server.url}/docs")
    # A call whose path and name the description tells.
    me = page.locator("#operations-sign-in-me")
    await expect(me).to_be_visible()
    await me.get_by_role("button").first.click()
    await me.get_by_role("button", name="Try it out").click()
    await me.get_by_role("button", name="Execute").click()
    await expect(me.locator(".live-responses-table")).to_contain_text('"name": "Admin"')
    assert await page.evaluate("window.refused") == []
    assert all(url.startswith((server.url, "data:")) for url in asked), asked


async def test_an_anonymous_person_is_refused(serve: Serve, browser: Browser) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    page = await browser.new_page()
    answer = await page.goto(f"{server.url}/docs")
    assert answer is not None and answer.status == 401
    assert "Please sign in" in await page.inner_text("body")
    assert await page.locator("script").count() == 0
