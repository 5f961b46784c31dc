"""Nodes share a key that the database keeps; nobody else can sign for them."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.store.database import Pool
from core.store.store import Store
from tests.client import PATIENCE, Client, manager, visitor
from tests.e2e.test_nodes import free_port
from tests.gateway.signed import forged
from tests.server import ROOT, Server
from tests.tickets import SECRET_KEY, manager_ticket, manager_token

Serve = Callable[..., Server]

KEY = "select value from installation_keys where name = 'nodes'"


async def test_two_nodes_that_start_at_once_reach_each_other(serve: Serve) -> None:
    with ThreadPoolExecutor(2) as both:
        starts = [both.submit(serve, PORT=free_port()) for _ in range(2)]
        one, two = [start.result() for start in starts]
    async with visitor(one, "a") as user, manager(two) as boss:
        await user.say("hello")
        assert (await boss.reply_to(1))["text"] == "hello"
        two.post("/manager/send", {"chat_id": "a", "text": "from the other side"})
        assert (await user.next("message", role="manager"))["text"] == "from the other side"


async def test_only_the_key_in_the_database_signs(serve: Serve, pool: Pool) -> None:
    aws = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "what the queue is asked with"}
    server = serve(**aws)
    secret = await pool.fetchval(KEY)
    assert re.fullmatch("[0-9a-f]{64}", secret)
    for wrong in ("local", "", aws["AWS_SECRET_ACCESS_KEY"]):
        assert await forged(server.url, wrong) == 403
    assert await forged(server.url, secret) == 410
    server.stop()
    server.start()
    assert await pool.fetchval(KEY) == secret
    assert await forged(server.url, secret) == 410
    assert secret not in server.log


async def test_a_secret_that_was_given_is_taken(serve: Serve, pool: Pool) -> None:
    server = serve(NODES_SECRET="given by the one who runs it")
    assert await forged(server.url, "given by the one who runs it") == 410
    assert await pool.fetchval(KEY) is None


async def test_of_many_that_start_at_once_one_makes_it(store: Store) -> None:
    made = await asyncio.gather(*(store.nodes.key() for _ in range(50)))
    assert len(set(made)) == 1


async def test_nodes_with_different_secrets_say_so_once(serve: Serve) -> None:
    one = serve(PORT=free_port(), NODES_SECRET="one long secret of a node")
    two = serve(PORT=free_port(), NODES_SECRET="another long secret of it")
    async with visitor(one, "a") as user, manager(two):
        for n in range(3):
            await user.say(f"hello {n}")
            await user.reply_to(2 * n + 1)
    one.stop()
    said = [line for line in one.log.splitlines() if "node_refused" in line]
    assert len(said) == 1
    assert "error" in said[0] and "NODES_SECRET" in said[0]
    two.stop()


async def test_two_nodes_at_one_address_say_so_once(serve: Serve) -> None:
    same = {"CALLBACK_URL": "http://127.0.0.1:8000", "SWEEP_SECONDS": "0.1"}
    nodes = [serve(PORT=free_port(), **same) for _ in range(2)]
    for node in nodes:
        await asyncio.to_thread(node.wait_for, "node_address_taken")
    for node in nodes:
        node.stop()
        said = [line for line in node.log.splitlines() if "node_address_taken" in line]
        assert len(said) == 1 and "CALLBACK_URL" in said[0]


def test_a_node_that_starts_again_says_nothing(serve: Serve) -> None:
    server = serve(SWEEP_SECONDS="0.1")
    server.stop(signal.SIGKILL)
    server.start()
    server.get("/readyz")
    server.stop()
    assert "node_address_taken" not in server.log


async def test_who_is_removed_on_the_command_line_loses_their_socket(
    serve: Serve, pool: Pool, dsn: str
) -> None:
    server = serve(SECRET_KEY=SECRET_KEY)
    await manager_token(pool, "anna")
    ticket = await manager_ticket(pool, "anna")
    async with Client(server, f"/manager/ws?ticket={ticket}") as anna:
        removed = managers(dsn, "remove", "anna")
        assert removed.stdout == "anna is removed.\n"
        async with asyncio.timeout(PATIENCE):
            await anna.socket.wait_closed()


@pytest.mark.parametrize("secret", ["short"])
def test_a_short_secret_is_refused(dsn: str, secret: str) -> None:
    ended = managers(dsn, "list", NODES_SECRET=secret)
    assert ended.returncode and "NODES_SECRET" in ended.stderr and "Traceback" not in ended.stderr


def managers(dsn: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command as in a container."""
    given = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "SECRET_KEY": SECRET_KEY}
    return subprocess.run(
        [sys.executable, "-m", "local", "managers", *words],
        cwd=ROOT,
        env={**given, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
