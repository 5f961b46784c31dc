"""The template and the built zips, deployed to somebody else's AWS: the whole story there."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.apart import apart
from tests.client import Client
from tests.infra import packages
from tests.infra.ministack import Deployed, MiniStackServer, fitting
from tests.infra.tools import ROOT

pytestmark = pytest.mark.timeout(900)

# A cold start unpacks and imports a function.
PUSHED_SECONDS = 120.0


@dataclass(frozen=True)
class Database:
    """A database without tables: the stack's own migration makes them. Two roles know it."""

    owner: str
    user: str


@pytest.fixture(scope="module")
def empty(postgres: str) -> Iterator[Database]:
    name = f"stack_{secrets.token_hex(6)}"
    apart(_execute(postgres, f"create database {name}", f"create role {name} login"))
    parts = urlsplit(postgres)._replace(path=f"/{name}")
    user = parts._replace(netloc=f"{name}@{parts.netloc.rpartition('@')[2]}")
    yield Database(urlunsplit(parts), urlunsplit(user))
    apart(_execute(postgres, f"drop database {name} with (force)", f"drop role {name}"))


async def _execute(address: str, *statements: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def stack(
    ministack: MiniStackServer,
    transformed: dict[str, Any],
    empty: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    ministack.upload(packages.build(tmp_path_factory.mktemp("packages")))
    given = {"DatabaseUrl": empty.user, "DatabaseOwnerUrl": empty.owner}
    yield ministack.deploy(fitting(transformed), given)
    # The migration's function answers this, too.
    ministack.delete()


@pytest.fixture
async def http(stack: Deployed) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=stack.http_url, timeout=PUSHED_SECONDS) as client:
        yield client


@pytest.fixture(scope="module")
def anna(stack: Deployed, empty: Database) -> dict[str, str]:
    """The headers of a manager, whom docs/deploy.md's line has made, and who made a token."""

    def managers(*words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "local", "managers", *words],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": empty.user,
                "PUBLIC_URL": stack.outputs["Page"],
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    name, *_, link = managers("add", "Anna Berg", "--role", "admin")
    assert link.startswith(f"{stack.outputs['Manager']}#token="), link
    return {"Authorization": f"Bearer {managers('token', name, 'The story')[-1]}"}


@pytest.fixture(scope="module")
def warm(stack: Deployed, anna: dict[str, str]) -> None:
    """Every function has started and pushed once. The first time takes longer than a push may, if
    the machine is busy, and then the socket is closed."""
    apart(_warm_up(stack, anna))


async def _warm_up(stack: Deployed, anna: dict[str, str]) -> None:
    async with httpx2.AsyncClient(base_url=stack.http_url, timeout=PUSHED_SECONDS) as http:
        for _ in range(10):
            with suppress(AssertionError, ConnectionClosed):
                async with await manager(stack, http, anna) as boss:
                    chat_id, user = await visitor(stack, http)
                    async with user:
                        await user.insist("well met")
                        for client in (user, boss):
                            await client.reply_to(1, chat_id=chat_id)
                return


async def visitor(stack: Deployed, http: httpx2.AsyncClient) -> tuple[str, Client]:
    """A new chat, and a client for its socket."""
    begun = (await http.post("/chats", json={})).json()
    shown = {"Authorization": f"Bearer {begun['token']}"}
    ticket = await http.post("/tickets", json={"chat_id": begun["chat_id"]}, headers=shown)
    assert ticket.status_code == 201, ticket.text
    return begun["chat_id"], Client(stack, ticket.json()["ws_url"])


async def manager(stack: Deployed, http: httpx2.AsyncClient, shown: dict[str, str]) -> Client:
    ticket = await http.post("/tickets", json={}, headers=shown)
    assert ticket.status_code == 201, ticket.text
    return Client(stack, ticket.json()["ws_url"])


@pytest.mark.usefixtures("warm")
async def test_the_whole_story(
    stack: Deployed, http: httpx2.AsyncClient, anna: dict[str, str]
) -> None:
    async with await manager(stack, http, anna) as boss:
        chat_id, user = await visitor(stack, http)
        async with user:
            # The acknowledgement is the route's own answer. The echo comes through the queue.
            said = await user.insist("hello")
            assert (said["seq"], said["chat_id"]) == (1, chat_id)
            for client in (user, boss):
                reply = await client.reply_to(1, chat_id=chat_id)
                assert reply["state"] == "final" and "hello" in reply["text"]
            listed = (await http.get("/manager/chats", headers=anna)).json()["chats"]
            assert (chat_id, "assistant") in [(c["chat_id"], c["owner"]) for c in listed]

            text = {"chat_id": chat_id, "text": "Anna here"}
            sent = await http.post("/manager/send", json=text, headers=anna)
            assert sent.status_code == 201, sent.text
            await user.next("message", role="manager", text="Anna here")
            asked = await user.insist("are you a person?")
            await boss.next("message", role="user", text="are you a person?")
            found = await http.get("/manager/chats?filter=waiting", headers=anna)
            assert [c["waiting_for"] for c in found.json()["chats"]] == ["reply"]

            owner = f"/manager/chats/{chat_id}/owner"
            back = await http.post(owner, json={"owner": "assistant"}, headers=anna)
            assert back.json()["owner"] == "assistant"
            reply = await user.reply_to(asked["seq"])
            assert "are you a person?" in reply["text"]
            ready = await user.resume(after=0)
            assert [m["role"] for m in ready["messages"] if m["kind"] == "text"] == [
                "user", "assistant", "manager", "user", "assistant"
            ]  # fmt: skip
        # The emulator calls `$disconnect`, which tells the managers.
        await boss.next("chat", chat_id=chat_id, online=False)


@pytest.mark.usefixtures("warm")
async def test_a_broadcast_is_pushed_by_the_responder(
    stack: Deployed, http: httpx2.AsyncClient, anna: dict[str, str]
) -> None:
    chat_id, user = await visitor(stack, http)
    async with user:
        await user.insist("hello")
        sent = await http.post("/manager/broadcast", json={"text": "Closing now"}, headers=anna)
        assert sent.status_code in (200, 201, 202), sent.text
        pushed = await user.next("message", role="manager", text="Closing now")
        assert pushed["chat_id"] == chat_id


async def test_nobody_comes_in_without_a_ticket(stack: Deployed, http: httpx2.AsyncClient) -> None:
    chat_id, user = await visitor(stack, http)
    async with user:
        await user.resume(after=0)
    used = user._url
    for address in (used, used.partition("?")[0] + f"?chat_id={chat_id}"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, open_timeout=PUSHED_SECONDS)
        # 401 on AWS. ministack closes before it accepts, which its server makes a 403.
        assert refused.value.response.status_code == 403
    assert (await http.get("/manager/chats")).status_code == 401


async def test_the_pages_and_the_sweep(stack: Deployed, http: httpx2.AsyncClient) -> None:
    for path in ("/", "/manager", "/widget.js"):
        page = await http.get(path)
        assert page.status_code == 200 and page.content
    assert (await http.get("/readyz")).json()["status"] == "ok"
    swept = stack.invoke("SweepFunction", {"source": "aws.events"})
    assert all(isinstance(count, int) for count in swept.values())
