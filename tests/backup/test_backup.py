"""A backup is taken while people talk, all is lost, and everything comes back."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.access.people import User, begin, call
from tests.access.test_managers import browser, token_in
from tests.backup.commands import done, run
from tests.backup.conftest import Installation, Start
from tests.client import PATIENCE
from tests.tickets import SECRET_KEY

# Each command is a process of its own, and some make a database server.
pytestmark = [pytest.mark.sites, pytest.mark.timeout(600)]


def history(user: User) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while True:
        path = f"/history?chat_id={user.chat_id}&after={len(messages)}"
        page = call(user.server, "GET", path, user.token).json()["messages"]
        messages += page
        if not page:
            return messages


@asynccontextmanager
async def talking(user: User) -> AsyncIterator[list[str]]:
    """A visitor who writes on and on; the list grows by what is acknowledged."""
    acknowledged: list[str] = []
    begun, is_enough = asyncio.Event(), asyncio.Event()

    async def talk() -> None:
        async with user.client() as client:
            while not is_enough.is_set():
                text = f"message {len(acknowledged)}"
                assert (await client.say(text))["type"] == "message"
                acknowledged.append(text)
                if len(acknowledged) == 5:
                    begun.set()

    task = asyncio.create_task(talk())
    await asyncio.wait_for(begun.wait(), PATIENCE)
    yield acknowledged
    is_enough.set()
    await task


def beside(home: Path) -> list[str]:
    return [path.name for path in home.iterdir() if "backup" in path.name]


def managers(client: httpx2.Client) -> dict[str, Any]:
    me: dict[str, Any] = client.get("/manager/me").json()
    me.pop("now", None)
    return me


async def test_all_comes_back_as_it_was(
    installation: Installation, start: Start, home: Path
) -> None:
    server, file = start(installation), home / "backup.zip"
    link = token_in(server.printed)
    first = browser(server, link)
    environment = installation.environment
    anna = run("managers", "add", "Anna Berg", environment=environment).stdout.decode()
    token = run("managers", "token", anna.split()[0], "Reports", environment=environment)
    user = begin(server)
    async with talking(user) as acknowledged:
        before = list(acknowledged)
        said = await asyncio.to_thread(done, "backup", file, environment=environment)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert beside(home) == ["backup.zip"]
    whole = file.read_bytes()
    for secret in (SECRET_KEY, link, token.stdout.decode().strip(), user.token):
        assert secret not in said and secret.encode() not in whole
    all_messages, me = history(user), managers(first)
    server.stop()
    installation.lose()

    assert counts(said) in done("restore", file, environment=environment)
    server.start()
    # The same managers, with the same sign-ins, and the same programs of theirs.
    assert "token=" not in server.printed
    assert managers(first) == me and me["id"] == "admin"
    by_token = call(server, "GET", "/manager/me", token.stdout.decode().strip())
    assert by_token.json()["name"] == "Anna Berg"
    # The same chat: all that was acknowledged before, and nothing but what was there.
    found, kept = (
        history(user),
        int(re.findall(r"\d+", counts(said).replace(", ", " ").replace(",", ""))[1]),
    )
    assert found[:kept] == all_messages[:kept]
    assert set(before) <= {m["text"] for m in found[:kept]}
    # What was not answered then is answered now.
    assert all(m["role"] == "assistant" for m in found[kept:])
    assert (installation.data / "assistants" / "shop.md").read_text() == "You sell bicycles."
    async with user.client() as client:
        stored = await client.say("still here")
        assert stored["seq"] > found[-1]["seq"]
        await client.reply_to(stored["seq"])
    first.close()


def counts(said: str) -> str:
    found = re.search(r"holds (.*), [\d,]+ bytes", said)
    assert found, said
    return found[1]
