"""Where a site begins a new chat after closing, the widget does so, and nothing is lost."""

import pytest
from playwright.async_api import expect

from core.model import ChatId, Manager, ManagerId
from core.store.database import Pool
from core.store.store import Store
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.sites import Site
from tests.browser.test_settings import field, part, save
from tests.server import Serve
from tests.sites import add_site
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.timeout(300), pytest.mark.sites]

ANNA = Manager(ManagerId("anna"), "Anna")
CHATS = """
select c.chat_id, c.contact_id, c.status, array_agg(m.text order by m.seq) as said
from chats c join messages m using (chat_id) where m.role = 'user'
group by c.chat_id order by c.created_at
"""


async def test_what_is_written_in_a_closed_chat_goes_into_a_new_one(
    serve: Serve, pool: Pool, site: Site, person: Person
) -> None:
    await add_site(pool, "shop", site.url)
    server = serve(SECRET_KEY=SECRET_KEY)
    boss = await manager_link(pool, "boss", "admin")
    page = await person(f"{server.url}/manager/settings/sites/shop#token={boss}")
    closing, minutes = part(page, "Closing"), field(page, "Close after so many idle minutes")
    choice = closing.get_by_role("combobox", name="Somebody writes in a closed chat")
    await choice.select_option("new")
    await minutes.fill("90")
    await save(page)
    await page.reload()
    await expect(minutes).to_have_value("90")
    await expect(choice).to_have_value("new")
    [saved] = await pool.fetch(
        "select close_after, after_closing, hand_back_after from sites where site_id = 'shop'"
    )
    assert tuple(saved) == (90, "new", None)

    src = f"{server.url}/widget.js"
    site.html = (
        f'<script src="{src}" data-site="site_shop" data-lang="en" data-name="Ada"></script>'
    )
    visitor = await person(f"{site.url}/")
    widget = visitor.locator("switchboard-chat")
    # An event has no body of its own.
    texts = widget.locator(".row .body:not(:empty)")
    composer = widget.locator("textarea")
    await widget.locator(".launcher").click()
    await composer.fill("the first")
    await composer.press("Enter")
    await expect(texts).to_have_text(["the first", "the first"])
    other = await person(f"{site.url}/", visitor.context)
    [first] = await pool.fetch(CHATS)
    await Store(pool).inbox.set_status(ChatId(first["chat_id"]), "closed", ANNA)
    await visitor.reload()
    await expect(texts).to_have_text(["the first", "the first"])

    # Both may come before the answer to one: then one answer is for both.
    own = widget.locator(".row.user .body:not(:empty)")
    for text in ("the second", "the third"):
        await composer.fill(text)
        await composer.press("Enter")
    await expect(own).to_have_text(["the second", "the third"])
    await expect(texts.last).to_have_text("the third")
    await expect(widget.locator(".row.assistant")).not_to_have_count(0)
    await visitor.reload()
    await expect(own).to_have_text(["the second", "the third"])
    # The other tab goes on with the new one.
    await other.locator("switchboard-chat .launcher").click()
    theirs = other.locator("switchboard-chat .row.user .body:not(:empty)")
    await expect(theirs).to_have_text(["the second", "the third"])
    old, new = await pool.fetch(CHATS)
    assert (old["said"], old["status"]) == (["the first"], "closed")
    assert (new["said"], new["status"]) == (["the second", "the third"], "open")
    assert old["contact_id"] == new["contact_id"]
