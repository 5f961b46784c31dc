"""Notices arrive at real receivers outside, at least once, and never where they must not go."""

import base64
import hmac
import json
import secrets
import time
from email.utils import formatdate
from typing import Any

import pytest

from core.delivery.carriers.webhook import PREFIX
from tests.access.people import User, begin, call, signed
from tests.receivers import Receiver, receiver
from tests.server import PoolOf, Serve, Served, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.noticed

LOOPBACK = {"OUTBOUND_ALLOW": "127.0.0.0/8"}
SITE = "/manager/sites/default"
NAUGHTY = "<!channel> <@U1> @everyone [click](https://evil.example) *now*"


async def boss(pool_of: PoolOf, server: Server) -> str:
    pool = await pool_of(server)
    return await manager_token(pool, f"boss-{secrets.token_hex(4)}", "admin")


def add(server: Served, token: str, kind: str, url: str, *events: str) -> dict[str, Any]:
    body = {"kind": kind, "name": kind, "url": url, "events": list(events)}
    answer = call(server, "POST", f"{SITE}/receivers", token, json=body)
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def log(server: Server, token: str) -> list[dict[str, Any]]:
    answer = call(server, "GET", f"{SITE}/deliveries", token)
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()["deliveries"]
    return lines


async def ask_for_person(user: User, text: str = "hello") -> None:
    async with user.client() as client:
        await client.say(text)
        await client.send("human")
        await client.wait(lambda f: f.get("waiting_for") == "asked")


async def logged(server: Server, token: str, to: Receiver, **wanted: Any) -> dict[str, Any]:
    """The first line of the log that has these fields: it ends a moment after the call."""
    import asyncio

    async with asyncio.timeout(60):
        while True:
            for line in log(server, token):
                if wanted.items() <= line.items():
                    return line
            await asyncio.sleep(0.05)


