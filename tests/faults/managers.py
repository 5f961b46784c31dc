"""The managers of a run, who write, note, change, assign and hand back, and what they see."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.faults.door import ANSWER_SECONDS, Door
from tests.faults.history import History

Frame = dict[str, Any]

AGAIN_SECONDS = 0.1
PING_SECONDS = 1.0
# They change one of so many of their last messages: so some of these are old.
REMEMBERED = 8
# A desk is a team that gives its chats to nobody. Each manager has some of their own.
DESKS = 3
# The team that gives its chats to its people, who only look, and how many each of them can have.
BALANCED, CAPACITY = "balanced", 2
HELPERS = ("helper0", "helper1")
# The manager of open mode.
OPEN = "manager"


class Manager:
    """Each call is repeated until it is answered. `people`: the ids of all managers."""

    def __init__(
        self,
        name: str,
        chats: Sequence[str],
        door: Door,
        history: History,
        seed: int,
        people: Sequence[str] = (OPEN,),
    ) -> None:
        self.name = name
        self.working = True
        self._chats = chats
        self._door = door
        self._history = history
        self._people = people
        self._id = name if name in people else OPEN
        self._random = random.Random(seed)
        self._said = 0
        self._own: deque[tuple[str, Frame]] = deque(maxlen=REMEMBERED)
        self._desks = dict.fromkeys(chats, 0)

    async def live(self) -> None:
        """Work until `working` ends, and then finish what was begun."""
        console = Console(self.name, self._door, self._history)
        looking = asyncio.create_task(console.live())
        try:
            async with self._door.client(self.name) as http:
                await self._furnish(http)
                while self.working:
                    await asyncio.sleep(self._random.uniform(0.1, 0.8))
                    chat = self._random.choice(self._chats)
                    await self._write(http, chat)
                    acts = (self._note, self._change, self._assign, self._pass)
                    for act in self._random.sample(acts, 3):
                        await act(http)
                    await asyncio.sleep(self._random.uniform(0.05, 0.5))
                    await self._hand_back(http, chat)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def hand_all_back(self) -> None:
        """All chats are the assistant's again."""
        async with self._door.client(self.name) as http:
            await asyncio.gather(*(self._hand_back(http, chat) for chat in self._chats))

    async def read_notes(self) -> None:
        """What this manager would see of each chat's notes now, the oldest first."""
        async with self._door.client(self.name) as http:
            for chat in self._chats:
                found: list[Frame] = []
                path, cursor = f"manager/chats/{chat}/notes?limit=100", ""
                while page := await self._until_answered(http, "GET", path + cursor):
                    found += page["notes"]
                    if "next_cursor" not in page:
                        break
                    cursor = f"&cursor={page['next_cursor']}"
                self._history.notes[self.name, chat] = found[::-1]

    async def read_history(self) -> None:
        """What `GET /history` says of each chat now."""
        async with self._door.client(self.name) as http:
            for chat in self._chats:
                found: dict[int, Frame] = {}
                more = True
                while more:
                    path = f"history?chat_id={chat}&after={max(found, default=0)}"
                    page = await self._until_answered(http, "GET", path)
                    found |= {m["seq"]: m for m in page["messages"]} if page else {}
                    more = bool(page and page["has_more"])
                self._history.views[f"history of {self.name}", chat] = found

    async def _furnish(self, http: httpx2.AsyncClient) -> None:
        """The teams that one assigns to. A repeat changes nothing."""
        helpers = () if self._id == OPEN else HELPERS
        members = [{"id": one, "capacity": CAPACITY} for one in helpers]
        teams = {BALANCED: members} | {self._desk(n): [] for n in range(DESKS)}
        for team, who in teams.items():
            how = "balanced" if team == BALANCED else "manual"
            body = {"site": "default", "name": team, "assignment": how, "members": who}
            await self._until_answered(http, "PUT", f"manager/teams/{team}", body)

    def _desk(self, n: int) -> str:
        return f"desk-{self.name}-{n % DESKS}"

    async def _write(self, http: httpx2.AsyncClient, chat: str) -> None:
        self._said += 1
        name = f"{self.name}-{self._said}"
        body = {"chat_id": chat, "text": f"{name} is here", "client_id": name}
        answer = await self._until_answered(http, "POST", "manager/send", body)
        if answer is not None:
            self._say("acked", chat, client_id=name, seq=answer["seq"], id=answer["id"])
            self._own.append((chat, answer))

    async def _note(self, http: httpx2.AsyncClient) -> None:
        chat = self._random.choice(self._chats)
        self._said += 1
        name = f"{self.name}-{self._said}"
        body = {"text": f"{name} notes for the team", "client_id": name}
        note = await self._until_answered(http, "POST", f"manager/chats/{chat}/notes", body)
        if note is not None:
            self._say("noted", chat, client_id=name, id=note["id"])

    async def _change(self, http: httpx2.AsyncClient) -> None:
        """Edit one of one's last messages, or delete it. What comes late changes nothing more: an
        edit names the `rev` that it is of."""
        if not self._own:
            return
        at = self._random.randrange(len(self._own))
        chat, message = self._own[at]
        path = f"manager/chats/{chat}/messages/{message['seq']}"
        erases = self._random.random() < 0.25
        body = {"text": f"{message['text']}, and more", "rev": message["rev"]}
        method, given = ("DELETE", None) if erases else ("PATCH", body)
        changed = await self._until_answered(http, method, path, given)
        if changed is None or erases:
            del self._own[at]
        else:
            self._own[at] = chat, changed
        if changed is not None:
            kept = {name: changed[name] for name in ("seq", "text", "rev", "state")}
            self._say("changed", chat, **kept)

    async def _assign(self, http: httpx2.AsyncClient) -> None:
        """To oneself or to a colleague, at the next of one's desks: so it is never so already."""
        chat = self._random.choice(self._chats)
        self._desks[chat] += 1
        body = {
            "assignee": self._random.choice(self._people),
            "team": self._desk(self._desks[chat]),
        }
        if await self._until_answered(http, "POST", f"manager/chats/{chat}/assignment", body):
            self._say("assigned", chat, by=self._id, **body)

    async def _pass(self, http: httpx2.AsyncClient) -> None:
        """Two chats at once, to whoever of the team has a place for them."""
        body = {"assignee": None, "team": BALANCED}
        chats = self._random.sample(self._chats, 2)
        paths = [f"manager/chats/{chat}/assignment" for chat in chats]
        await asyncio.gather(*(self._until_answered(http, "POST", path, body) for path in paths))

    async def _hand_back(self, http: httpx2.AsyncClient, chat: str) -> None:
        path = f"manager/chats/{chat}/owner"
        await self._until_answered(http, "POST", path, {"owner": "assistant"})

    async def _until_answered(
        self, http: httpx2.AsyncClient, method: str, path: str, body: Frame | None = None
    ) -> Frame | None:
        """The answer. None: there is nothing of that name, or it was refused, which is noted."""
        while True:
            with suppress(httpx2.HTTPError, OSError):
                address = f"http://{self._door.node()}/{path}"
                answer = await http.request(method, address, json=body)
                if answer.is_success:
                    return dict(answer.json())
                if answer.status_code == 404:
                    return None
                if 400 <= answer.status_code < 500:
                    self._say("refused", path=path, method=method, answer=answer.text)
                    return None
            await asyncio.sleep(AGAIN_SECONDS)

    def _say(self, what: str, chat: str = "", **fields: Any) -> None:
        self._history.note(self.name, what, chat, **fields)


