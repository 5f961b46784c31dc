"""A chat that waits is heard of outside, step by step, until somebody has it."""

import asyncio
import time
from contextlib import closing
from typing import Any

import pytest

from tests.access.people import User, begin, call, signed
from tests.access.test_managers import browser
from tests.access.test_sessions import name_of
from tests.e2e.test_deliveries import LOOPBACK, SITE, add, ask_for_person, boss, log
from tests.mailbox import mailbox, text_of
from tests.push_service import Subscriber
from tests.receivers import receiver
from tests.server import PoolOf, Serve, Served
from tests.tickets import manager_link

pytestmark = pytest.mark.noticed

FROM = "chat@shop.example"
LEFT_OF_A_MINUTE = """
select due_at between now() + interval '30 seconds' and now() + interval '60 seconds' from timers
where kind = 'escalation'
"""
A_MINUTE_PASSES = """
with a as (update chats set waiting_since = waiting_since - interval '1 minute')
update timers set due_at = due_at - interval '1 minute'
"""


def add_mail(server: Served, token: str, email: str) -> dict[str, Any]:
    body = {"kind": "mail", "name": "Team", "email": email}
    answer = call(server, "POST", f"{SITE}/receivers", token, json=body)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def set_steps(server: Served, token: str, *steps: dict[str, Any]) -> None:
    answer = call(server, "PUT", f"{SITE}/escalation", token, json={"steps": steps})
    assert answer.status_code == 200, answer.text
    assert call(server, "GET", f"{SITE}/escalation", token).json() == answer.json()


def step(after: int, action: str, to: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"after_seconds": after, "action": action, "only_open": False}
    return {**made, "receiver_id": to["id"]} if to else made


async def test_each_step_is_taken_in_its_time(serve: Serve, pool_of: PoolOf) -> None:
    async with receiver() as outside, mailbox() as smtp:
        server = signed(serve, **LOOPBACK, MAIL_URL=smtp.url, MAIL_FROM=FROM)
        token = await boss(pool_of, server)
        slack = add(server, token, "slack", f"{outside.url}/slack")
        teams = add(server, token, "teams", f"{outside.url}/teams")
        mail = add_mail(server, token, "team@shop.example")
        set_steps(
            server,
            token,
            step(4, "receiver", teams),
            step(0, "receiver", slack),
            step(2, "receiver", mail),
        )
        began = time.monotonic()
        await ask_for_person(begin(server))
        came = []
        for arrival in (
            outside.got("/slack"), smtp.got("team@shop.example"), outside.got("/teams"),
        ):  # fmt: skip
            await arrival
            came.append(time.monotonic() - began)
        assert came[1] >= 2 and came[2] >= 4
        assert len(outside.calls) == 2 and len(smtp.mails) == 1


async def test_i13_without_steps_a_place_that_hears_of_nothing_else_hears_after_a_minute(
    serve: Serve, pool_of: PoolOf
) -> None:
    """Nobody is never the answer while a target is there."""
    async with receiver() as outside:
        server = signed(serve, **LOOPBACK, SWEEP_SECONDS="0.5")
        token = await boss(pool_of, server)
        add(server, token, "slack", f"{outside.url}/others", "chat.taken_over")
        add(server, token, "slack", f"{outside.url}/late")
        await ask_for_person(begin(server))
        pool = await pool_of(server)
        assert await pool.fetchval(LEFT_OF_A_MINUTE)
        await pool.execute(A_MINUTE_PASSES)
        await outside.got("/late")
        assert [one.path for one in outside.calls] == ["/late"]


async def test_i13_whom_no_step_wakes_is_not_here(serve: Serve, pool_of: PoolOf) -> None:
    """A visitor who is told that somebody is here is heard of by somebody."""
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    slack = add(server, token, "slack", "http://127.0.0.1:9/slack")

    async def told() -> str:
        async with begin(server).client() as ada:
            return str((await ada.resume())["availability"]["state"])

    assert await told() == "away"
    with closing(browser(server, await manager_link(await pool_of(server), name_of()))) as device:
        one = Subscriber("https://push.example/woken").body
        assert device.post("/manager/push", json=one).status_code == 201
        assert await told() == "here"
        set_steps(server, token, step(0, "receiver", slack))
        assert await told() == "away"
        set_steps(server, token, step(0, "receiver", slack), step(60, "team"))
        assert await told() == "here"


