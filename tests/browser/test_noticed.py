"""A manager's browser is woken while nobody looks: a real service worker, and real notices.

No browser here reaches a push service. So the page's subscription is one that we make, and the
DevTools protocol delivers what a service would have: all between is real.
"""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.async_api import Error, Page, Worker, expect

from core.store.database import Pool
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.pages import Console, Widget
from tests.browser.test_looks import serious
from tests.client import Client
from tests.push_service import PushService, Subscriber
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, manager_link

pytestmark = [ONE_LOOP, pytest.mark.noticed, pytest.mark.timeout(600)]

WAKE = "Wake this device when somebody waits"
# What a browser does with a push service. `options` is read where the key has changed.
SUBSCRIBE = """(() => {
  const given = %s;
  const name = "test subscription";
  const held = () => {
    const key = localStorage.getItem(name);
    if (!key) return null;
    return {
      ...given,
      options: { applicationServerKey: Uint8Array.from(JSON.parse(key)).buffer },
      toJSON: () => given,
      unsubscribe: async () => { localStorage.removeItem(name); return true; },
    };
  };
  PushManager.prototype.getSubscription = async () => held();
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    localStorage.setItem(name, JSON.stringify([...applicationServerKey]));
    return held();
  };
})();"""
# A click needs a person. What it may do after one is written down instead.
CLICK = """async () => {
  const [notice] = await self.registration.getNotifications();
  const done = [];
  self.clients.openWindow = async (url) => done.push(`open ${url}`);
  WindowClient.prototype.focus = async function () { done.push(`focus ${this.url}`); };
  const event = new NotificationEvent("notificationclick", { notification: notice });
  const waits = [];
  event.waitUntil = (promise) => waits.push(promise);
  self.dispatchEvent(event);
  await Promise.all(waits);
  return done;
}"""
NOTICES = """async () => (await self.registration.getNotifications())
  .map(({ title, body, tag, data }) => ({ title, body, tag, data }))"""


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running
    assert not running.broken


async def come(person: Person, url: str, browser: Subscriber) -> Page:
    """A console whose browser may show notices and can subscribe."""
    page = await person("about:blank", permissions=["notifications"])
    await page.add_init_script(SUBSCRIBE % json.dumps(browser.body))
    await page.goto(url)
    return page


async def until(page: Page, expression: str) -> None:
    """Wait in the test: the page's policy forbids to evaluate texts in it."""
    for _ in range(600):
        if await page.evaluate(expression):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(expression)


