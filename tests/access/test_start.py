"""What an installation lacks at first, as an admin is told it."""

from contextlib import closing

import pytest

from tests.access.people import call, signed
from tests.access.test_managers import browser, token_in
from tests.server import Serve

pytestmark = pytest.mark.sites


async def test_an_admin_is_told_what_is_missing_until_it_is_there(serve: Serve) -> None:
    server = signed(serve)
    with closing(browser(server, token_in(server.printed))) as boss:
        start = boss.get("/manager/start").json()
        assert start["origins"] == [] and start["managers"] == 1
        assert (start["answers"], start["open"], start["site"]) == ("echo", False, "default")
        assert f'data-site="{start["key"]}"' in start["snippet"]
        page = server.get(f"/manager/try?site={start['key']}")
        assert page.status_code == 200 and "/widget.js" in page.text
        body = {"origins": ["https://shop.example"], "answering_mode": "never"}
        assert boss.patch("/manager/sites/default", json=body).is_success
        assert boss.post("/manager/team", json={"name": "Anna"}).status_code == 201
        start = boss.get("/manager/start").json()
        assert start["origins"] == ["https://shop.example"] and start["managers"] == 2
        assert start["answers"] == "nobody"


async def test_with_a_key_an_assistant_answers_and_in_open_mode_nobody_signs_in(
    serve: Serve,
) -> None:
    server = serve(OPENAI_KEY="sk-test")
    start = call(server, "GET", "/manager/start").json()
    assert start["answers"] == "assistant" and start["open"] is True
