"""Hostile people, each from an address of their own: `python -m tests.access.attacks URL`.

They go on until the process is ended. How much they do is bounded by a rate for each kind, so that
they take a part of the machine only.
"""

import asyncio
import json
import random
import secrets
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

ADDRESSES = 50
# Seconds between two deeds of one attacker, and how many of each kind there are.
PAUSE, AT_ONCE = 0.05, 2
TABLE = "a|b\n-|-\n" + "|\n" * 3990
WRONG = (
    '{"action":"message"}',
    '{"action":"fly"}',
    "{",
    '{"action":"seen","seq":-1}',
    '{"a":' * 99,
)

Attack = Callable[["Attacker"], Awaitable[None]]


class Attacker:
    """`source`: their address; loopback has sixteen million of them."""

    def __init__(self, url: str, source: str, done: Counter[str]) -> None:
        self.url = url
        self.source = source
        self.done = done
        transport = httpx2.AsyncHTTPTransport(local_address=source, verify=False)
        self.http = httpx2.AsyncClient(base_url=url, transport=transport, timeout=30)

    async def post(self, path: str, body: Any = None, token: str = "") -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await self.http.post(path, json=body, headers=headers)
        self.done[f"{path} {answer.status_code}"] += 1
        return answer

    async def chat(self) -> tuple[str, str]:
        """A chat and its token. Who made too many waits."""
        while True:
            answer = await self.post("/chats", {})
            if answer.status_code == 201:
                return answer.json()["chat_id"], answer.json()["token"]
            await asyncio.sleep(5)

    async def socket(self, token: str) -> ClientConnection:
        answer = await self.post("/tickets", {}, token)
        url = answer.json()["ws_url"]
        return await connect(url, local_addr=(self.source, 0), max_queue=None)

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.url.removeprefix("http://").split(":")
        return await asyncio.open_connection(host, int(port), local_addr=(self.source, 0))


async def repeats(me: Attacker) -> None:
    """One message, sent again and again under its name."""
    _, token = await me.chat()
    async with await me.socket(token) as socket:
        frame = json.dumps({"action": "message", "text": "hello", "client_id": "again"})
        while True:
            await socket.send(frame)
            me.done["repeat"] += 1
            await asyncio.sleep(PAUSE)


async def wrong_frames(me: Attacker) -> None:
    _, token = await me.chat()
    async with await me.socket(token) as socket:
        while True:
            await socket.send(random.choice(WRONG))
            await socket.send('{"action":"ping"}')
            me.done["wrong frame"] += 1
            await asyncio.sleep(PAUSE)


async def slow_handshakes(me: Attacker) -> None:
    """Half of a handshake, kept for as long as the server lets it be."""
    reader, writer = await me.raw()
    writer.write(b"GET /ws?ticket=x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nX-Sl")
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            await reader.read()
    me.done["slow handshake"] += 1
    writer.close()


async def big_bodies(me: Attacker) -> None:
    await me.http.post("/chats", content=b"x" * 2_000_000)
    me.done["big body"] += 1
    await me.http.get("/healthz", headers={"x": "y" * 60_000})
    me.done["big header"] += 1
    await asyncio.sleep(PAUSE * 10)


async def tickets(me: Attacker) -> None:
    """As many as there are, and none is used."""
    _, token = await me.chat()
    while True:
        await me.post("/tickets", {}, token)
        await asyncio.sleep(PAUSE)


async def budget_race(me: Attacker) -> None:
    """Many chats that ask at the same moment."""
    tokens = [(await me.chat())[1] for _ in range(5)]
    sockets = [await me.socket(token) for token in tokens]
    for _ in range(20):
        asking = json.dumps({"action": "message", "text": "tell me all " + secrets.token_hex(4)})
        await asyncio.gather(*(socket.send(asking) for socket in sockets))
        me.done["asked"] += len(sockets)
        await asyncio.sleep(2)
    for socket in sockets:
        await socket.close()


async def readers(me: Attacker) -> None:
    """Long tables, and all of the history again and again."""
    chat_id, token = await me.chat()
    headers = {"authorization": f"Bearer {token}"}
    async with await me.socket(token) as socket:
        for _ in range(25):
            await socket.send(json.dumps({"action": "message", "text": TABLE}))
            await asyncio.sleep(1)
        while True:
            await socket.send('{"action":"resume","after":0}')
            answer = await me.http.get("/history", params={"chat_id": chat_id}, headers=headers)
            me.done[f"history {answer.status_code}"] += 1
            await asyncio.sleep(PAUSE)


async def guesses(me: Attacker) -> None:
    """Tokens of managers, sign-ins and tickets that nobody gave."""
    guess = "sbm_" + secrets.token_urlsafe(32)
    await me.post("/manager/session", {"token": guess})
    await me.post("/tickets", {}, guess)
    await me.http.get("/manager/chats", headers={"authorization": f"Bearer {guess}"})
    me.done["guess"] += 1
    await asyncio.sleep(PAUSE)


async def never_reads(me: Attacker) -> None:
    """Asks, and lets the answers lie."""
    _, token = await me.chat()
    async with await me.socket(token) as socket:
        socket.transport.pause_reading()
        for _ in range(200):
            await socket.send('{"action":"resume","after":0}')
            me.done["unread"] += 1
            await asyncio.sleep(PAUSE)
        await asyncio.sleep(30)


ATTACKS: tuple[Attack, ...] = (
    repeats,
    wrong_frames,
    slow_handshakes,
    big_bodies,
    tickets,
    budget_race,
    readers,
    guesses,
    never_reads,
)


async def forever(attack: Attack, url: str, done: Counter[str], first: int) -> None:
    """The same again, from the next address, whatever the server does about it."""
    n = first
    while True:
        me = Attacker(url, f"127.0.1.{1 + n % ADDRESSES}", done)
        with suppress(OSError, TimeoutError, WebSocketException, httpx2.HTTPError, KeyError):
            async with asyncio.timeout(300):
                await attack(me)
        await me.http.aclose()
        n += 7
        await asyncio.sleep(0.2)


async def everybody(url: str) -> None:
    done: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        for place, attack in enumerate(ATTACKS * AT_ONCE):
            group.create_task(forever(attack, url, done, place * 3))
        while True:
            await asyncio.sleep(60)
            print(dict(done), flush=True)


if __name__ == "__main__":
    asyncio.run(everybody(sys.argv[1]))
