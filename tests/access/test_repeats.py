"""A repeated frame costs what any frame costs, and others do not get it again for ever."""

import asyncio
import json
from collections.abc import Callable

from core.store.database import Pool
from tests.access.people import begin, signed
from tests.client import Client
from tests.server import Server
from tests.tickets import manager_ticket, manager_token

Serve = Callable[..., Server]
BURST = 30
REPEATS = 400


async def manager_of(server: Server, pool: Pool) -> Client:
    await manager_token(pool, "anna")
    return Client(server, f"/manager/ws?ticket={await manager_ticket(pool, 'anna')}")


async def test_i12_repeats_of_a_message_are_limited_as_messages_are(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, MESSAGES_PER_MINUTE=str(BURST * 2))
    user = begin(server)
    async with await manager_of(server, pool) as manager, user.client() as flooder:
        first = await flooder.say("hello", client_id="same")
        await flooder.reply_to(first["seq"])
        again = json.dumps({"action": "message", "text": "hello", "client_id": "same"})
        for _ in range(REPEATS):
            await flooder.socket.send(again)
        await flooder.wait(
            lambda _: (
                len(flooder.of("message", client_id="same"))
                + len(flooder.of("error", code="too_many", client_id="same"))
                == REPEATS + 1
            ),
            40,
        )
        # Everything before this was pushed before this.
        async with begin(server).client() as other:
            last = await other.say("the end")
        await manager.next("message", chat_id=last["chat_id"], text="the end")
        copies = manager.of("message", chat_id=user.chat_id, client_id="same")
        # The bucket gains one token a second.
        assert 1 <= len(copies) <= BURST * 2
        assert len(flooder.of("error", code="too_many")) >= REPEATS - BURST * 2
        refused = flooder.of("error", code="too_many")[0]
        assert refused["retry_after"] >= 1
        # Nothing was stored twice.
        stored = await pool.fetchval(
            "select count(*) from messages where chat_id = $1", user.chat_id
        )
        assert stored == 2


async def test_i3_others_hear_a_repeat_only_while_the_message_is_young(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve)
    user = begin(server)
    async with (
        await manager_of(server, pool) as manager,
        user.client() as one,
        user.client() as tab,
    ):
        said = await one.say("hello", client_id="same")
        await asyncio.gather(one.reply_to(said["seq"]), tab.reply_to(said["seq"]))

        async def repeated(seconds: int) -> tuple[int, int]:
            """How many more copies others get of a message of this age."""
            await pool.execute(
                "update messages set created_at = clock_timestamp() - make_interval(secs => $1)",
                seconds,
            )
            before = [len(other.of("message", client_id="same")) for other in (tab, manager)]
            frames = len(one.of("message", client_id="same"))
            await one.send("message", text="hello", client_id="same")
            await one.wait(lambda _: len(one.of("message", client_id="same")) > frames)
            end = await one.say("the end")
            for other in (tab, manager):
                await other.wait(lambda f: f.get("client_id") == end["client_id"])
            after = [len(other.of("message", client_id="same")) for other in (tab, manager)]
            return after[0] - before[0], after[1] - before[1]

        # Its first push may have been lost.
        assert await repeated(50) == (1, 1)
        assert await repeated(61) == (0, 0)
