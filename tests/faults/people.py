"""Visitors of a run, who come and go, and reconnect, resume and repeat as the protocol asks."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.faults.door import ANSWER_SECONDS, Door
from tests.faults.history import History
from tests.faults.view import View

Frame = dict[str, Any]

AGAIN_SECONDS = 0.1
GAP_SECONDS = 1.0
STALE_SECONDS = 4.0
# How often somebody leaves instead of doing something else, and how long they are away at most.
LEAVES, AWAY_SECONDS = 0.02, 1.5
# What no visitor may ever hear of.
OF_THE_TEAM = frozenset(
    {"assignee", "team", "tags", "snoozed", "contact", "mentions", "priority", "unread", "cycle"}
)
TEAMS_FRAMES = frozenset(
    {"note", "mentions", "assigned", "viewing", "peeked", "read", "notices", "access", "budget"}
)


class Visitor:
    """One tab of a visitor."""

    def __init__(self, name: str, chat: str, door: Door, history: History, seed: int) -> None:
        self.name = name
        self.chat = chat
        self.view = View()
        self._door = door
        self._history = history
        self._random = random.Random(seed)
        self._socket = 0
        self._said = 0
        self._away = 0.0
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
        async with self._door.client(self.chat) as http:
            while True:
                with suppress(OSError, TimeoutError, WebSocketException, httpx2.HTTPError):
                    async with asyncio.timeout(ANSWER_SECONDS):
                        socket = await self._door.socket(http, f"/ws?chat_id={self.chat}")
                    self._socket += 1
                    await self._talk(socket)
                away, self._away = self._away, 0.0
                await asyncio.sleep(away + AGAIN_SECONDS * (0.5 + self._random.random()))

    async def _talk(self, socket: ClientConnection) -> None:
        reading = asyncio.create_task(self._read(socket))
        try:
            # Some clients repeat themselves before they look what they missed.
            if self.unsent and self._random.random() < 0.5:
                await self._say(socket)
            await self._resume(socket)
            self._note("up")
            while not reading.done():
                if self.talking and self._random.random() < LEAVES:
                    self._away = self._random.uniform(0, AWAY_SECONDS)
                    break
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
        since = self.view.gap_since or self.view.missing_since
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
            frame = {"action": "resume", "after": self.view.after, "changed": self.view.change}
            await self._asked(socket, frame, lambda: self._ready)

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
        if frame.get("chat_id", self.chat) != self.chat or is_of_the_team(frame):
            self._note("leaked", frame=frame)
        match frame.get("type"):
            case "message":
                # A change is pushed under the same `seq`, and must not stand in for a lost push.
                what = "message" if "change" not in frame else "edit"
                self._note(what, seq=frame["seq"], id=frame["id"])
                self._have(frame, now)
                self.view.pushed(frame, now)
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
        self.view.knows_changes(ready.get("change", 0), now)
        if not ready["has_more"]:
            self.view.ready(ready.get("draft"), now)

    def _have(self, message: Frame, now: float) -> None:
        self.view.apply(message, now)
        if self.unsent and message.get("client_id") == self.unsent[0][0]:
            name, _ = self.unsent.pop()
            self._note("acked", client_id=name, seq=message["seq"], id=message["id"])

    def _note(self, what: str, **fields: Any) -> None:
        self._history.note(self.name, what, self.chat, self._socket, **fields)


def is_of_the_team(frame: Frame) -> bool:
    """Whether a visitor's frame holds what is for the team."""
    return frame.get("type") in TEAMS_FRAMES or any(
        OF_THE_TEAM & one.keys() for one in (frame, frame.get("chat", {}))
    )
