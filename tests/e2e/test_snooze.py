"""Snooze: a chat is put off, and comes back by itself, when its visitor writes, or by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import call
from tests.client import Client, visitor
from tests.e2e.test_assignments import Office, office
from tests.server import Serve

__all__ = ["office"]
pytestmark = pytest.mark.inbox

NAMES = "select name, actor_kind, data from events where chat_id = $1 and name like 'chat.%snoozed'"

OLDER = "update chats set listed_at = listed_at - interval '2 minutes' where site_id = $1"


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def put_off(office: Office, chat_id: str, token: str, **body: str) -> Any:
    return office.ask("POST", f"/manager/chats/{chat_id}/snooze", token, json=body)


def listed(office: Office, filter: str, token: str = "") -> list[str]:
    return [chat["chat_id"] for chat in office.chats(token, filter=filter)]


async def has_come_back(console: Client, chat_id: str) -> dict[str, Any]:
    """The next summary of a chat that is not put off."""
    while "snoozed" in (chat := await console.next("chat", chat_id=chat_id)):
        pass
    return chat


async def test_i14_a_chat_is_put_off_until_a_time_and_comes_back_by_itself_on_every_console(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    user, other = office.begin(), office.begin()
    async with (
        user.client() as visitor,
        other.client() as second,
        office.consoles(anna, ben) as both,
    ):
        for one in (visitor, second):
            await one.say("hello")
            await one.reply_to(1)
        # Long enough for all that is asked before.
        until = in_seconds(8)
        chat = put_off(office, user.chat_id, token, until=until)
        assert datetime.fromisoformat(chat["snoozed"]["until"]) == datetime.fromisoformat(until)
        for console in both:
            await console.next("chat", chat_id=user.chat_id, snoozed=chat["snoozed"])
        assert listed(office, "snoozed", token) == [user.chat_id]
        for view in ("open", "assistant", "unassigned"):
            assert listed(office, view, token) == [other.chat_id]
        assert "snooz" not in str(await visitor.resume())
        # A list moves its chats once a minute.
        await office.pool.execute(OLDER, office.site)
        for console in both:
            back = await has_come_back(console, user.chat_id)
            assert datetime.fromisoformat(back["unsnoozed_at"]) >= datetime.fromisoformat(until)
        # The newest of the list, though the other was written in later.
        assert listed(office, "open", token) == [user.chat_id, other.chat_id]
        assert listed(office, "snoozed", token) == []
        assert "snooz" not in str(visitor.frames)
    events = [
        (row["name"], row["actor_kind"]) for row in await office.pool.fetch(NAMES, user.chat_id)
    ]
    assert events == [("chat.snoozed", "manager"), ("chat.unsnoozed", None)]
    audit = office.ask("GET", f"/manager/audit?chat_id={user.chat_id}")["entries"]
    assert [entry["action"] for entry in audit] == ["snoozed"]


@pytest.mark.parametrize("until", [None, 3600])
async def test_who_writes_brings_the_chat_back_at_once(office: Office, until: int | None) -> None:
    [anna] = await office.hire("anna")
    token = office.tokens[anna]
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    user = office.begin()
    body = {"until": in_seconds(until)} if until else {}
    async with user.client() as visitor, office.consoles(anna) as [console]:
        await visitor.say("hello")
        await visitor.reply_to(1)
        chat = put_off(office, user.chat_id, token, **body)
        assert ("until" in chat["snoozed"]) == bool(until)
        await console.next("chat", chat_id=user.chat_id, snoozed=chat["snoozed"])
        await visitor.say("again")
        await has_come_back(console, user.chat_id)
        assert listed(office, "open", token) == [user.chat_id]
        await visitor.reply_to(3)
        # And so does who asks for a person, without a word.
        put_off(office, user.chat_id, token, **body)
        await visitor.send(action="human")
        back = await has_come_back(console, user.chat_id)
        assert back["waiting_for"] == "asked"
        assert listed(office, "waiting", token) == [user.chat_id]
    ends = [row["data"] for row in await office.pool.fetch(NAMES, user.chat_id)][1::2]
    assert ends == ['{"for": "message"}', '{"for": "wait"}']
    left = "select count(*) from timers where kind = 'snooze' and ref = $1"
    assert await office.pool.fetchval(left, user.chat_id) == 0


async def test_what_is_put_off_by_hand_comes_back_by_hand_and_closing_ends_it(
    office: Office,
) -> None:
    [anna] = await office.hire("anna")
    token = office.tokens[anna]
    user = await office.visit()
    path = f"/manager/chats/{user.chat_id}/snooze"

    def refused(**body: str) -> int:
        return call(office.server, "POST", path, token, json=body).status_code

    # Somebody waits there: not for good, and not into the past.
    assert refused() == 409
    assert refused(until=in_seconds(-1)) == refused(until=in_seconds(4e7)) == 422
    waits = put_off(office, user.chat_id, token, until=in_seconds(60))
    assert waits["waiting_for"] == "new"
    assert listed(office, "waiting", token) == []
    async with office.consoles(anna) as [console]:
        back = office.ask("DELETE", path, token)
        assert "snoozed" not in back
        await has_come_back(console, user.chat_id)
        assert listed(office, "waiting", token) == [user.chat_id]
        put_off(office, user.chat_id, token, until=in_seconds(60))
        office.close(user.chat_id)
        assert listed(office, "snoozed", token) == []
        assert refused(until=in_seconds(60)) == 409


async def test_what_is_put_off_leaves_its_assignee_a_place_for_another_one(office: Office) -> None:
    [anna] = await office.hire("anna")
    office.save_team(anna, capacity=1, takes_new=True)
    first, second = [await office.visit() for _ in range(2)]
    async with office.consoles(anna):
        await office.wait_for(lambda found: found[anna] == 1)
        put_off(office, first.chat_id, office.tokens[anna], until=in_seconds(60))
        await office.wait_for(lambda found: found == {anna: 1})
        assert listed(office, "mine", office.tokens[anna]) == [second.chat_id]


async def test_a_snooze_outlives_a_restart_and_what_was_due_meanwhile_comes_back(
    serve: Serve, pool: Pool
) -> None:
    server = serve(ECHO_DELAY="0", SWEEP_SECONDS="3600")
    for name in ("early", "late"):
        async with visitor(server, name) as user:
            await user.say("hello")
            await user.reply_to(1)
    for name in ("early", "late"):
        answer = server.post(f"/manager/chats/{name}/snooze", {"until": in_seconds(3600)})
        assert answer.is_success, answer.text
    server.stop()
    # The one was due while nobody was there, the other is once somebody is.
    late = datetime.now(UTC) + timedelta(seconds=5)
    for name, due in (("early", datetime.now(UTC)), ("late", late)):
        await pool.execute("update chats set snoozed_until = $2 where chat_id = $1", name, due)
        await pool.execute("update timers set due_at = $2 where ref = $1", name, due)
    server.start()
    back = "select chat_id, at from events where name = 'chat.unsnoozed' order by at"
    while len(found := await pool.fetch(back)) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert [row["chat_id"] for row in found] == ["early", "late"]
    assert found[1]["at"] >= late
    assert await pool.fetchval("select count(*) from chats where snoozed_until is not null") == 0
    assert await pool.fetchval("select count(*) from timers") == 0
