"""Each manager has read marks of their own, the same on all their devices."""

from contextlib import AsyncExitStack

import pytest

from core.store.database import Pool
from tests.access.people import User, begin, call, signed
from tests.access.test_site_matrix import socket
from tests.client import Client
from tests.server import Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.inbox


async def people(server: Server, pool: Pool) -> tuple[User, dict[str, str]]:
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return user, {name: await manager_token(pool, name) for name in ("anna", "ben")}


def read(server: Server, user: User, token: str) -> int:
    """How far a manager has read, as the list says it."""
    listed = call(server, "GET", "/manager/chats?filter=open", token).json()["chats"]
    (named,) = call(server, "GET", f"/manager/chats?chat_id={user.chat_id}", token).json()["chats"]
    (chat,) = [one for one in listed if one["chat_id"] == user.chat_id]
    assert chat["read"] == named["read"]
    return int(chat["read"])


async def settled(*clients: Client) -> None:
    for client in clients:
        await client.send("ping")
        await client.next("pong")


async def test_what_one_reads_is_read_on_all_their_devices_and_on_no_colleagues(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    async with AsyncExitStack() as stack:
        # Their marks begin before the chat.
        anna, ben = [await manager_token(pool, name) for name in ("anna", "ben")]
        devices = [
            await stack.enter_async_context(socket(server, one)) for one in (anna, anna, ben, ben)
        ]
        user = begin(server)
        async with user.client() as client:
            await client.say("one")
            await client.reply_to(1)
        assert [read(server, user, one) for one in (anna, ben)] == [0, 0]
        first, second, *bens = devices
        await first.send("seen", chat_id=user.chat_id, seq=2)
        assert await second.next("read", chat_id=user.chat_id) == {
            "type": "read", "chat_id": user.chat_id, "seq": 2
        }  # fmt: skip
        assert [read(server, user, one) for one in (anna, ben)] == [2, 0]
        # The team's mark, which the visitor sees, has moved: that says nothing of Ben's own.
        await bens[0].next("chat", chat_id=user.chat_id, unread=0)
        await bens[0].send("seen", chat_id=user.chat_id, seq=1)
        await bens[1].next("read", chat_id=user.chat_id, seq=1)
        assert [read(server, user, one) for one in (anna, ben)] == [2, 1]
        # A mark does not go back by itself, and says nothing to who has said it.
        await first.send("seen", chat_id=user.chat_id, seq=1)
        await settled(*devices)
        assert [len(one.of("read")) for one in devices] == [0, 1, 0, 1]
        assert read(server, user, anna) == 2


async def test_what_was_read_elsewhere_comes_with_the_next_connection_and_outlives_a_restart(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    user, tokens = await people(server, pool)
    async with socket(server, tokens["anna"]) as away:
        await away.send("resume")
        now = (await away.next("ready"))["now"]
    async with socket(server, tokens["anna"]) as here:
        await here.send("seen", chat_id=user.chat_id, seq=2)
        await settled(here)
    server.stop()
    server.start()
    for name, marks in (("anna", [{"chat_id": user.chat_id, "seq": 2}]), ("ben", None)):
        async with socket(server, tokens[name]) as back:
            await back.send("resume", since=now)
            ready = await back.next("ready")
            assert ready.get("read") == marks
            # A summary that comes along says it, too.
            assert [one["read"] for one in ready["chats"]] == [2]
    assert read(server, user, tokens["anna"]) == 2


async def test_whoever_writes_has_read_and_marking_as_unread_is_ones_own(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    user, tokens = await people(server, pool)
    body = {"chat_id": user.chat_id, "text": "I am here"}
    assert call(server, "POST", "/manager/send", tokens["anna"], json=body).status_code == 201
    async with user.client() as client:
        await client.say("thank you")
    assert read(server, user, tokens["anna"]) == 3
    async with socket(server, tokens["anna"]) as one, socket(server, tokens["ben"]) as other:
        await one.send("seen", chat_id=user.chat_id, seq=4)
        await settled(one)
        path = f"/manager/chats/{user.chat_id}/unread"
        marked = call(server, "POST", path, tokens["anna"])
        assert marked.json() == {"chat_id": user.chat_id, "seq": 3}
        assert (await one.next("read", unread=True))["seq"] == 3
        await settled(other)
        assert not other.of("read")
    assert read(server, user, tokens["anna"]) == 3


async def test_in_a_chat_from_before_somebody_came_the_teams_mark_counts_for_them(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    user, tokens = await people(server, pool)
    async with socket(server, tokens["anna"]) as anna:
        await anna.send("seen", chat_id=user.chat_id, seq=1)
        await settled(anna)
    assert read(server, user, tokens["anna"]) == 1
    assert read(server, user, await manager_token(pool, "new")) == 1


async def test_an_answer_that_is_read_costs_no_frame_for_the_team_and_the_visitor(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, ECHO_DELAY="0")
    user, tokens = await people(server, pool)
    async with (
        user.client() as client,
        socket(server, tokens["anna"]) as anna,
        socket(server, tokens["ben"]) as ben,
    ):
        await client.resume()
        await anna.send("seen", chat_id=user.chat_id, seq=1)
        await client.next("seen", role="manager", seq=1)
        await ben.next("chat", chat_id=user.chat_id)
        counts = [len(one.frames) for one in (client, ben)]
        await anna.send("seen", chat_id=user.chat_id, seq=2)
        await settled(anna, client, ben)
        assert [len(one.frames) for one in (client, ben)] == [n + 1 for n in counts]
    assert read(server, user, tokens["anna"]) == 2
