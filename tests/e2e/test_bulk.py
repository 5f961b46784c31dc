"""Many chats at once: a result for each, nothing lost, and taken back as if it had not been."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import User, begin, call, signed
from tests.access.test_site_matrix import agent, begun
from tests.e2e.test_assignments import AT_ONCE, Office, assignee, office, threads
from tests.e2e.test_deliveries import LOOPBACK
from tests.e2e.test_snooze import in_seconds
from tests.receivers import receiver
from tests.server import PoolOf, Serve
from tests.sites import add_site
from tests.tickets import manager_token

__all__ = ["office", "threads"]
pytestmark = pytest.mark.inbox

BULK, UNDO = "/manager/chats/bulk", "/manager/chats/undo"
STATE = """
select c.status, c.owner, c.waiting_since, c.waiting_for, c.unread, c.snoozed_until, c.answered_seq,
       a.team_id, a.manager_id, a.is_open,
       array(select t.name from chat_tags g join tags t using (tag_id)
             where g.chat_id = c.chat_id order by t.name) as tags
from chats c left join assignments a using (chat_id) where c.chat_id = any ($1) order by c.chat_id
"""


def many(office: Office, chats: list[str], act: str, token: str = "", **body: Any) -> Any:
    body = {"chat_ids": chats, "act": act, **body}
    return office.ask("POST", BULK, token, json=body)["results"]


def undo(office: Office, undo_id: str, token: str = "") -> Any:
    return office.ask("POST", UNDO, token, json={"undo_id": undo_id})["results"]


async def waiting(office: Office, count: int) -> list[str]:
    return sorted([(await office.visit()).chat_id for _ in range(count)])


async def test_each_chat_has_its_result_and_every_console_hears_of_it(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    names = await waiting(office, 3)
    other = await asyncio.to_thread(call, office.server, "POST", "/chats", json={})
    foreign = other.json()["chat_id"]
    office.close(names[1])
    async with office.consoles(anna, ben) as both:
        asked = [*reversed(names), foreign, "nobody", names[0]]
        results = many(office, asked, "close", office.tokens[anna])
        for console in both:
            for name in (names[0], names[2]):
                await console.next("chat", chat_id=name, status="closed")
    found = {one["chat_id"]: (one["result"], one.get("code")) for one in results}
    assert len(results) == 5
    assert found == {
        names[0]: ("done", None),
        names[1]: ("unchanged", None),
        names[2]: ("done", None),
        foreign: ("refused", "not_found"),
        "nobody": ("refused", "not_found"),
    }
    assert all("chat" not in one for one in results if one["result"] == "refused")
    # A rule of one chat is no rule of the others.
    many(office, names[:1], "reopen")
    [first, second, third] = many(office, names, "snooze", until=in_seconds(60))
    assert (first["result"], second["code"], third["code"]) == ("done", "conflict", "conflict")
    assert first["chat"]["snoozed"] and "Please reopen it" in second["message"]
    wrong = many(office, names[:1], "assign", assignee="nobody")
    assert wrong[0]["code"] == "invalid"
    bad: tuple[dict[str, Any], ...] = (
        {"chat_ids": []}, {"chat_ids": ["a"] * 101}, {"chat_ids": ["a"], "add": ["x"]},
    )  # fmt: skip
    for body in bad:
        answer = call(office.server, "POST", BULK, office.admin, json={"act": "close", **body})
        assert answer.status_code == 422


async def test_many_against_single_acts_never_wait_for_each_other_and_lose_nothing(
    office: Office, threads: ThreadPoolExecutor
) -> None:
    people = await office.hire("anna", "ben", "cleo", "dan")
    office.save_team(*people, capacity=1000)
    names = await waiting(office, 24)

    def at_once(number: int) -> list[int]:
        """Each goes another way through the chats: many at once, and one by one."""
        who = office.tokens[people[number % 4]]
        order = names if number % 2 else names[::-1]
        order = order[number:] + order[:number]
        acts: list[tuple[str, dict[str, Any]]] = [
            (BULK, {"chat_ids": order, "act": "tag", "add": [f"bulk-{number}"]}),
            (BULK, {"chat_ids": order, "act": "assign", "assignee": people[number % 4]}),
            (BULK, {"chat_ids": order, "act": "snooze", "until": in_seconds(3600)}),
            (BULK, {"chat_ids": order, "act": "close", "undo_id": str(uuid.uuid4())}),
            (BULK, {"chat_ids": order, "act": "reopen"}),
        ]
        for name in order[:8]:
            acts += [
                (f"/manager/chats/{name}/tags", {"add": [f"one-{name[:4]}"]}),
                (f"/manager/chats/{name}/assignment", {"team": office.team}),
                (f"/manager/chats/{name}/status", {"status": "closed"}),
            ]
        shift = number * 5 % len(acts)
        sent = [
            call(office.server, "POST", path, who, json=body)
            for path, body in acts[shift:] + acts[:shift]
        ]
        return [answer.status_code for answer in sent]

    found = [code for codes in threads.map(at_once, range(AT_ONCE)) for code in codes]
    assert set(found) == {200}, found
    rows = await office.pool.fetch(STATE, names)
    for row in rows:
        assert {f"bulk-{n}" for n in range(AT_ONCE)} <= set(row["tags"]), row
        assert row["is_open"] == (row["status"] == "open")
    # Each message has its number, each number one message.
    gaps = await office.pool.fetch(
        "select c.chat_id from chats c join messages m using (chat_id) where c.chat_id = any ($1)"
        " group by c.chat_id, c.last_seq having count(*) <> c.last_seq",
        names,
    )
    assert not gaps


@pytest.mark.parametrize("act", ["close", "snooze", "assign", "tag"])
async def test_what_is_undone_is_as_it_was_but_where_somebody_has_changed_it(
    office: Office, act: str
) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    names = await waiting(office, 4)
    office.assign(names[0], assignee=ben)
    many(office, names[:2], "tag", add=["vip", "late"])
    many(office, names[1:2], "snooze", until=in_seconds(7200))
    before = await office.pool.fetch(STATE, names)
    undo_id = str(uuid.uuid4())
    bodies: dict[str, dict[str, Any]] = {
        "close": {},
        "snooze": {"until": in_seconds(3600)},
        "assign": {"assignee": anna},
        "tag": {"add": ["new"], "remove": ["VIP"]},
    }
    async with office.consoles(ben) as [console]:
        done = many(office, names, act, token, undo_id=undo_id, **bodies[act])
        assert [one["result"] for one in done] == ["done"] * 4
        after = await office.pool.fetch(STATE, names)
        assert all(old != new for old, new in zip(before, after, strict=True))
        # A repeat changes nothing, and what is another's is not undone.
        many(office, names, act, token, undo_id=undo_id, **bodies[act])
        assert await office.pool.fetch(STATE, names) == after
        wrong = call(office.server, "POST", UNDO, office.admin, json={"undo_id": undo_id})
        assert wrong.status_code == 404
        changes: dict[str, dict[str, Any]] = {
            "close": {"act": "reopen"},
            "snooze": {"act": "unsnooze"},
            "assign": {"act": "assign", "assignee": ben},
            "tag": {"act": "tag", "add": ["other"]},
        }
        theirs = {"chat_ids": names[3:], **changes[act]}
        office.ask("POST", BULK, office.tokens[ben], json=theirs)
        changed = await office.pool.fetch(STATE, names[3:])
        results = undo(office, undo_id, token)
        assert [one["result"] for one in results] == ["done"] * 3 + ["refused"]
        assert results[3]["code"] == "conflict"
        now = await office.pool.fetch(STATE, names)
        assert now == [*before[:3], *changed]
        last = results[0]["chat"]
        heard = await console.next("chat", chat_id=names[0], updated_at=last["updated_at"])
        assert heard["status"] == "open" and assignee(heard) == ben
    again = undo(office, undo_id, token)
    assert [one["result"] for one in again] == ["done"] * 3 + ["refused"]
    assert await office.pool.fetch(STATE, names) == now
    timer = "select count(*) from timers where kind = 'snooze' and ref = $1"
    assert await office.pool.fetchval(timer, names[1]) == 1
    assert await office.pool.fetchval(timer, names[0]) == 0


async def test_what_a_visitor_has_written_into_and_what_is_long_ago_stays(office: Office) -> None:
    user, other = await office.visit(), await office.visit()
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    async with user.client() as visitor:
        await visitor.resume()
        many(office, [user.chat_id], "close", undo_id=first)
        await visitor.next("chat", status="closed")
        await visitor.say("one more thing")
        [kept] = undo(office, first)
        assert kept["code"] == "conflict"
        assert office.chats(filter="waiting")[0]["chat_id"] == other.chat_id
    many(office, [other.chat_id], "close", undo_id=second)
    await office.pool.execute(
        "update undoable set made_at = made_at - interval '10 seconds' where undo_id = $1", second
    )
    [late] = undo(office, second)
    assert (late["code"], late["message"]) == ("conflict", "It is too late to take this back.")
    assert await office.pool.fetchval(
        "select status from chats where chat_id = $1", other.chat_id
    ) == ("closed")


async def test_i13_an_undone_close_tells_nobody_and_a_chat_that_waited_waits(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, SWEEP_SECONDS="3600", **LOOPBACK)
    pool = await pool_of(server)
    boss = await manager_token(pool, "boss", "admin")
    events = ["chat.closed", "chat.reopened", "chat.waiting"]
    users: list[User] = [await asyncio.to_thread(begin, server) for _ in range(2)]
    async with receiver() as outside:
        for kind in ("webhook", "slack"):
            body = {"kind": kind, "name": kind, "url": f"{outside.url}/{kind}", "events": events}
            call(server, "POST", "/manager/sites/default/receivers", boss, json=body)
        # It hears of what nobody has answered for a minute.
        body = {"kind": "slack", "name": "late", "url": f"{outside.url}/late", "events": []}
        call(server, "POST", "/manager/sites/default/receivers", boss, json=body)
        for user in users:
            async with user.client() as client:
                await client.send(action="human")
                await client.next("chat", waiting_for="asked")
        undone, closed = (user.chat_id for user in users)
        async with users[0].client() as visitor:
            await visitor.resume()
            undo_id = str(uuid.uuid4())
            act = {"chat_ids": [undone], "act": "close", "undo_id": undo_id}
            assert call(server, "POST", BULK, boss, json=act).is_success
            await visitor.next("chat", status="closed")
            held = (
                "select due_at > created_at + interval '9 seconds' from deliveries where what = $1"
            )
            assert await pool.fetchval(held, "chat.closed") is True
            back = call(server, "POST", UNDO, boss, json={"undo_id": undo_id}).json()["results"][0]
            await visitor.next("chat", status="open")
        assert back["result"] == "done" and back["chat"]["waiting_for"] == "asked"
        # Its notices are due after those of the first.
        act = {"chat_ids": [closed], "act": "close", "undo_id": str(uuid.uuid4())}
        assert call(server, "POST", BULK, boss, json=act).is_success
        # Two wait, and one is closed.
        told = await outside.got("/webhook", 3)
        heard = [(one.body["type"], one.body["data"]["chat_id"]) for one in told]
    waits = [("chat.waiting", name) for name in (undone, closed)]
    assert sorted(heard) == sorted([*waits, ("chat.closed", closed)])
    left = "select count(*) from deliveries where chat_id = $1 and what <> 'chat.waiting'"
    assert await pool.fetchval(left, undone) == 0
    assert await pool.fetchval("select count(*) from timers where kind = 'escalation'") == 1


async def test_a_notice_that_could_be_undone_comes_before_what_happened_since(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, SWEEP_SECONDS="3600", ECHO_DELAY="0", **LOOPBACK)
    pool = await pool_of(server)
    boss = await manager_token(pool, "boss", "admin")
    user = await asyncio.to_thread(begin, server)
    async with receiver() as outside, user.client() as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
        body = {"kind": "webhook", "name": "hook", "url": f"{outside.url}/webhook"}
        body["events"] = ["chat.closed", "chat.reopened"]  # type: ignore[assignment]
        call(server, "POST", "/manager/sites/default/receivers", boss, json=body)
        act = {"chat_ids": [user.chat_id], "act": "close", "undo_id": str(uuid.uuid4())}
        assert call(server, "POST", BULK, boss, json=act).is_success
        await visitor.next("chat", status="closed")
        await visitor.say("thanks")
        told = await outside.got("/webhook", 2)
    assert [one.body["type"] for one in told] == ["chat.closed", "chat.reopened"]


async def test_i7_nothing_is_changed_where_one_sees_nothing(serve: Serve, pool: Pool) -> None:
    for name in ("shop", "blog"):
        await add_site(pool, name)
    server = signed(serve)
    token = await agent(pool, "ben", "blog")
    own, foreign = begun(server, "blog").chat_id, begun(server, "shop").chat_id
    undo_id = str(uuid.uuid4())
    acts: tuple[dict[str, Any], ...] = (
        {"act": "close", "undo_id": undo_id},
        {"act": "tag", "add": ["x"]},
        {"act": "assign", "assignee": "ben"},
        {"act": "snooze"},
    )
    for act in acts:
        body = {"chat_ids": [foreign, own], **act}
        answer = call(server, "POST", BULK, token, json=body).json()["results"]
        assert [one.get("code") for one in answer if one["chat_id"] == foreign] == ["not_found"]
    state = (await pool.fetch(STATE, [foreign]))[0]
    assert (state["status"], state["tags"], state["manager_id"]) == ("open", [], None)
    # Whoever sees the site no more takes nothing back there.
    await pool.execute("delete from members where manager_id = 'ben'")
    [lost] = call(server, "POST", UNDO, token, json={"undo_id": undo_id}).json()["results"]
    assert lost["code"] == "not_found"
