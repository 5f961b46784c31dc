"""Nodes without a secret make one in a file that they share; nobody else can sign for them."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from core.store.database import Pool
from tests.client import PATIENCE, Client, manager, visitor
from tests.e2e.test_nodes import free_port
from tests.gateway.signed import forged
from tests.server import ROOT, Server
from tests.tickets import SECRET_KEY, manager_ticket, manager_token

Serve = Callable[..., Server]

RACERS = 3
ROUNDS = 200
# Who reads a secret has overtaken who makes one, so that all meet at the next file again.
RACER = """
import os, sys
from pathlib import Path
from local import nodes_secret
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    os.environ["AWS_SECRET_ACCESS_KEY"] = ""
    nodes_secret.share(Path(sys.argv[1], str(number)))
    print(os.environ["AWS_SECRET_ACCESS_KEY"])
"""


def environment(file: Path, secret: str = "") -> dict[str, str]:
    """As docker-compose sets it."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": secret,
        "NODES_SECRET_FILE": str(file),
    }


def two_nodes(serve: Serve, file: Path) -> list[Server]:
    """Two that start at the same moment."""
    with ThreadPoolExecutor(2) as both:
        starts = [both.submit(serve, PORT=free_port(), **environment(file)) for _ in range(2)]
        return [start.result() for start in starts]


async def test_two_nodes_that_start_at_once_reach_each_other(serve: Serve, tmp_path: Path) -> None:
    one, two = two_nodes(serve, tmp_path / "nodes_secret")
    async with visitor(one, "a") as user, manager(two) as boss:
        await user.say("hello")
        assert (await boss.reply_to(1))["text"] == "hello"
        two.post("/manager/send", {"chat_id": "a", "text": "from the other side"})
        assert (await user.next("message", role="manager"))["text"] == "from the other side"


async def test_only_the_secret_in_the_file_signs(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "nodes_secret"
    server = serve(**environment(file))
    secret = file.read_text()
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert await forged(server.url, "local") == 403
    assert await forged(server.url, "") == 403
    assert await forged(server.url, secret) == 410
    server.stop()
    server.start()
    assert file.read_text() == secret
    assert await forged(server.url, secret) == 410
    assert secret not in server.log


async def test_a_secret_that_was_given_is_taken(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "nodes_secret"
    server = serve(**environment(file, "given by the one who runs it"))
    assert await forged(server.url, "given by the one who runs it") == 410
    assert not file.exists()


def test_of_many_that_start_at_once_one_makes_it(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, tmp_path, str(ROUNDS)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(RACERS)
    ]
    for racer in racers:
        assert racer.stdout and racer.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(RACERS) as at_once:
        said = list(at_once.map(lambda racer: racer.communicate("go\n", timeout=30)[0], racers))
    kept = [(tmp_path / str(number)).read_text() for number in range(ROUNDS)]
    assert [one.split() for one in said] == [kept] * RACERS
    assert len(list(tmp_path.iterdir())) == len(set(kept)) == ROUNDS


@pytest.mark.parametrize("content", ["", "local", "0" * 63])
def test_a_damaged_file_is_said_and_not_used(tmp_path: Path, dsn: str, content: str) -> None:
    file = tmp_path / "nodes_secret"
    file.write_text(content)
    started = run("local", dsn, file)
    assert started.returncode
    assert f"NODES_SECRET_FILE: {file} is damaged." in started.stderr
    assert "Traceback" not in started.stderr


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, dsn: str) -> None:
    started = run("local", dsn, tmp_path / "missing" / "nodes_secret")
    assert started.returncode
    assert "nodes_secret: No such file or directory." in started.stderr
    assert "Traceback" not in started.stderr


async def test_who_is_removed_on_the_command_line_loses_their_socket(
    serve: Serve, pool: Pool, dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "nodes_secret"
    server = serve(SECRET_KEY=SECRET_KEY, **environment(file))
    await manager_token(pool, "anna")
    ticket = await manager_ticket(pool, "anna")
    async with Client(server, f"/manager/ws?ticket={ticket}") as anna:
        removed = run("local", dsn, file, "managers", "remove", "anna")
        assert removed.stdout == "anna is removed.\n"
        async with asyncio.timeout(PATIENCE):
            await anna.socket.wait_closed()


def run(module: str, dsn: str, file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command as in a container."""
    given = {"PATH": os.environ["PATH"], "PORT": "0", "DATABASE_URL": dsn, "SECRET_KEY": SECRET_KEY}
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**given, **environment(file)},
        capture_output=True,
        text=True,
        timeout=30,
    )