async def test_it_ends_with_the_take_over_and_whoever_was_alarmed_hears_that(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        first = add(server, token, "slack", f"{outside.url}/first")
        second = add(server, token, "slack", f"{outside.url}/second")
        set_steps(server, token, step(0, "receiver", first), step(3, "receiver", second))
        user, other = begin(server), begin(server)
        await ask_for_person(user)
        await outside.got("/first")
        path = f"/manager/chats/{user.chat_id}/owner"
        assert call(server, "POST", path, token, json={"owner": "manager"}).is_success
        _, told = await outside.got("/first", 2)
        assert "has the chat" in told.body["text"]
        # Another chat that nobody takes gets both steps: by then the first one's would have come.
        await ask_for_person(other)
        [late] = await outside.got("/second")
        assert other.chat_id in late.body["text"]
        assert not [one for one in outside.calls if user.chat_id in one.body["text"]][2:]
    pool = await pool_of(server)
    assert not await pool.fetchval("select count(*) from timers where kind = 'escalation'")


async def test_the_last_step_reaches_everybody_and_says_that_it_is_urgent(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        first = add(server, token, "slack", f"{outside.url}/first")
        add(server, token, "slack", f"{outside.url}/second")
        set_steps(server, token, step(0, "receiver", first), step(1, "everybody"))
        # A manager whose browser can be woken, and who is not to be disturbed.
        pool = await pool_of(server)
        woken = name_of()
        with closing(browser(server, await manager_link(pool, woken))) as device:
            one = Subscriber("https://push.example/woken").body
            assert device.post("/manager/push", json=one).status_code == 201
            quiet = {"quiet_until": "2999-01-01T00:00:00Z"}
            assert device.put("/manager/notices", json=quiet).status_code == 200
        await ask_for_person(begin(server))
        await outside.got("/second")
        # Who was called a second ago is called once more: this time it is urgent.
        await outside.got("/first", 2)
    found = await pool.fetch("select kind, target, data->>'urgent' as urgent from deliveries")
    urgent = [row["kind"] for row in found if row["urgent"] == "true"]
    # Whoever can be woken by push, and both receivers.
    assert sorted(urgent) == ["push", "slack", "slack"]
    assert [row["target"] for row in found if row["kind"] == "push"] == [woken]


async def test_each_way_of_waiting_is_heard_of(serve: Serve, pool_of: PoolOf) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        slack = add(server, token, "slack", f"{outside.url}/slack")
        set_steps(server, token, step(0, "receiver", slack))
        asked = begin(server)
        await ask_for_person(asked)
        await outside.got("/slack")
        # A visitor writes in a chat that a person has.
        replying = begin(server)
        async with replying.client() as client:
            await client.say("hello")
            body = {"chat_id": replying.chat_id, "text": "I am here"}
            assert call(server, "POST", "/manager/send", token, json=body).is_success
            began = time.monotonic()
            await client.say("thank you")
            came = await outside.got("/slack", 2)
        assert "They have replied" in came[1].body["text"]
        assert time.monotonic() - began < 30


async def test_steps_of_another_site_and_wrong_ones_are_refused(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    token = await boss(pool_of, server)
    unknown = {"id": "00000000-0000-4000-8000-000000000000"}
    for steps, status in (
        ([step(0, "receiver", unknown)], 404),
        ([{"after_seconds": 0, "action": "receiver"}], 422),
        ([{**step(0, "team"), "receiver_id": unknown["id"]}], 422),
        ([{"after_seconds": -1, "action": "team"}], 422),
    ):
        answer = call(server, "PUT", f"{SITE}/escalation", token, json={"steps": steps})
        assert answer.status_code in (status, 400), answer.text


QUICK = """
create or replace function away_for() returns interval language sql immutable as $$
    select interval '1 second'
$$
"""


async def test_a_visitor_who_left_gets_one_mail_with_all_that_a_person_wrote(
    serve: Serve, pool_of: PoolOf
) -> None:
    async with mailbox() as smtp:
        mail_settings = {"MAIL_URL": smtp.url, "MAIL_FROM": FROM}
        server = signed(serve, **mail_settings, MAIL_REPLY_TO="Shop <team@shop.example>")
        token = await boss(pool_of, server)
        pool = await pool_of(server)
        await pool.execute(QUICK)
        visitor = {"visitor": {"name": "Ada", "email": "ada@home.example"}}
        # No page of the site's: a mail must lead nobody there.
        foreign = {**visitor, "page_url": "https://evil.example/login"}
        made = call(server, "POST", "/chats", json=foreign)
        user = User(server, made.json()["chat_id"], made.json()["token"])

        def send(text: str) -> None:
            body = {"chat_id": user.chat_id, "text": text}
            assert call(server, "POST", "/manager/send", token, json=body).is_success

        async with user.client() as client:
            await client.say("Where is my parcel?")
            await client.reply_to(1)
            send("I am looking.")
            seen = await client.next("message", role="manager")
            await client.send("seen", seq=seen["seq"])
            await client.next("empty")
        send("It is in Leipzig.")
        send("It comes tomorrow.")
        [mail] = await smtp.got("ada@home.example")
        text = text_of(mail)
        assert "It is in Leipzig." in text and "It comes tomorrow." in text
        new, _, before = text.partition("Go on with the chat")
        assert "I am looking." not in new and "I am looking." in before
        assert "You: Where is my parcel?" in before
        assert "evil.example" not in text and before.startswith(": http://localhost:")
        assert mail["Auto-Submitted"] == "auto-generated" and mail["References"]
        assert mail["Reply-To"] == "Shop <team@shop.example>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        stop = "/mail/stop/" + str(mail["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
        assert user.token not in text
        # They were not back, so nothing more comes for now.
        send("Are you there?")
        await until_no_timer(pool)
        assert len(smtp.to("ada@home.example")) == 1
        # They come back and leave again. Then the next one may come, unless they stop it.
        async with user.client() as client:
            await client.say("Thanks")
            await client.resume()
        assert server.request("POST", stop).is_success
        send("You are welcome.")
        await until_no_timer(pool)
        assert len(smtp.to("ada@home.example")) == 1
    assert all("ada@home.example" not in str(line) for line in log(server, token))


async def until_no_timer(pool: Any) -> None:
    async with asyncio.timeout(60):
        while await pool.fetchval("select count(*) from timers"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        while await pool.fetchval(  # noqa: ASYNC110
            "select count(*) from deliveries where done_at is null and dead_at is null"
        ):
            await asyncio.sleep(0.1)
