"""Two sites, two teams and one admin, live: each sees what is of their sites, and at once."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, expect

from core.model import FIRST_SITE, ManagerId, SiteId
from core.store.database import Pool
from core.store.sites import SiteStore
from tests.access.people import call
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console
from tests.browser.sites import Site
from tests.server import Serve, Server
from tests.sites import BOSS, add_site
from tests.tickets import SECRET_KEY, api_token, manager_link

pytestmark = [ONE_LOOP, pytest.mark.sites, pytest.mark.timeout(900)]

SIDES = {"shop": "left", "blog": "right"}


class Visitor:
    """Somebody on a page that has the chats of both sites."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def widget(self, site: str) -> Locator:
        return self.page.locator(f"switchboard-chat[position={SIDES[site]}]")

    def message(self, site: str, text: str) -> Locator:
        return self.widget(site).locator(".row:not(.draft) .body", has_text=text)

    async def write(self, site: str, text: str) -> None:
        field = self.widget(site).locator("textarea")
        if not await field.is_visible():
            await self.widget(site).locator(".launcher").click()
        await field.fill(text)
        await field.press("Enter")

    async def say(self, site: str, text: str) -> None:
        """Write, and wait until it is there with its echo."""
        await self.write(site, text)
        await expect(self.message(site, text)).to_have_count(2)


async def agent(pool: Pool, name: str, site: str) -> str:
    """The link of an agent of this site only."""
    link, sites = await manager_link(pool, name), SiteStore(pool)
    await sites.set_member(FIRST_SITE, ManagerId(name), BOSS, joins=False)
    await sites.set_member(SiteId(site), ManagerId(name), BOSS, joins=True)
    return link


async def search(page: Page, words: str) -> None:
    """Look for words, and wait until the server has answered."""
    wanted = f"q={words}" if words else "filter=open"
    async with page.expect_response(lambda answer: wanted in answer.url):
        await page.get_by_role("searchbox").fill(words)


async def sees(console: Console, *texts: str) -> None:
    """The list holds chats with these last messages, and no others."""
    for text in texts:
        await expect(console.chat(text)).to_have_count(1)
    await expect(console.page.locator(".chat")).to_have_count(len(texts))


async def member(server: Server, token: str, who: str, site: str, *, joins: bool) -> None:
    path = f"/manager/sites/{site}/members/{who}"
    answer = await asyncio.to_thread(call, server, "PUT" if joins else "DELETE", path, token)
    assert answer.status_code == 204, answer.text


async def test_i7_i14_each_team_sees_only_its_site_live_in_search_and_after_a_change(
    serve: Serve, pool: Pool, site: Site, person: Person
) -> None:
    for name, side in SIDES.items():
        await add_site(pool, name, site.url, theme={"position": side})
    server = serve(SECRET_KEY=SECRET_KEY, ECHO_DELAY="0")
    site.html = "<!doctype html>" + "".join(
        f'<script src="{server.url}/widget.js" data-site="site_{name}" data-lang="en"></script>'
        for name in SIDES
    )
    boss = await manager_link(pool, "boss", "admin")
    anna = Console(await person(f"{server.url}/manager#token={await agent(pool, 'anna', 'shop')}"))
    ben = Console(await person(f"{server.url}/manager#token={await agent(pool, 'ben', 'blog')}"))
    all_ = Console(await person(f"{server.url}/manager#token={boss}"))
    everybody = (anna, ben, all_)
    for console in everybody:
        await expect(console.page.locator(".empty h2")).to_be_visible()

    # One page, two chats, which do not meet; each comes live to its team and to the admin.
    visitor = Visitor(await person(f"{site.url}/", viewport={"width": 1200, "height": 800}))
    await visitor.say("shop", "a parcel word")
    await visitor.say("blog", "a comment word")
    await expect(visitor.message("shop", "comment")).to_have_count(0)
    await sees(anna, "a parcel word")
    await sees(ben, "a comment word")
    await sees(all_, "a parcel word", "a comment word")
    for console, found in ((anna, "a parcel word"), (ben, "a comment word")):
        await search(console.page, "word")
        await sees(console, found)
    await search(all_.page, "word")
    await sees(all_, "a parcel word", "a comment word")
    for console in everybody:
        await search(console.page, "")

    # In the middle of a chat the membership changes: Anna is out, Ben is in, nobody reloads.
    await anna.choose("a parcel word")
    await anna.say("I look it up")
    await expect(visitor.message("shop", "I look it up")).to_be_visible()
    token = await api_token(pool, "boss")
    await member(server, token, "anna", "shop", joins=False)
    await expect(anna.page.get_by_text("You no longer see the chats")).to_be_visible()
    await expect(anna.page.locator(".conversation")).to_have_count(0)
    await expect(anna.page.locator(".chat")).to_have_count(0)
    await member(server, token, "ben", "shop", joins=True)
    await sees(ben, "I look it up", "a comment word")
    await visitor.write("shop", "any news?")
    await expect(ben.chat("any news?")).to_have_count(1)
    await expect(all_.chat("any news?")).to_have_count(1)
    await ben.choose("any news?")
    await ben.say("I am Ben, it is on its way")
    await expect(visitor.message("shop", "I am Ben")).to_be_visible()
    # Anna has been told everything that she gets by the time that the admin sees this.
    await expect(all_.chat("I am Ben")).to_have_count(1)
    await search(anna.page, "word")
    await expect(anna.page.get_by_text("Nothing found")).to_be_visible()
    await expect(anna.page.locator(".chat")).to_have_count(0)
    await search(anna.page, "")
    # Back again: the chat is there with all that happened meanwhile.
    await member(server, token, "anna", "shop", joins=True)
    await sees(anna, "I am Ben")

    await blocked(server, token, visitor, all_)
    await sees(anna)
    await expect(ben.page.locator(".chat")).to_have_count(1)


async def blocked(server: Server, token: str, visitor: Visitor, all_: Console) -> None:
    """The shop blocks its contact: they cannot write there, and go on writing at the blog."""
    chats = call(server, "GET", "/manager/chats?site=shop", token).json()["chats"]
    path = f"/manager/contacts/{chats[0]['contact']['id']}/restriction"
    body = {"restriction": "blocked"}
    answer = await asyncio.to_thread(call, server, "POST", path, token, json=body)
    assert answer.is_success, answer.text
    await visitor.write("shop", "let me in")
    await expect(visitor.widget("shop").get_by_text("You cannot write here")).to_be_visible()
    await visitor.say("blog", "still here")
    await expect(all_.chat("still here")).to_have_count(1)
    await expect(all_.chat("let me in")).to_have_count(0)
