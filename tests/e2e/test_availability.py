"""What a visitor is told of the team: in each state, and nothing that it does not keep."""

from contextlib import closing
from datetime import UTC, datetime, time, timedelta

import pytest

from core.chat.availability import promised
from core.store.database import Pool
from tests.access.people import begin, call, people, signed
from tests.access.test_managers import browser
from tests.client import Client, manager, visitor
from tests.push_service import Subscriber
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link

pytestmark = pytest.mark.noticed

DAY = timedelta(days=1)
ALWAYS = [[["00:00", "24:00"]]] * 7


def change(server: Server, **fields: object) -> None:
    server.request("PATCH", "/manager/sites/default", json=fields).raise_for_status()


async def state(user: Client) -> dict[str, object]:
    told: dict[str, object] = (await user.resume())["availability"]
    return told


async def test_i13_who_asks_is_told_whether_somebody_is_there(
    serve: Serve, pool_of: PoolOf, chat_id: str
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        # Nobody has a console open.
        await user.send("human")
        assert (await user.next("availability"))["state"] == "away"
        async with manager(server) as boss:
            await boss.send("ping")
            await boss.next("pong")
            assert await state(user) == {"state": "here"}
            # Three who wait longer make one person busy.
            pool = await pool_of(server)
            await pool.execute(
                "insert into chats (chat_id, waiting_since, waiting_for, listed_at)"
                " select 'w-' || n, now() - interval '1 hour', 'asked', now()"
                " from generate_series(1, 3) n"
            )
            assert (await state(user))["state"] == "busy"
            await pool.execute("update chats set waiting_since = now() where chat_id like 'w-%'")
            assert (await state(user))["state"] == "here"
            # Out of hours nobody is here, whoever has a console open.
            change(server, time_zone="UTC", hours=[[]] * 7)
            assert await state(user) == {"state": "closed"}
        # Whoever has a person already is told nothing.
        server.post("/manager/send", {"chat_id": chat_id, "text": "I am here"}).raise_for_status()
        assert "availability" not in await user.resume()


async def test_who_comes_out_of_hours_is_told_when_the_team_is_back(
    serve: Serve, chat_id: str
) -> None:
    server = serve(ECHO_DELAY="0")
    # Two days from now at nine in Kolkata, and on no weekday before.
    today = (datetime.now(UTC) + timedelta(hours=5, minutes=30)).date()
    week = [[["09:00", "17:00"]] if n == (today + 2 * DAY).weekday() else [] for n in range(7)]
    change(server, time_zone="Asia/Kolkata", hours=week)
    opens = datetime.combine(today + 2 * DAY, time(3, 30), UTC)
    async with visitor(server, chat_id) as user:
        await user.send("human")
        told = await user.next("availability")
        assert (told["state"], told["back_at"]) == (
            "closed",
            opens.isoformat().replace("+00:00", "Z"),
        )
        public = server.get("/sites/default").json()
        assert (public["open"], public["back_at"]) == (False, told["back_at"])
        # A holiday is left out.
        special = {(today + 2 * DAY).isoformat(): {"name": "Holiday", "hours": []}}
        change(server, special_days=special)
        again = datetime.fromisoformat(str((await state(user))["back_at"]))
        assert again == opens + 7 * DAY
        # The assistant goes on meanwhile.
        await user.say("and now?")
        assert (await user.next("message", role="assistant"))["text"]


async def test_the_minutes_are_those_that_others_waited(
    serve: Serve, pool_of: PoolOf, chat_id: str
) -> None:
    server = serve(ECHO_DELAY="0")
    pool = await pool_of(server)
    await waited(pool, [20.0, 30.0, 40.0, 100.0], "2 hours")
    async with manager(server) as boss, visitor(server, chat_id) as user:
        await boss.send("ping")
        await boss.next("pong")
        await user.say("hello")
        assert await state(user) == {"state": "here"}, "four say nothing"
    # What a process has read holds for ten minutes.
    server.stop()
    await waited(pool, [110.0, 119.0], "1 hour")
    # Nobody came: that is not what a person took.
    await waited(pool, [3000.0, 3001.0, 3002.0, 3003.0], "1 hour", "chat.closed")
    server.start()
    async with manager(server) as boss, visitor(server, chat_id) as user:
        await boss.send("ping")
        await boss.next("pong")
        assert await state(user) == {"state": "here", "minutes": 2}


async def waited(pool: Pool, seconds: list[float], ago: str, how: str = "message.sent") -> None:
    """Visitors began to wait so long ago, and after so many seconds it ended like this."""
    for one in seconds:
        await pool.execute(
            "insert into events (at, name, chat_id, actor_kind, site_id) values"
            " (now() - $1::text::interval, 'chat.waiting', $2, 'user', 'default'),"
            " (now() - $1::text::interval + make_interval(secs => $3), $4, $2,"
            "  'manager', 'default')",
            ago,
            f"e-{one:.0f}",
            one,
            how,
        )


def test_three_of_four_waits_are_shorter_than_what_is_promised() -> None:
    assert promised([60.0] * 4) is None
    assert promised([10.0, 20.0, 30.0, 40.0, 50.0]) == 1
    assert promised([10.0, 20.0, 61.0, 61.0, 9000.0]) == 2
    assert promised([10.0, 20.0, 61.0, 9000.0, 9000.0]) is None


async def test_an_address_is_kept_as_what_the_visitor_says(
    serve: Serve, pool_of: PoolOf, chat_id: str
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("hello")
        for wrong in ("ada", "ada@", "a da@example.com", "ada@example"):
            await user.send("email", email=wrong)
            assert (await user.next("error"))["code"] == "invalid"
        await user.send("email", email="ada@example.com")
        assert (await user.next("chat", chat_id=chat_id))["visitor"]["email"] == "ada@example.com"
        chat = await boss.wait(
            lambda one: one["type"] == "chat" and one["visitor"].get("email") == "ada@example.com"
        )
        contact = server.get(f"/manager/contacts/{chat['contact']['id']}").json()
        assert contact["email"] == "ada@example.com" and not contact["verified"]
    pool = await pool_of(server)
    assert await pool.fetchval("select count(*) from contact_identities") == 0, "it proves nothing"


async def test_who_is_away_by_hand_is_not_here(serve: Serve, pool_of: PoolOf) -> None:
    server = signed(serve)
    _, tokens = await people(server, await pool_of(server))
    agent = tokens["agent"]
    ticket = call(server, "POST", "/tickets", agent, json={}).json()["ws_url"]
    user = begin(server)
    async with (
        Client(server, str(ticket).removeprefix(server.socket_url(""))),
        user.client() as client,
    ):
        await client.say("hello")
        assert (await state(client))["state"] == "here"
        put = call(server, "PUT", "/manager/away", agent, json={"away": True})
        assert put.json() == {"away": True}
        assert (await state(client))["state"] == "away"
        assert call(server, "GET", "/manager/away", agent).json() == {"away": True}
        call(server, "PUT", "/manager/away", agent, json={"away": False}).raise_for_status()
        assert (await state(client))["state"] == "here"


async def test_i13_who_can_be_woken_is_here_in_hours(serve: Serve, pool_of: PoolOf) -> None:
    """Nobody has a console open. A person with a push subscription hears who waits."""
    server = signed(serve, ECHO_DELAY="0")
    pool = await pool_of(server)
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        assert (await state(client))["state"] == "away"
        with closing(browser(server, await manager_link(pool, "anna"))) as anna:
            device = Subscriber("https://push.example/anna").body
            made = anna.post("/manager/push", json=device).json()["id"]
            assert (await state(client))["state"] == "here"
            # Whoever is not to be disturbed, or is not woken by new chats, hears nothing.
            usual = anna.get("/manager/notices").json()
            until = (datetime.now(UTC) + DAY).isoformat()
            for rules in ({**usual, "quiet_until": until}, {**usual, "push": ["mine"]}):
                anna.put("/manager/notices", json=rules).raise_for_status()
                assert (await state(client))["state"] == "away"
            anna.put("/manager/notices", json=usual).raise_for_status()
            assert (await state(client))["state"] == "here"
            anna.put("/manager/away", json={"away": True}).raise_for_status()
            assert (await state(client))["state"] == "away"
            anna.put("/manager/away", json={"away": False}).raise_for_status()
            await pool.execute(
                "update sites set time_zone = 'UTC', hours = $1", "[[]" + ",[]" * 6 + "]"
            )
            assert (await state(client))["state"] == "closed"
            await pool.execute("update sites set hours = null")
            assert (await state(client))["state"] == "here"
            anna.delete(f"/manager/push/{made}").raise_for_status()
            assert (await state(client))["state"] == "away"