class Console:
    """A manager's socket. While one is open, its manager is there."""

    def __init__(self, name: str, door: Door, history: History) -> None:
        self._name = name
        self._door = door
        self._history = history
        self._socket = 0

    async def live(self) -> None:
        """Look, and connect again, until cancelled."""
        async with self._door.client(self._name) as http:
            while True:
                with suppress(OSError, TimeoutError, WebSocketException, httpx2.HTTPError):
                    async with asyncio.timeout(ANSWER_SECONDS):
                        socket = await self._door.socket(http, "/manager/ws")
                    self._socket += 1
                    await self._look(socket)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _look(self, socket: ClientConnection) -> None:
        """Until the socket ends, or a ping is not answered."""
        self._say("looks")
        asked: float | None = None
        now = asyncio.get_running_loop().time
        try:
            while asked is None or now() - asked < ANSWER_SECONDS:
                if asked is None:
                    await socket.send('{"action": "ping"}')
                    asked = now()
                with suppress(TimeoutError):
                    async with asyncio.timeout(PING_SECONDS):
                        while True:
                            frame = json.loads(await socket.recv() or "{}")
                            if frame.get("type") == "pong":
                                asked = None
                            elif frame.get("type") == "note":
                                self._say("note", frame["chat_id"], id=frame["id"])
        finally:
            self._say("looked")
            socket.transport.abort()

    def _say(self, what: str, chat: str = "", **fields: Any) -> None:
        self._history.note(self._name, what, chat, self._socket, **fields)