class Woken:
    """The service worker of a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._registration: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def begin(self) -> "Woken":
        self._cdp = await self._page.context.new_cdp_session(self._page)
        self._cdp.on("ServiceWorker.workerRegistrationUpdated", self._registered)
        await self._cdp.send("ServiceWorker.enable")
        self._id = await asyncio.wait_for(self._registration, 60)
        # A worker that is registered and not active yet gets no push.
        await self._page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
        self._origin = "/".join(self._page.url.split("/")[:3])
        return self

    def _registered(self, event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not one["isDeleted"] and not self._registration.done():
                self._registration.set_result(one["registrationId"])

    async def evaluate(self, text: str) -> Any:
        """The result of a function in the worker.

        A browser stops a worker that has nothing to do for 30 s, and starts it for an event.
        """
        for _ in range(6):
            workers: list[Worker] = self._page.context.service_workers
            if workers:
                with suppress(Error, TimeoutError):
                    return await asyncio.wait_for(workers[-1].evaluate(text), 10)
            scope = f"{self._origin}/manager"
            await self._cdp.send("ServiceWorker.startWorker", {"scopeURL": scope})
            await asyncio.sleep(0.5)
        raise AssertionError("the worker does not answer")

    async def push(self, text: dict[str, Any] | str) -> None:
        data = text if isinstance(text, str) else json.dumps(text)
        await self._cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._origin, "registrationId": self._id, "data": data},
        )

    async def shown(self, count: int) -> list[dict[str, Any]]:
        """The notices, as soon as there are so many."""
        for _ in range(600):
            found: list[dict[str, Any]] = await self.evaluate(NOTICES)
            if len(found) == count:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(found)

    async def click(self) -> list[str]:
        done: list[str] = await self.evaluate(CLICK)
        return done


async def turned_on(page: Page, server: Server) -> Woken:
    await page.goto(f"{server.url}/manager/account")
    box = page.get_by_label(WAKE)
    await box.check()
    await expect(page.get_by_text("No notice yet")).to_be_visible()
    await expect(box).to_be_checked()
    return await Woken(page).begin()


WAITS = {
    "kind": "chat.waiting",
    "title": "Ada is waiting",
    "body": "Wants a person",
    "tag": "ada",
    "chat_id": "ada",
    "lang": "en",
}


async def test_i13_a_push_wakes_the_browser_and_a_click_opens_the_chat(
    serve: Serve, person: Person, pool: Pool, service: PushService
) -> None:
    server = serve()
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("my secret words")
    page = await come(person, f"{server.url}/manager", service.subscriber())
    woken = await turned_on(page, server)
    stored = await pool.fetchrow("select * from push_subscriptions")
    assert stored is not None and stored["endpoint"] in str(service.subscribers.values())
    await woken.push(WAITS)
    [notice] = await woken.shown(1)
    assert (notice["title"], notice["body"], notice["tag"]) == (
        "Ada is waiting",
        "Wants a person",
        "ada",
    )
    # The console is open: it shows the chat, whatever room it is in.
    assert await woken.click() == [f"focus {page.url}"]
    await expect(page.locator(".conversation")).to_contain_text("my secret words")
    # Nobody has it open: the browser opens it where the chat is.
    await page.goto("about:blank")
    await woken.push(WAITS)
    await woken.shown(1)
    [opened] = await woken.click()
    assert opened == f"open {server.url}/manager#chat=ada"
    await page.goto(opened.removeprefix("open "))
    await expect(page.locator(".conversation")).to_contain_text("my secret words")


async def test_the_next_notice_of_a_chat_takes_the_place_of_the_one_before(
    serve: Serve, person: Person, service: PushService
) -> None:
    server = serve()
    page = await come(person, f"{server.url}/manager", service.subscriber())
    woken = await turned_on(page, server)
    await woken.push(WAITS)
    await woken.push(WAITS | {"tag": "ben", "chat_id": "ben", "title": "Ben is waiting"})
    assert len(await woken.shown(2)) == 2
    await woken.push(WAITS | {"kind": "chat.taken", "title": "Anna answers Ada"})
    await woken.push({"kind": "test", "tag": "test", "title": "It works"})
    titles = {one["title"] for one in await woken.shown(3)}
    assert titles == {"Anna answers Ada", "Ben is waiting", "It works"}
    # A push that says nothing is shown all the same: browsers demand it.
    await woken.push("no JSON")
    assert "Switchboard" in {one["title"] for one in await woken.shown(4)}


async def test_the_console_and_a_push_show_one_notice_of_a_chat(
    serve: Serve, person: Person, service: PushService
) -> None:
    server = serve()
    page = await come(person, f"{server.url}/manager", service.subscriber())
    woken = await turned_on(page, server)
    await page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("hello")
        await visitor.send("human")
        [notice] = await woken.shown(1)
        assert notice["data"] == {"chat_id": "ada", "kind": "chat.waiting"}
        await woken.push(WAITS)
        await expect_title(woken, "Ada is waiting")
        assert len(await woken.shown(1)) == 1


async def expect_title(woken: Woken, title: str) -> None:
    for _ in range(600):
        if any(one["title"] == title for one in await woken.evaluate(NOTICES)):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(title)


async def test_a_device_is_woken_for_whoever_is_signed_in_there_and_for_nobody_else(
    serve: Serve, person: Person, pool: Pool, service: PushService
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    count = "select count(*) from push_subscriptions where manager_id = $1"
    name = f"anna-{secrets.token_hex(4)}"
    link = f"{server.url}/manager/account#token="
    page = await come(person, f"{link}{await manager_link(pool, name)}", service.subscriber())
    await page.get_by_label(WAKE).check()
    row = page.get_by_role("region", name="Notices on this device").get_by_role("listitem")
    await expect(row).to_contain_text("This browser")
    assert await pool.fetchval(count, name) == 1
    # Somebody else signs in here: what was asked for before ends in the browser itself.
    async with page.expect_response("**/manager/session"):
        await page.goto("about:blank")
        await page.goto(link + await manager_link(pool, "ben"))
    await expect(page.get_by_label(WAKE)).not_to_be_checked()
    await until(page, "localStorage.getItem('test subscription') === null")
    await page.get_by_label(WAKE).check()
    await expect(row).to_contain_text("This browser")
    assert [await pool.fetchval(count, one) for one in (name, "ben")] == [0, 1]
    # And off again, from the list.
    await row.get_by_role("button").click()
    await row.get_by_role("button").click()
    await expect(row).to_have_count(0)
    await expect(page.get_by_label(WAKE)).not_to_be_checked()
    assert await pool.fetchval(count, "ben") == 0


async def test_the_console_can_be_installed(serve: Serve, person: Person) -> None:
    server = serve()
    for path in ("/manager", "/manager/inbox/open"):
        page = await person(server.url + path)
        cdp = await page.context.new_cdp_session(page)
        manifest = await cdp.send("Page.getAppManifest")
        assert not manifest["errors"], manifest
        said = json.loads(manifest["data"])
        assert said["name"] and manifest["url"].endswith("/console.webmanifest")
        problems = await cdp.send("Page.getInstallabilityErrors")
        errors = {one["errorId"] for one in problems["installabilityErrors"]}
        # A test's browser is like a private window.
        assert errors <= {"in-incognito"}, errors
        icon = page.locator("link[rel=apple-touch-icon]")
        address = await icon.evaluate("one => one.href")
        assert (await page.request.get(address)).headers["content-type"] == "image/png"


async def test_the_icon_counts_who_waits(serve: Serve, person: Person) -> None:
    server = serve()
    page = await person("about:blank")
    await page.add_init_script(
        "window.badges = []; navigator.setAppBadge = async (n) => { window.badges.push(n); }"
    )
    await page.goto(f"{server.url}/manager")
    await until(page, "badges.at(-1) === 0")
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("hello")
        await visitor.send("human")
        await until(page, "badges.at(-1) === 1")
        console = Console(page)
        await console.choose("ada")
        await console.say("I am here")
        await until(page, "badges.at(-1) === 0")


async def test_do_not_disturb_holds_on_all_devices_at_once(
    serve: Serve, person: Person, service: PushService
) -> None:
    server = serve()
    there = await come(person, f"{server.url}/manager", service.subscriber())
    woken = await turned_on(there, server)
    await there.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    here = await person(f"{server.url}/manager/account", viewport={"width": 390, "height": 844})
    section = here.get_by_role("region", name="When you are told")
    await section.get_by_role("button", name="For an hour").click()
    await expect(section.get_by_role("status")).to_contain_text("You are not disturbed until")
    assert not await serious(here)
    assert await here.locator(".page").evaluate("one => one.scrollWidth <= one.clientWidth")
    other = there.get_by_role("region", name="When you are told")
    await expect(other.get_by_role("status")).to_contain_text("You are not disturbed until")
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("hello")
        await visitor.send("human")
        await expect(there).to_have_title("(1) Switchboard")
        assert await woken.evaluate(NOTICES) == []
    await section.get_by_role("button", name="Disturb me again").click()
    await expect(other.get_by_role("status")).to_be_empty()
    async with Client(server, "/ws?chat_id=ben") as visitor:
        await visitor.say("hello")
        await visitor.send("human")
        await woken.shown(1)
    # What is of nobody's chats is told by sound alone now.
    group = section.get_by_role("group", name="Notice of an open page")
    await group.get_by_label("nobody's yet").uncheck()
    group = other.get_by_role("group", name="Notice of an open page")
    await expect(group.get_by_label("nobody's yet")).not_to_be_checked()


HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
HEARD = """window.notes = 0;
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (at) {
  window.notes += 1;
  return start.call(this, at);
};"""


async def test_a_visitor_who_looks_elsewhere_is_called_back_when_a_person_answers(
    serve: Serve, person: Person
) -> None:
    server = serve(ECHO_DELAY="0")
    page = await person("about:blank")
    await page.add_init_script(HEARD)
    await page.goto(server.url)
    title = await page.title()
    widget = await Widget(page).open()
    await widget.say("hello")
    await expect(widget.message("hello")).to_have_count(2)
    chat = str(server.get("/manager/chats").json()["chats"][0]["chat_id"])

    async def answer(text: str) -> None:
        server.post("/manager/send", {"chat_id": chat, "text": text})
        await expect(widget.message(text)).to_be_visible()

    # Who is here hears nothing, and the assistant calls nobody.
    await answer("I am here")
    await page.evaluate(HIDDEN, True)
    assert await page.evaluate("window.notes") == 0 and await page.title() == title
    await answer("Are you still there?")
    await expect(page).to_have_title("1 new message")
    assert await page.evaluate("window.notes") == 2
    await answer("It is ready.")
    await expect(page).to_have_title("2 new messages")
    # Between the two the page's own title is seen.
    await expect(page).to_have_title(title)
    await page.evaluate(HIDDEN, False)
    assert await page.title() == title
    sound = widget.root.get_by_role("button", name="Sound when a person answers")
    await expect(sound).to_have_attribute("aria-pressed", "true")
    await sound.click()
    await expect(sound).to_have_attribute("aria-pressed", "false")
    before = await page.evaluate("window.notes")
    await page.evaluate(HIDDEN, True)
    await answer("And now?")
    await expect(page).to_have_title("1 new message")
    assert await page.evaluate("window.notes") == before
    await page.reload()
    await expect(sound).to_have_attribute("aria-pressed", "false")
