"""Several nodes on one database work as one; stopping one loses nothing."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed

from core.store.database import Pool
from local.app import DRAIN_SECONDS, JOBS_SECONDS
from tests.client import Client, manager, visitor
from tests.server import Serve, Server

BUSY = 200
OLDER = "update connections set connected_at = connected_at - interval '11 seconds'"


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def node(serve: Serve, **environment: str) -> Server:
    """A node that other nodes can push through: all that they share is the database."""
    return serve(PORT=free_port(), **environment)


async def two_nodes(serve: Serve) -> tuple[Server, Server]:
    """Each has pushed through the other: a first push loads what takes it longer than it may, if
    the machine is busy, and then the socket is closed."""
    one, two = node(serve), node(serve)
    for here, there in ((one, two), (two, one)):
        for n in range(10):
            with contextlib.suppress(AssertionError, ConnectionClosed):
                async with manager(there) as boss, visitor(here, f"{here.pid}-{n}") as user:
                    await user.say("well met")
                    await boss.wait(lambda f: f.get("text") == "well met")
                    break
    return one, two


async def test_a_user_on_one_node_and_a_manager_on_the_other(serve: Serve) -> None:
    one, two = await two_nodes(serve)
    async with visitor(one, "a") as user, manager(two) as boss:
        await user.say("hello")
        assert (await boss.reply_to(1, chat_id="a"))["text"] == "hello"
        sent = two.post("/manager/send", {"chat_id": "a", "text": "from the other side"})
        assert sent.status_code == 201
        assert (await user.next("message", role="manager"))["text"] == "from the other side"
    async with visitor(two, "b") as user, manager(one) as boss:
        await user.say("the reverse")
        assert (await boss.reply_to(1, chat_id="b"))["text"] == "the reverse"
        one.post("/manager/send", {"chat_id": "b", "text": "and back"})
        assert (await user.next("message", role="manager"))["text"] == "and back"


async def test_a_node_is_killed_and_resume_on_the_other_misses_nothing(
    serve: Serve, pool: Pool
) -> None:
    one, two = await two_nodes(serve)
    async with manager(two) as boss:
        async with visitor(one, "a") as user:
            for n in range(5):
                await user.say(f"message {n}")
            one.stop(signal.SIGKILL)
        two.post("/manager/send", {"chat_id": "a", "text": "while you were away"})
        # The dead node's connection is forgotten by the first push that fails; it must be 10 s old.
        await pool.execute(OLDER)
        async with visitor(two, "a") as user:
            ready = await user.resume()
            seqs = [m["seq"] for m in ready["messages"]]
            assert seqs == list(range(1, len(seqs) + 1))
            assert {f"message {n}" for n in range(5)} <= {m["text"] for m in ready["messages"]}
            assert ready["messages"][-1]["text"] == "while you were away"
            two.post("/manager/send", {"chat_id": "a", "text": "and now"})
            await boss.wait(lambda f: f.get("text") == "and now")
        left = await pool.fetch("select callback_url from connections where chat_id is not null")
        assert all(row["callback_url"].startswith(two.url) for row in left)


async def test_sigterm_with_busy_clients_answers_all_that_was_acknowledged(serve: Serve) -> None:
    one, two = node(serve, ECHO_DELAY="0.5"), node(serve, SWEEP_SECONDS="0.5")
    acknowledged: dict[str, int] = {}
    stopping = asyncio.Event()

    async def chatter(name: str) -> int | None:
        async with visitor(one, name) as user:
            with contextlib.suppress(AssertionError, ConnectionClosed):
                for n in range(1000):
                    stored = await user.say(f"{name} {n}")
                    acknowledged[name] = stored["seq"]
                    if len(acknowledged) == BUSY:
                        stopping.set()
            await user.socket.wait_closed()
            return user.socket.close_code

    chatters = [asyncio.create_task(chatter(f"chat-{n}")) for n in range(BUSY)]
    await stopping.wait()
    began = time.monotonic()
    await asyncio.to_thread(one.stop, signal.SIGTERM)
    took = time.monotonic() - began
    codes = await asyncio.gather(*chatters)
    # Within the 10 s that Docker gives: the deadlines, and what a busy machine takes for the rest.
    assert took < DRAIN_SECONDS + JOBS_SECONDS + 3 * max(1.0, one.start_seconds)
    assert set(codes) == {1001}
    await asyncio.gather(*(all_answered(two, name, seq) for name, seq in acknowledged.items()))
    assert len(acknowledged) == BUSY


async def all_answered(server: Server, name: str, acknowledged: int) -> None:
    async with visitor(server, name) as user:
        ready = await user.resume()
        known = {m["seq"]: m for m in ready["messages"]}
        assert acknowledged in known
        pending = {seq for seq, m in known.items() if m["role"] == "user"}
        pending -= {m["reply_to"] for m in ready["messages"] if m.get("reply_to")}
        for seq in pending:
            await user.wait(replies_to(seq))


def replies_to(seq: int) -> Callable[[dict[str, object]], bool]:
    return lambda frame: frame["type"] == "message" and frame.get("reply_to") == seq


async def test_close_codes_and_refusals_while_stopping(serve: Serve) -> None:
    server = serve()
    client: Client
    async with visitor(server, "a") as client:
        await client.say("hi")
        await asyncio.to_thread(server.stop, signal.SIGTERM)
        await client.socket.wait_closed()
        assert client.socket.close_code == 1001
