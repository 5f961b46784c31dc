"""Who of the team looks at a chat and who writes in it: for the team alone, and over by itself."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from core.store.database import Pool
from tests.access.people import User, signed
from tests.access.test_managers import browser
from tests.access.test_site_matrix import agent, begun, socket
from tests.client import Client, Frame
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import another_link

pytestmark = [pytest.mark.inbox, pytest.mark.sites]

TEAM_ONLY = ("viewing", "peeked", "anna", "Anna", "boss", "Boss", '"by"')


@dataclass
class Shop:
    """A chat of a shop with its visitor; two agents of the shop, and one of a blog."""

    server: Server
    user: User
    tokens: dict[str, str]
    stack: AsyncExitStack
    visitor: Client

    async def open(self, name: str) -> Client:
        """Another socket of a manager."""
        return await self.stack.enter_async_context(socket(self.server, self.tokens[name]))

    async def ask(self, client: Client, action: str, **fields: object) -> None:
        await client.send(action, **({"chat_id": self.user.chat_id} | fields))


@pytest.fixture
async def shop(serve: Serve, pool: Pool) -> AsyncIterator[Shop]:
    for name in ("shop", "blog"):
        await add_site(pool, name)
    server = signed(serve, ECHO_DELAY="0")
    tokens = {
        name: await agent(pool, name, site)
        for name, site in (("anna", "shop"), ("ben", "shop"), ("carl", "blog"))
    }
    user = begun(server, "shop")
    async with AsyncExitStack() as stack:
        visitor = await stack.enter_async_context(user.client())
        await visitor.say("hello")
        await visitor.reply_to(1)
        yield Shop(server, user, tokens, stack, visitor)


async def settled(*clients: Client) -> None:
    """A pong comes after everything that was pushed before."""
    for client in clients:
        sent = len(client.of("pong"))
        await client.send("ping")
        await client.wait(lambda _, one=client, before=sent: len(one.of("pong")) > before)  # type: ignore[misc]


def who(frame: Frame) -> list[str]:
    return [one["id"] for one in frame["managers"]]


async def looked_at(client: Client, *names: str) -> Frame:
    """The next sign that says that these look, and nobody else."""
    while True:
        frame = await client.next("viewing")
        if who(frame) == list(names):
            return frame


async def test_i14_who_looks_and_writes_is_told_to_the_team_of_the_site_alone(shop: Shop) -> None:
    anna, ben, carl = [await shop.open(name) for name in ("anna", "ben", "carl")]
    # Somebody of another site asks for everything about the chat.
    await shop.ask(carl, "watch")
    await carl.next("error", code="not_found")
    await carl.send("peek", chat_ids=[shop.user.chat_id])
    assert (await carl.next("peeked"))["chats"] == []
    # Who is alone hears nothing.
    await shop.ask(anna, "watch")
    await anna.next("chat")
    await settled(anna)
    assert not anna.of("viewing")
    await shop.ask(ben, "watch")
    seen = await looked_at(anna, "anna", "ben")
    assert seen["managers"] == [{"id": "anna", "name": "Anna"}, {"id": "ben", "name": "Ben"}]
    await looked_at(ben, "anna", "ben")
    await shop.ask(anna, "typing")
    assert await ben.next("typing") == {
        "type": "typing", "chat_id": shop.user.chat_id, "role": "manager",
        "by": {"id": "anna", "name": "Anna"},
    }  # fmt: skip
    # A visitor sees that somebody writes, as always.
    assert await shop.visitor.next("typing") == {
        "type": "typing", "chat_id": shop.user.chat_id, "role": "manager"
    }  # fmt: skip
    await shop.ask(carl, "typing")
    await shop.ask(ben, "unwatch")
    await looked_at(anna, "anna")
    await settled(shop.visitor, carl)
    assert not any(word in json.dumps(shop.visitor.frames) for word in TEAM_ONLY)
    assert {one["type"] for one in carl.frames} <= {"error", "peeked", "empty", "pong"}


async def test_a_peek_brings_it_for_the_rows_on_the_screen(shop: Shop) -> None:
    anna, ben = await shop.open("anna"), await shop.open("ben")
    other = begun(shop.server, "shop")
    await shop.ask(anna, "watch")
    await anna.next("chat")
    await ben.send("peek", chat_ids=[other.chat_id, shop.user.chat_id, "nobody-s"])
    peeked = await ben.next("peeked")
    assert [(one["chat_id"], who(one)) for one in peeked["chats"]] == [
        (shop.user.chat_id, ["anna"])
    ]
    await shop.ask(anna, "typing")
    assert (await ben.next("typing"))["by"] == {"id": "anna", "name": "Anna"}
    await shop.ask(anna, "unwatch")
    assert (await looked_at(ben))["at"] > peeked["at"]
    # Another part of the list is on the screen: nothing comes of this row any more.
    await ben.send("peek", chat_ids=[other.chat_id])
    await ben.next("peeked", chats=[])
    heard = len(ben.frames)
    await shop.ask(anna, "watch")
    await shop.ask(anna, "typing")
    await shop.visitor.next("typing")
    await settled(anna, ben)
    assert {one["type"] for one in ben.frames[heard:]} <= {"pong"}
    await ben.send("peek", chat_ids=["a"] * 61)
    await ben.next("error", code="invalid")


async def test_i14_nobody_hears_who_looks_at_a_chat_whose_site_is_another_one(
    shop: Shop, pool: Pool
) -> None:
    anna, ben = await shop.open("anna"), await shop.open("ben")
    await shop.ask(ben, "watch")
    await ben.next("chat")
    # A watch that was begun before one's sites became fewer.
    await pool.execute("update connections set sites = '{blog}' where manager_id = 'ben'")
    await anna.send("peek", chat_ids=[shop.user.chat_id])
    await anna.next("peeked", chats=[])


async def test_who_leaves_is_gone_however_they_leave(shop: Shop, pool: Pool) -> None:
    anna, ben = await shop.open("anna"), await shop.open("ben")
    for one in (anna, ben):
        await shop.ask(one, "watch")
    await looked_at(anna, "anna", "ben")
    # Two tabs of one person are one person.
    second = await shop.open("ben")
    await shop.ask(second, "watch")
    await second.next("chat")
    await settled(second, anna)
    assert all(who(one) == ["anna", "ben"] for one in anna.of("viewing"))
    await ben.socket.close()
    await second.socket.close()
    await looked_at(anna, "anna")
    signed_in = browser(shop.server, await another_link(pool, "ben"))
    # Not at the page: they look no more, and hear it all the same.
    third = await shop.open("ben")
    await shop.ask(third, "watch")
    await looked_at(anna, "anna", "ben")
    await shop.ask(third, "watch", looks=False)
    await looked_at(anna, "anna")
    await shop.ask(anna, "watch", looks=False)
    await looked_at(third)
    await shop.ask(anna, "watch")
    await looked_at(third, "anna")
    await shop.ask(third, "watch")
    await looked_at(anna, "anna", "ben")
    # They sign out: all of their sockets are closed.
    assert signed_in.delete("/manager/session").is_success
    signed_in.close()
    await looked_at(anna, "anna")
    assert await pool.fetchval("select count(*) from watches") == 1


async def test_i12_many_keys_are_few_signs(shop: Shop) -> None:
    anna, ben = await shop.open("anna"), await shop.open("ben")
    await shop.ask(ben, "watch")
    await ben.next("chat")
    for _ in range(50):
        await shop.ask(anna, "typing")
    await settled(anna, ben)
    assert 1 <= len(ben.of("typing")) < 25
    assert not anna.of("error")


async def test_as_many_as_fit_are_in_the_answer_to_a_peek(shop: Shop, pool: Pool) -> None:
    chats = [begun(shop.server, "shop").chat_id for _ in range(60)]
    for n in range(10):
        one = f"m-{n}-{secrets.token_hex(90)}"
        await pool.execute(
            "insert into connections (connection_id, callback_url, expires_at, manager_id,"
            " manager_name) values ($1, 'http://nowhere/', now() + interval '1 hour', $1, $2)",
            one, "\u00e4\u00f6" * 100,
        )  # fmt: skip
        await pool.executemany(
            "insert into watches (connection_id, chat_id) values ($1, $2)",
            [(one, chat) for chat in chats],
        )
    anna = await shop.open("anna")
    await anna.send("peek", chat_ids=chats)
    found = (await anna.next("peeked"))["chats"]
    assert 1 <= len(found) < 60 and [one["chat_id"] for one in found] == chats[: len(found)]
    assert all(len(one["managers"]) == 10 for one in found)