async def test_a_waiting_chat_reaches_each_chat_tool_and_pings_nobody(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        for kind in ("slack", "discord", "teams"):
            add(server, token, kind, f"{outside.url}/{kind}", "chat.waiting")
        user = begin(server)
        await ask_for_person(user, NAUGHTY)
        [slack], [discord], [teams] = [
            await outside.got(f"/{kind}") for kind in ("slack", "discord", "teams")
        ]
    assert "<!channel>" not in slack.body["text"] and "&lt;!channel&gt;" in slack.body["text"]
    assert "asked for a person" in slack.body["text"]
    assert user.chat_id in slack.body["text"], "a link opens the chat"
    assert discord.body["allowed_mentions"] == {"parse": []}
    assert "](" not in discord.body["content"]
    card = teams.body["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    texts = [run["text"] for block in card["body"] for run in block["inlines"]]
    assert NAUGHTY in texts, "a text run has no markup"


async def test_a_webhook_is_signed_over_its_raw_body_and_time(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        added = add(server, token, "webhook", f"{outside.url}/hook?key=1", "chat.waiting")
        user = begin(server)
        await ask_for_person(user)
        [came] = await outside.got("/hook")
    headers = came.headers
    signed_over = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + came.raw
    key = base64.b64decode(added["secret"].removeprefix(PREFIX))
    wanted = base64.b64encode(hmac.digest(key, signed_over, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert came.body["type"] == "chat.waiting"
    assert came.body["data"]["chat_id"] == user.chat_id
    assert came.body["data"]["for"] == "asked"
    listed = call(server, "GET", f"{SITE}/receivers", token).json()
    assert "secret" not in json.dumps(listed) and outside.url not in json.dumps(listed)


async def test_what_fails_is_tried_again_with_the_same_id(serve: Serve, pool_of: PoolOf) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        outside.answers["/busy"] = lambda _, times: (
            (429, {"Retry-After": "3"}) if times == 1 else (200, {})
        )
        outside.answers["/broken"] = lambda _, times: (500, {}) if times == 1 else (204, {})
        # Longer than the usual pause, and said as a date.
        outside.answers["/dated"] = lambda _, times: (
            (503, {"Retry-After": formatdate(time.time() + 6, usegmt=True)})
            if times == 1
            else (200, {})
        )
        least = {"/busy": 3, "/broken": 1, "/dated": 5}
        for path in ("busy", "broken", "dated"):
            add(server, token, "webhook", f"{outside.url}/{path}", "chat.waiting")
        await ask_for_person(begin(server))
        for path, seconds in least.items():
            first, second = await outside.got(path, 2)
            assert first.id == second.id
            waited = int(second.headers["webhook-timestamp"]) - int(
                first.headers["webhook-timestamp"]
            )
            assert waited >= seconds, path
        done = [await logged(server, token, outside, state="done", attempts=2) for _ in range(3)]
    assert done[0]["error"] is None if "error" in done[0] else True


async def test_nobody_hears_of_a_visitor_who_was_blocked_meanwhile(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        outside.answers["/slack"] = lambda *_: (503, {"Retry-After": "2"})
        add(server, token, "slack", f"{outside.url}/slack", "chat.waiting")
        user = begin(server)
        await ask_for_person(user)
        await outside.got("/slack")
        pool = await pool_of(server)
        found = await pool.fetchval("select contact_id from chats where chat_id = $1", user.chat_id)
        contact = f"/manager/contacts/{found}"
        body = {"restriction": "spam"}
        assert call(server, "POST", f"{contact}/restriction", token, json=body).is_success
        await logged(server, token, outside, state="done", error="stale")
        assert len(outside.calls) == 1


async def test_a_receiver_that_is_gone_gets_nothing_more_until_it_is_sent_again(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        outside.answers["/gone"] = lambda _, times: (410, {}) if times == 1 else (200, {})
        add(server, token, "webhook", f"{outside.url}/gone", "chat.waiting")
        await ask_for_person(begin(server))
        dead = await logged(server, token, outside, state="dead", error="http_410")
        [listed] = call(server, "GET", f"{SITE}/receivers", token).json()["receivers"]
        assert listed["gone"] is True
        await ask_for_person(begin(server))
        assert len(outside.calls) == 1
        again = call(server, "POST", f"{SITE}/deliveries/{dead['id']}/again", token)
        assert again.status_code == 202
        first, second = await outside.got("/gone", 2)
        assert first.id == second.id == dead["id"]
        await logged(server, token, outside, id=dead["id"], state="done")
        [listed] = call(server, "GET", f"{SITE}/receivers", token).json()["receivers"]
        assert listed["gone"] is False


async def test_no_hook_reaches_this_machine_nor_follows_a_redirect_to_it(
    serve: Serve, pool_of: PoolOf
) -> None:
    async with receiver() as outside, receiver() as inside:
        # The one may be reached, and it points at the other.
        outside.answers["/away"] = lambda *_: (307, {"Location": f"{inside.url}/secret"})
        server = signed(serve, **LOOPBACK)
        token = await boss(pool_of, server)
        add(server, token, "webhook", f"{outside.url}/away", "chat.waiting")
        await ask_for_person(begin(server))
        await logged(server, token, outside, state="dead", error="redirected")
        guarded = signed(serve, OUTBOUND_ALLOW="192.0.2.0/24")
        port = inside.url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0x7f.1"):
            add(guarded, token, "webhook", f"http://{host}:{port}/secret", "chat.closed")
        answer = call(guarded, "GET", f"{SITE}/receivers", token).json()["receivers"]
        for one in answer[1:]:
            test = call(guarded, "POST", f"{SITE}/receivers/{one['id']}/test", token)
            line = await logged(guarded, token, outside, id=test.json()["id"], state="dead")
            assert line["error"] == "not_public", one
        assert not inside.calls


async def test_whoever_was_alarmed_hears_that_somebody_has_the_chat(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    async with receiver() as outside:
        add(server, token, "slack", f"{outside.url}/team", "chat.waiting")
        user = begin(server)
        await ask_for_person(user)
        await outside.got("/team")
        call(server, "POST", "/manager/send", token, json={"chat_id": user.chat_id, "text": "hi"})
        call(server, "POST", "/manager/send", token, json={"chat_id": user.chat_id, "text": "ho"})
        _, told = await outside.got("/team", 2)
        assert "has the chat" in told.body["text"]
        # They are told once: what comes next is about another chat.
        await ask_for_person(begin(server))
        third = (await outside.got("/team", 3))[2]
        assert "is waiting" in third.body["text"]


async def test_one_chat_makes_one_notice_in_five_minutes_and_a_digest_after(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, **LOOPBACK)
    token = await boss(pool_of, server)
    pool = await pool_of(server)
    async with receiver() as outside:
        add(server, token, "slack", f"{outside.url}/team", "chat.waiting")
        user = begin(server)
        await ask_for_person(user)
        await outside.got("/team")
        hand_back = {"owner": "assistant"}
        call(server, "POST", f"/manager/chats/{user.chat_id}/owner", token, json=hand_back)
        await ask_for_person(user)
        due = await pool.fetchrow(
            "select due_at - created_at between '4 minutes' and '5 minutes' as later"
            " from deliveries where what = 'digest'"
        )
        assert due is not None and due["later"]
        await pool.execute("update deliveries set due_at = now() where what = 'digest'")
        other = begin(server)
        await ask_for_person(other)
        texts = [one.body["text"] for one in await outside.got("/team", 3)]
    assert sum("is waiting" in text for text in texts) == 2
    assert sum("Chats that wait" in text for text in texts) == 1


async def test_nothing_is_written_where_nobody_wants_to_hear(serve: Serve, pool_of: PoolOf) -> None:
    server = signed(serve)
    await ask_for_person(begin(server))
    pool = await pool_of(server)
    assert await pool.fetchval("select count(*) from deliveries") == 0
