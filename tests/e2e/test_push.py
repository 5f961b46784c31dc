"""What the started program sends to a push service, which decrypts it."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from core.app import NO_CONTACT
from core.delivery.vapid import Vapid
from core.model import ManagerId, PushSubscription
from core.store.database import Pool
from core.store.web_push import PushStore
from tests.access.people import begin, call, signed
from tests.client import Client
from tests.push_service import PushService, Subscriber, plain
from tests.server import Serve, Server
from tests.tickets import SECRET_KEY, manager_token

pytestmark = pytest.mark.noticed

LOOPBACK = {"OUTBOUND_ALLOW": "127.0.0.0/8"}
STEPS = "/manager/sites/default/escalation"


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running
    assert not running.broken


def subscribe(server: Server, browser: Subscriber, language: str = "en") -> None:
    answer = server.post("/manager/push", browser.body | {"language": language})
    assert answer.status_code == 201, answer.text


def devices(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/manager/push").json()["devices"]
    return found


def send_test(server: Server) -> str:
    answer = server.post("/manager/push/test")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def allow(pool: Pool, name: str, browser: Subscriber) -> None:
    """A manager allows notices in a browser."""
    p256dh, auth = (plain(browser.keys[part]) for part in ("p256dh", "auth"))
    subscription = PushSubscription(UUID(int=0), browser.endpoint, p256dh, auth, "en")
    key = Vapid(SECRET_KEY, NO_CONTACT).id
    await PushStore(pool).add(ManagerId(name), None, subscription, key, None)


async def pushed(browser: Subscriber) -> dict[str, Any]:
    return (await asyncio.to_thread(browser.next)).text


async def test_i13_a_browser_hears_who_waits_in_its_language(
    serve: Serve, service: PushService
) -> None:
    """Also where nobody has set any steps."""
    server = serve(**LOOPBACK)
    assert server.post("/manager/push/test").status_code == 409
    english, german = service.subscriber(), service.subscriber()
    subscribe(server, english)
    subscribe(server, german, "de")
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("my secret words")
        await visitor.send("human")
        await visitor.wait(lambda f: f.get("waiting_for") == "asked")
    send_test(server)
    for browser, title in ((english, "is waiting"), (german, "wartet")):
        got = [await pushed(browser), await pushed(browser)]
        [waits] = [one for one in got if one["kind"] == "chat.waiting"]
        [test] = [one for one in got if one["kind"] == "test"]
        assert title in waits["title"] and waits["chat_id"] == "ada"
        assert "secret" not in str(got) and test["title"]
    # It is written down after a browser has it.
    async with asyncio.timeout(60):
        while not all(one.get("used_at") for one in devices(server)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert len(devices(server)) == 2


async def test_a_browser_that_is_gone_is_forgotten_by_its_service_and_by_us(
    serve: Serve, service: PushService
) -> None:
    server = serve(**LOOPBACK)
    gone, here = service.subscriber(), service.subscriber()
    gone.answers = [(410, None)]
    subscribe(server, gone)
    subscribe(server, here)
    send_test(server)
    await pushed(here)
    for _ in range(1200):
        if len(devices(server)) == 1:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(devices(server))


async def test_a_service_that_is_busy_is_called_again_when_it_said(
    serve: Serve, service: PushService
) -> None:
    server = serve(**LOOPBACK)
    busy, here = service.subscriber(), service.subscriber()
    busy.answers = [(429, "3")]
    subscribe(server, busy)
    subscribe(server, here)
    began = asyncio.get_running_loop().time()
    send_test(server)
    await pushed(here)
    await pushed(busy)
    assert asyncio.get_running_loop().time() - began >= 3
    assert here.got_nothing, "who was woken is not woken again"


async def test_an_address_that_is_not_public_is_never_called(
    serve: Serve, pool: Pool, service: PushService
) -> None:
    server = serve()
    browser = service.subscriber()
    subscribe(server, browser)
    https = Subscriber(browser.endpoint.replace("http:", "https:"))
    subscribe(server, https)
    made = send_test(server)
    ended = "select error from deliveries where id = $1 and dead_at is not null"
    error = None
    for _ in range(1200):
        if error := await pool.fetchval(ended, made):
            break
        await asyncio.sleep(0.05)
    assert error in ("not_https", "not_public")
    assert browser.got_nothing


async def test_a_browser_of_another_key_is_found_out_and_no_longer_counts(
    serve: Serve, pool: Pool, service: PushService
) -> None:
    """Its service takes nothing signed by ours. `SECRET_KEY` may have changed."""
    server = serve(**LOOPBACK)
    browser = service.subscriber()
    subscribe(server, browser)
    await pool.execute("update push_subscriptions set key_id = 'another'")
    team = {"after_seconds": 0, "action": "team", "only_open": False}
    assert server.request("PUT", STEPS, json={"steps": [team]}).status_code == 200
    async with Client(server, "/ws?chat_id=ada") as visitor:
        await visitor.say("hello")
        await visitor.send("human")
        for _ in range(1200):
            left = await pool.fetchval("select count(*) from push_subscriptions")
            if left == 0:
                break
            await asyncio.sleep(0.05)
        assert left == 0
        assert (await visitor.resume())["availability"]["state"] == "away"
    assert browser.got_nothing


@pytest.mark.inbox
async def test_i14_a_browser_is_woken_for_whom_a_note_names_and_reads_nothing_of_it(
    serve: Serve, pool: Pool, service: PushService
) -> None:
    server = signed(serve, **LOOPBACK)
    user = begin(server)
    names = ("anna", "carl", "dora", "quiet")
    tokens = {name: await manager_token(pool, name) for name in names}
    team = {"name": "Support", "members": [{"id": name} for name in names]}
    boss = await manager_token(pool, "boss", "admin")
    call(server, "PUT", "/manager/teams/support", boss, json=team).raise_for_status()
    browsers = {name: service.subscriber() for name in tokens}
    for name, one in browsers.items():
        await allow(pool, name, one)
    always = {"quiet_from": "00:00", "quiet_to": "23:59", "time_zone": "UTC"}
    call(server, "PUT", "/manager/notices", tokens["quiet"], json=always)
    path = f"/manager/chats/{user.chat_id}/notes"
    text = "my secret words @[carl] @[team:support] @[anna]"
    answer = call(server, "POST", path, tokens["anna"], json={"text": text})
    assert answer.status_code == 201, answer.text
    for named in ("carl", "dora"):
        got = await pushed(browsers[named])
        assert got["kind"] == "note.mentioned" and got["chat_id"] == user.chat_id
        assert "secret" not in str(got) and "names you" in got["title"]
    told = await pool.fetch("select target from deliveries where what = 'note.mentioned'")
    assert sorted(row["target"] for row in told) == ["carl", "dora"], (
        "not oneself, nor who is not to be disturbed"
    )


@pytest.mark.inbox
@pytest.mark.parametrize("sees", [True, False])
async def test_who_has_seen_a_note_is_not_woken_for_it_any_more(
    serve: Serve, pool: Pool, service: PushService, sees: bool
) -> None:
    """Who has not is, also where the visitor is spam: the note is a colleague's."""
    server = signed(serve, **LOOPBACK)
    user = begin(server)
    anna, carl = [await manager_token(pool, name) for name in ("anna", "carl")]
    browser = service.subscriber()
    browser.answers = [(503, "2")]
    await allow(pool, "carl", browser)
    body = {"text": "look @[carl]"}
    call(server, "POST", f"/manager/chats/{user.chat_id}/notes", anna, json=body).raise_for_status()
    async with asyncio.timeout(60):
        while not await pool.fetchval("select error from deliveries"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    if sees:
        seen = {"chat_id": user.chat_id}
        call(server, "POST", "/manager/notes/mentions/seen", carl, json=seen).raise_for_status()
    else:
        await pool.execute("update chats set restriction = 'spam'")
        assert (await pushed(browser))["kind"] == "note.mentioned"
    async with asyncio.timeout(60):
        ended = "select error from deliveries where done_at is not null"
        while not (rows := await pool.fetch(ended)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert [row["error"] for row in rows] == (["stale"] if sees else [None])
    assert browser.got_nothing
