"""Visitors and managers of a run, who reconnect, resume and repeat as the protocol asks."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.history import History
from tests.faults.view import View

Frame = dict[str, Any]
Node = Callable[[], str]

ANSWER_SECONDS = 2.5
AGAIN_SECONDS = 0.1
GAP_SECONDS = 1.0
STALE_SECONDS = 4.0


class Visitor:
    """One tab of a visitor. `node` gives the address of a node to connect to."""

    def __init__(self, name: str, chat: str, node: Node, history: History, seed: int) -> None:
        self.name = name
        self.chat = chat
        self.view = View()
        self._node = node
        self._history = history
        self._random = random.Random(seed)
        self._socket = 0
        self._said = 0
        self.unsent: list[tuple[str, str]] = []
        self._news = asyncio.Event()
        self.talking = True
        self.looked = False
        self._look = False

    def look_again(self) -> None:
        """Resume once more; `looked` says that it was done."""
        self._look = True

    async def live(self) -> None:
        """Connect, talk, and connect again, until cancelled."""
        while True:
            with suppress(OSError, TimeoutError, WebSocketException):
                async with asyncio.timeout(ANSWER_SECONDS):
                    address = f"ws://{self._node()}/ws?chat_id={self.chat}"
                    socket = await connect(address, ping_interval=None, close_timeout=0.1)
                self._socket += 1
                await self._talk(socket)
            await asyncio.sleep(AGAIN_SECONDS * (0.5 + self._random.random()))

    async def _talk(self, socket: ClientConnection) -> None:
        reading = asyncio.create_task(self._read(socket))
        try:
            # Some clients repeat themselves before they look what they missed.
            if self.unsent and self._random.random() < 0.5:
                await self._say(socket)
            await self._resume(socket)
            self._note("up")
            while not reading.done():
                if self.unsent or (self.talking and self._random.random() < 0.25):
                    await self._say(socket)
                elif self._random.random() < 0.1:
                    await self._asked(socket, {"action": "ping"}, lambda: self._ponged)
                elif self._gap() or (self._look and not self.looked):
                    await self._resume(socket)
                    self.looked = self._look
                await asyncio.sleep(self._random.uniform(0.02, 0.2))
        finally:
            self._note("down")
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            socket.transport.abort()

    def _gap(self) -> bool:
        since = self.view.gap_since
        bubble = self.view.bubble
        now = asyncio.get_running_loop().time()
        stale = bubble is not None and now - bubble.at > STALE_SECONDS
        if stale:
            self._note("stale")
        return stale or (since is not None and now - since > GAP_SECONDS)

    async def _resume(self, socket: ClientConnection) -> None:
        self._more = True
        while self._more:
            self._ready = False
            after = self.view.after
            await self._asked(socket, {"action": "resume", "after": after}, lambda: self._ready)

    async def _say(self, socket: ClientConnection) -> None:
        if not self.unsent:
            self._said += 1
            text = f"{self.name} says {self._said}"
            self.unsent.append((f"{self.name}-{self._said}", text))
            self._note("sent", client_id=self.unsent[0][0], text=text)
        name, text = self.unsent[0]
        frame = {"action": "message", "text": text, "client_id": name}
        await self._asked(socket, frame, lambda: not self.unsent or self._refused)

    async def _asked(
        self, socket: ClientConnection, frame: Frame, answered: Callable[[], bool]
    ) -> None:
        """Send and wait for what answers it. Raises TimeoutError: the socket is as good as dead."""
        self._ponged = self._refused = False
        await socket.send(json.dumps(frame))
        async with asyncio.timeout(ANSWER_SECONDS):
            while not answered():
                self._news.clear()
                await self._news.wait()

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException):
            async for raw in socket:
                if raw:
                    self._take(json.loads(raw))
                self._news.set()
        self._news.set()

    def _take(self, frame: Frame) -> None:
        now = asyncio.get_running_loop().time()
        if frame.get("chat_id", self.chat) != self.chat:
            self._note("leaked", frame=frame)
        match frame.get("type"):
            case "message":
                self._note("message", seq=frame["seq"], id=frame["id"])
                self._have(frame, now)
            case "delta":
                self._note("delta", **{k: frame[k] for k in ("reply_to", "try", "offset", "text")})
                self.view.delta(frame, now)
            case "ready":
                self._caught_up(frame, now)
            case "pong" | "error" as kind:
                self._ponged, self._refused = kind == "pong", kind == "error"

    def _caught_up(self, ready: Frame, now: float) -> None:
        self._more, self._ready = ready["has_more"], True
        for message in ready["messages"]:
            if message["seq"] > self.view.after:
                self._note("had", seq=message["seq"], id=message["id"])
            self._have(message, now)
        if not ready["has_more"]:
            self.view.ready(ready.get("draft"), now)

    def _have(self, message: Frame, now: float) -> None:
        self.view.apply(message, now)
        if self.unsent and message.get("client_id") == self.unsent[0][0]:
            name, _ = self.unsent.pop()
            self._note("acked", client_id=name, seq=message["seq"], id=message["id"])

    def _note(self, what: str, **fields: Any) -> None:
        self._history.note(self.name, what, self.chat, self._socket, **fields)


class Manager:
    """Takes chats over, writes in them and hands them back, each call until it is answered."""

    def __init__(
        self, name: str, chats: list[str], node: Node, history: History, seed: int
    ) -> None:
        self.name = name
        self._chats = chats
        self._node = node
        self._history = history
        self._random = random.Random(seed)
        self._said = 0

    async def live(self) -> None:
        async with httpx2.AsyncClient(timeout=ANSWER_SECONDS, verify=False) as http:
            while True:
                await asyncio.sleep(self._random.uniform(0.1, 0.8))
                chat = self._random.choice(self._chats)
                await self._write(http, chat)
                await asyncio.sleep(self._random.uniform(0.05, 0.5))
                await self.hand_back(http, chat)

    async def _write(self, http: httpx2.AsyncClient, chat: str) -> None:
        self._said += 1
        name = f"{self.name}-{self._said}"
        body = {"chat_id": chat, "text": f"{name} is here", "client_id": name}
        answer = await self._until_answered(http, "manager/send", body)
        if answer is not None:
            self._history.note(
                self.name, "acked", chat, client_id=name, seq=answer["seq"], id=answer["id"]
            )

    async def hand_back(self, http: httpx2.AsyncClient, chat: str) -> None:
        """The assistant's again."""
        await self._until_answered(http, f"manager/chats/{chat}/owner", {"owner": "assistant"})

    async def _until_answered(
        self, http: httpx2.AsyncClient, path: str, body: Frame
    ) -> Frame | None:
        while True:
            with suppress(httpx2.HTTPError, OSError):
                answer = await http.post(f"http://{self._node()}/{path}", json=body)
                if answer.status_code == 404:
                    return None
                if answer.is_success:
                    return dict(answer.json())
            await asyncio.sleep(AGAIN_SECONDS)
