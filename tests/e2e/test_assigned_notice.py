"""Who is made responsible for a chat by others is told: in open consoles, and by a push."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import call, signed
from tests.client import Client
from tests.e2e.test_assignments import Office
from tests.e2e.test_bulk import many, undo, waiting
from tests.e2e.test_push import LOOPBACK, allow, pushed
from tests.push_service import PushService, Subscriber
from tests.server import PoolOf, Serve
from tests.tickets import manager_token

pytestmark = pytest.mark.inbox


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running
    assert not running.broken


@pytest.fixture
async def office(serve: Serve, pool_of: PoolOf) -> Office:
    """A site of its own, where nobody but the team answers, and whose pushes stay here."""
    server = signed(serve, SWEEP_SECONDS="3600", **LOOPBACK)
    pool = await pool_of(server)
    admin = await manager_token(pool, "boss", "admin")
    made = call(server, "POST", "/manager/sites", admin, json={"name": "shop"}).json()
    office = Office(server, pool, made["id"], made["key"], admin)
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "never"})
    return office


async def woken(office: Office, service: PushService, one: str) -> Subscriber:
    """A browser of somebody who is woken for what is theirs only."""
    browser = service.subscriber()
    await allow(office.pool, one, browser)
    office.ask("PUT", "/manager/notices", office.tokens[one], json={"push": ["mine"]})
    return browser


async def settled(pool: Pool, wanted: Callable[[list[Any]], bool], query: str) -> list[Any]:
    async with asyncio.timeout(60):
        while not wanted(rows := await pool.fetch(query)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return rows


async def told(office: Office) -> None:
    """All who are to be told have been."""
    await settled(office.pool, lambda rows: not rows, "select from timers where kind = 'assigned'")


async def heard(console: Client) -> list[str]:
    """Of which chats this console was told, by now."""
    before = len(console.of("pong"))
    await console.send("ping")
    await console.wait(lambda _: len(console.of("pong")) > before)
    return [one["chat_id"] for one in console.of("assigned")]


async def test_i14_who_gets_a_chat_from_a_colleague_is_told_and_nobody_else(
    office: Office, service: PushService
) -> None:
    anna, ben = await office.hire("anna", "ben")
    browsers = {one: await woken(office, service, one) for one in (anna, ben)}
    user = await office.visit(text="my secret words")
    async with office.consoles(anna, ben) as (hers, his), user.client() as visitor:
        await visitor.resume()
        office.assign(user.chat_id, office.tokens[anna], assignee=ben)
        await his.next("assigned", chat_id=user.chat_id)
        got = await pushed(browsers[ben])
        assert (got["kind"], got["chat_id"]) == ("chat.yours", user.chat_id)
        assert "You are responsible now" in got["title"] and "secret" not in str(got)
        # A repeat is none, and whoever takes a chat knows it.
        office.assign(user.chat_id, office.tokens[anna], assignee=ben)
        office.assign(user.chat_id, office.tokens[anna], assignee=anna)
        await told(office)
        assert await heard(his) == [user.chat_id]
        assert await heard(hers) == []
        assert not visitor.of("assigned")
    rows = await office.pool.fetch("select target from deliveries where what = 'chat.yours'")
    assert [row["target"] for row in rows] == [ben]


async def test_each_wish_counts_and_who_is_not_to_be_disturbed_is_not_woken(
    office: Office, service: PushService
) -> None:
    people = await office.hire("anna", "quiet", "others", "nothing")
    for one in people[:3]:
        await allow(office.pool, one, service.subscriber())
    always = {"quiet_from": "00:00", "quiet_to": "23:59", "time_zone": "UTC"}
    wishes = {people[1]: always, people[2]: {"push": ["sites", "unassigned"]}}
    for one, rules in wishes.items():
        office.ask("PUT", "/manager/notices", office.tokens[one], json=rules)
    chats = await waiting(office, len(people))
    async with office.consoles(*people) as consoles:
        for chat, one in zip(chats, people, strict=True):
            office.assign(chat, assignee=one)
        # What an open console makes of it is its own matter: it knows the wishes.
        for chat, console in zip(chats, consoles, strict=True):
            await console.next("assigned", chat_id=chat)
    await told(office)
    rows = await office.pool.fetch("select target from deliveries where what = 'chat.yours'")
    assert [row["target"] for row in rows] == [people[0]]


async def test_a_balanced_team_tells_its_member_and_a_name_is_said(office: Office) -> None:
    [anna] = await office.hire("anna")
    office.save_team(anna, capacity=5, takes_new=True)
    async with office.consoles(anna) as [console]:
        made = call(
            office.server,
            "POST",
            "/chats",
            json={"site": office.key, "visitor": {"name": "Ada"}},
        ).json()
        async with Client(office.server, f"/ws?ticket={ticket(office, made['token'])}") as visitor:
            await visitor.say("Is somebody there?")
        frame = await console.next("assigned", chat_id=made["chat_id"])
    assert frame["name"] == "Ada"


def ticket(office: Office, token: str) -> str:
    url: str = call(office.server, "POST", "/tickets", token, json={}).json()["ws_url"]
    return url.split("ticket=")[1]


async def test_what_is_taken_back_is_not_told_and_what_is_not_is_told_afterwards(
    office: Office, service: PushService
) -> None:
    anna, ben = await office.hire("anna", "ben")
    browser = await woken(office, service, ben)
    back, kept, moved = await waiting(office, 3)
    async with office.consoles(ben) as [console]:
        first = str(uuid.uuid4())
        token = office.tokens[anna]
        many(office, [back], "assign", token, assignee=ben, undo_id=first)
        await console.next("chat", chat_id=back)
        [row] = undo(office, first, token)
        assert row["result"] == "done"
        # Anna has changed her mind, and has this one herself.
        many(office, [moved], "assign", token, assignee=ben, undo_id=str(uuid.uuid4()))
        office.assign(moved, token, assignee=anna)
        many(office, [kept], "assign", token, assignee=ben, undo_id=str(uuid.uuid4()))
        due = "select min(due_at) - clock_timestamp() as left from timers where kind = 'assigned'"
        assert await office.pool.fetchval(due) > timedelta(seconds=5)
        await console.next("assigned", chat_id=kept)
        assert (await pushed(browser))["chat_id"] == kept
        await told(office)
        assert await heard(console) == [kept]
    assert browser.got_nothing


async def test_each_is_told_once_however_often_one_changes_ones_mind(
    office: Office, service: PushService
) -> None:
    """What is taken back, moved, and moved back, within the time of an undo."""
    anna, ben, carl = await office.hire("anna", "ben", "carl")
    browser = await woken(office, service, ben)
    again, back, own, once = await waiting(office, 4)
    token = office.tokens[anna]

    def give(chat: str, to: str) -> str:
        undo_id = str(uuid.uuid4())
        many(office, [chat], "assign", token, assignee=to, undo_id=undo_id)
        return undo_id

    def take_back(undo_id: str) -> None:
        [row] = undo(office, undo_id, token)
        assert row["result"] == "done"

    due = "select due_at from timers where kind = 'assigned' and ref = $1"
    async with office.consoles(ben, carl) as (his, others):
        # The time begins again with what is given again.
        first = give(again, ben)
        before = await office.pool.fetchval(due, again)
        take_back(first)
        assert await office.pool.fetchval(due, again) is None
        give(again, ben)
        assert await office.pool.fetchval(due, again) > before
        # It is his after all, and he has not heard of it.
        give(back, ben)
        take_back(give(back, carl))
        # He takes this one himself.
        take_back(give(own, ben))
        office.assign(own, office.tokens[ben], assignee=ben)
        for chat in (back, again):
            await his.next("assigned", chat_id=chat)
        await told(office)
        assert sorted(await heard(his)) == sorted([again, back])
        assert {(await pushed(browser))["chat_id"] for _ in range(2)} == {again, back}
        assert await heard(others) == []
        # He has it again, and has heard of that; so has who gets it a second time in five minutes.
        take_back(give(back, carl))
        # Whether it was told before it was closed, or is told when that is taken back.
        closing = str(uuid.uuid4())
        office.assign(once, token, assignee=ben)
        many(office, [once], "close", token, undo_id=closing)
        take_back(closing)
        await his.next("assigned", chat_id=once)
        office.assign(again, token, assignee=carl)
        office.assign(again, token, assignee=ben)
        await his.next("assigned", chat_id=again)
        await told(office)
        assert (await heard(his))[2:] == [once, again]
    rows = await office.pool.fetch("select what from deliveries where target = $1", ben)
    assert [row["what"] for row in rows] == ["chat.yours"] * 4
    # That of `once` may have been over while its chat was closed.
    while (await pushed(browser))["chat_id"] != again:
        pass


async def test_a_push_for_a_chat_that_is_another_ones_by_then_is_not_sent(
    office: Office, service: PushService
) -> None:
    [ben] = await office.hire("ben")
    browser = await woken(office, service, ben)
    browser.answers = [(503, "2")]
    user = await office.visit()
    failed = "select error from deliveries where what = 'chat.yours' and error is not null"
    office.assign(user.chat_id, assignee=ben)
    await settled(office.pool, bool, failed)
    office.assign(user.chat_id, assignee=None)
    ended = "select error from deliveries where what = 'chat.yours' and done_at is not null"
    [row] = await settled(office.pool, bool, ended)
    assert row["error"] == "stale" and browser.got_nothing
    # It was never sent, so it counts as none.
    office.assign(user.chat_id, assignee=ben)
    assert (await pushed(browser))["chat_id"] == user.chat_id


async def test_who_answers_there_already_is_told_nothing_and_many_at_once_wake_five_times(
    office: Office, service: PushService
) -> None:
    [ben] = await office.hire("ben")
    await allow(office.pool, ben, service.subscriber())
    user = await office.visit()
    path = f"/manager/chats/{user.chat_id}"
    office.ask("POST", f"{path}/owner", office.tokens[ben], json={"owner": "manager"})
    office.assign(user.chat_id, assignee=None)
    async with office.consoles(ben) as [console]:
        office.assign(user.chat_id, assignee=ben)
        await told(office)
        assert await heard(console) == []
        chats = await waiting(office, 8)
        many(office, chats, "assign", assignee=ben)
        for chat in chats:
            await console.wait(lambda f, c=chat: f["type"] == "assigned" and f["chat_id"] == c)  # type: ignore[misc]
    await told(office)
    count = "select count(*) from deliveries where what = 'chat.yours'"
    assert await office.pool.fetchval(count) == 5
