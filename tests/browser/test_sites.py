"""Two sites' widgets on one page, each with what was set for its site."""

import pytest
from playwright.async_api import expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.sites import Site
from tests.server import Serve
from tests.sites import add_site
from tests.tickets import SECRET_KEY

pytestmark = [ONE_LOOP, pytest.mark.timeout(300), pytest.mark.sites]


async def test_two_sites_on_one_page_do_not_meet(
    serve: Serve, pool: Pool, site: Site, person: Person
) -> None:
    texts = {"en": {"title": "Ask the shop", "greeting": "Hello from the shop"}}
    await add_site(
        pool,
        "shop",
        site.url,
        theme={"position": "left", "accent": "#aa0000"},
        texts=texts,
        consent="We keep what you write.",
        privacy_url=f"{site.url}/privacy",
    )
    await add_site(pool, "blog", site.url)
    server = serve(SECRET_KEY=SECRET_KEY)
    site.html = "<!doctype html>" + "".join(
        f'<script src="{server.url}/widget.js" data-site="site_{name}" data-lang="en"></script>'
        for name in ("shop", "blog", "shop")
    )
    page = await person(f"{site.url}/", viewport={"width": 1200, "height": 800})
    widgets = page.locator("switchboard-chat")
    await expect(widgets).to_have_count(2)
    shop = page.locator("switchboard-chat[position=left]")
    blog = page.locator("switchboard-chat[position=right]")
    for widget, text in ((shop, "to the shop"), (blog, "to the blog")):
        await widget.locator(".launcher").click()
        await widget.locator("textarea").fill(text)
        await widget.locator("textarea").press("Enter")
        await expect(widget.locator(".row .body", has_text=text)).to_have_count(2)
    await expect(shop.get_by_text("Ask the shop")).to_be_visible()
    await expect(shop.get_by_text("We keep what you write.")).to_be_visible()
    policy = shop.get_by_role("link", name="Privacy")
    await expect(policy).to_have_attribute("href", f"{site.url}/privacy")
    await expect(blog.get_by_role("link", name="Privacy")).to_have_count(0)
    stored = await pool.fetch(
        "select c.site_id, m.text from chats c join messages m using (chat_id)"
        " where m.role = 'user' order by 1"
    )
    assert [tuple(row) for row in stored] == [("blog", "to the blog"), ("shop", "to the shop")]
    # Each goes on with its own chat, in this tab and in the next.
    await page.reload()
    for widget, text, other in (
        (shop, "to the shop", "to the blog"),
        (blog, "to the blog", "to the shop"),
    ):
        await expect(widget.locator(".row .body", has_text=text)).to_have_count(2)
        await expect(widget.locator(".row .body", has_text=other)).to_have_count(0)
