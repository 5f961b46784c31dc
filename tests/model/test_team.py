"""The team around one chat as a state machine, against the started program, from outside.

Managers of the chat's site write, edit, delete, note, tag, assign, put off, close, do several
things at once and take them back, while the visitor and a console come and go. A manager of
another site tries the same. What is only for the team has the word `SECRET` in it.
"""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.store import database
from tests.access.people import signed
from tests.access.test_site_matrix import agent
from tests.client import PATIENCE, Client, Frame
from tests.openai_server import OpenAIServer
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import manager_token

STEPS = 20
SECRET = "tulip"
ANNA, CARL, BEN, BOSS = "anna", "carl", "ben", "boss"
# Nobody of this name ever writes to a visitor: so it is the team's alone.
HELPER, TEAM = f"{SECRET}a", f"{SECRET}-team"
TAGS = tuple(f"{SECRET}-{n}" for n in range(3))
# What takes a change back may come so late on a busy machine that it is refused.
UNDO_SECONDS = 7.0
UNLIMITED = {
    name: "0"
    for name in (
        "MESSAGES_PER_MINUTE", "READS_PER_MINUTE", "BYTES_PER_CHAT", "CHATS_PER_HOUR",
        "SOCKETS_PER_CHAT", "SOCKETS_PER_ADDRESS", "TOKENS_PER_DAY", "TOKENS_PER_CHAT",
        "QUIET_SECONDS",
    )
}  # fmt: skip
FOR_VISITORS = {
    "message", "delta", "chat", "ready", "availability", "typing", "seen", "pong", "empty"
}  # fmt: skip
OF_THE_TEAM = {
    "assignee", "team", "snoozed", "unsnoozed_at", "tags", "unread", "read", "contact", "site",
    "active_at", "mentions", "notes",
}  # fmt: skip
T = TypeVar("T")
numbers = itertools.count()
MANAGERS = st.sampled_from([ANNA, CARL])
ASSIGNMENTS = st.sampled_from(
    [{"assignee": HELPER}, {"assignee": ANNA}, {"team": TEAM}, {"assignee": None}, {"team": None}]
)


@dataclass
class View:
    """What a client has, which keeps the protocol's rules and no others."""

    messages: dict[int, Frame] = field(default_factory=dict)
    changed: int = 0

    @property
    def after(self) -> int:
        return next(n for n in itertools.count() if n + 1 not in self.messages)

    def pushed(self, message: Frame) -> None:
        self._have(message)
        if message.get("change") == self.changed + 1:
            self.changed += 1

    def page(self, page: Frame) -> None:
        """A `ready`, or a page of `GET /history`: what changed, then what is new."""
        after = self.after
        new = [m["seq"] for m in page["messages"] if m["seq"] > after]
        assert new == list(range(after + 1, after + 1 + len(new))), "I2: in order, without a gap"
        changes = [m["change"] for m in page["messages"] if m["seq"] <= after]
        assert changes == sorted(changes), "changes come in their order"
        for message in page["messages"]:
            self._have(message)
        self.changed = page["change"]

    def _have(self, message: Frame) -> None:
        known = self.messages.get(message["seq"])
        assert known is None or known["id"] == message["id"], "I1: a seq names one message"
        if known is None or message["rev"] > known["rev"]:
            self.messages[message["seq"]] = message

    def shown(self) -> list[tuple[int, str, int, str]]:
        return said(self.messages[seq] for seq in sorted(self.messages))


def said(messages: Any) -> list[tuple[int, str, int, str]]:
    """What everybody has to agree on."""
    return [(m["seq"], m["text"], m["rev"], m["state"]) for m in messages]


@dataclass
class Said:
    """A message as its writer knows it."""

    author: str
    text: str
    rev: int = 1
    state: str = "final"


@dataclass
class Note:
    id: str
    author: str
    text: str
    deleted: bool = False


@dataclass
class Undo:
    """A change that can be taken back: to `before`, while all is as in `after`."""

    id: str
    who: str
    before: dict[str, Any]
    after: dict[str, Any]
    acts: int
    at: float
    done: bool = False


@dataclass
class Shop:
    """The started program, and the people's tokens."""

    server: Server
    openai: OpenAIServer
    http: httpx2.AsyncClient
    tokens: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)

    async def ask(self, who: str, method: str, path: str, body: Any = None) -> httpx2.Response:
        """`who`: a manager, or a visitor's token."""
        head = {"authorization": f"Bearer {self.tokens.get(who, who)}"} if who else {}
        return await self.http.request(method, path, json=body, headers=head)

    async def got(self, who: str, method: str, path: str, body: Any = None) -> Any:
        answer = await self.ask(who, method, path, body)
        assert answer.is_success, f"{method} {path} {body}: {answer.text}"
        return answer.json() if answer.content else None

    async def socket(self, who: str) -> Client:
        url = (await self.got(who, "POST", "/tickets", {}))["ws_url"]
        return await Client(self.server, url.removeprefix(self.server.socket_url(""))).__aenter__()


class Team(RuleBasedStateMachine):
    """One chat of a shop, its visitor, a console, and whoever acts."""

    run: asyncio.Runner
    shop: Shop

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[int, Said] = {}
        self.notes: list[Note] = []
        self.tags: set[str] = set()
        self.undos: list[Undo] = []
        # How many acts may have changed what can be taken back.
        self.acts = 0
        self.view, self.seen_frames = View(), 0
        self.console_view, self.console_frames, self.since = View(), 0, ""
        self.visitor: Client | None = None
        self.console: Client | None = None
        self.wait(self._begin())

    def wait(self, step: Coroutine[Any, Any, T]) -> T:
        return self.run.run(step)

    async def _begin(self) -> None:
        self.shop.openai.reset()
        made = await self.shop.got("", "POST", "/chats", {"site": "site_shop"})
        self.chat, self.token = made["chat_id"], made["token"]
        self.stranger = await self.shop.socket(BEN)
        await self._say()
        await self._write(ANNA)

    # The visitor

    async def _connected(self) -> Client:
        if self.visitor is None:
            self.visitor, self.seen_frames = await self.shop.socket(self.token), 0
            await self._resume(self.visitor)
        return self.visitor

    async def _resume(self, visitor: Client) -> None:
        more = True
        while more:
            self._take()
            since = len(visitor.frames)
            await visitor.send("resume", after=self.view.after, changed=self.view.changed)
            ready = await visitor.wait(lambda f: f["type"] == "ready", since=since)
            self._take()
            more = ready["has_more"]

    def _take(self) -> None:
        """Look at all that came on the visitor's socket."""
        assert self.visitor is not None
        frames = self.visitor.frames[self.seen_frames :]
        self.seen_frames += len(frames)
        for frame in frames:
            assert SECRET not in json.dumps(frame).lower(), f"I14: {frame}"
            assert frame["type"] in FOR_VISITORS, f"I14: {frame}"
            summary = frame.get("chat") if frame["type"] == "ready" else frame
            if frame["type"] in ("chat", "ready"):
                assert summary is not None and not OF_THE_TEAM & summary.keys(), f"I14: {frame}"
            if frame["type"] == "ready":
                self.view.page(frame)
            elif frame["type"] == "message":
                self.view.pushed(frame)

    async def _say(self) -> None:
        visitor, text = await self._connected(), f"question {next(numbers)}"
        sent = await visitor.say(text)
        assert sent["type"] == "message", sent
        self.said[sent["seq"]] = Said("", text)
        self.acts += 1
        await self._state()

    @rule()
    def say(self) -> None:
        self.wait(self._say())

    @precondition(lambda self: self.visitor)
    @rule()
    def leave(self) -> None:
        async def left() -> None:
            assert self.visitor is not None
            await self.visitor.send("ping")
            await self.visitor.wait(lambda f: f["type"] == "pong")
            self._take()
            await self.visitor.__aexit__(None, None, None)
            self.visitor = None

        self.wait(left())

    @precondition(lambda self: not self.visitor)
    @rule()
    def come_back(self) -> None:
        async def back() -> None:
            await self._connected()
            assert self.view.shown() == said(await self._history(self.token)), (
                "who was away has all"
            )

        self.wait(back())

    # A console of Carl's

    async def _console_resumes(self) -> None:
        if self.console is None:
            self.console, self.console_frames = await self.shop.socket(CARL), 0
        since = len(self.console.frames)
        await self.console.send("resume", **({"since": self.since} if self.since else {}))
        ready = await self.console.wait(lambda f: f["type"] == "ready", since=since)
        self.since = ready["now"]
        self._console_takes()
        more = True
        while more:
            view = self.console_view
            query = f"chat_id={self.chat}&after={view.after}&changed={view.changed}"
            page = await self.shop.got(CARL, "GET", f"/history?{query}")
            view.page(page)
            more = page["has_more"]

    def _console_takes(self) -> None:
        assert self.console is not None
        frames = self.console.frames[self.console_frames :]
        self.console_frames += len(frames)
        for frame in frames:
            if frame["type"] == "message" and frame["chat_id"] == self.chat:
                self.console_view.pushed(frame)

    @rule()
    def console_comes(self) -> None:
        self.wait(self._console_resumes())
        assert self.console_view.shown() == said(self.wait(self._history(CARL)))

    @precondition(lambda self: self.console)
    @rule()
    def console_goes(self) -> None:
        assert self.console is not None
        self._console_takes()
        self.wait(self.console.__aexit__(None, None, None))
        self.console = None

    # What managers write

    @rule(who=MANAGERS, again=st.booleans())
    def write(self, who: str, again: bool) -> None:
        self.wait(self._write(who, again))

    async def _write(self, who: str, again: bool = False) -> None:
        name = f"m{next(numbers)}"
        body = {"chat_id": self.chat, "text": f"answer {name}", "client_id": name}
        sent = await self.shop.got(who, "POST", "/manager/send", body)
        self.said[sent["seq"]] = Said(who, body["text"])
        self.acts += 1
        if again:
            same = await self.shop.got(who, "POST", "/manager/send", {**body, "text": "other"})
            assert (same["seq"], same["id"]) == (sent["seq"], sent["id"]), "I3"

    def written(self) -> list[int]:
        return sorted(seq for seq, one in self.said.items() if one.author)

    @precondition(lambda self: self.written())
    @rule(own=st.integers(0, 4), edits=st.integers(0, 3), stale=st.booleans(), data=st.data())
    def change(self, own: int, edits: int, stale: bool, data: st.DataObject) -> None:
        """Edit or delete a message, mostly one's own. `stale`: with the `rev` before."""
        seq = data.draw(st.sampled_from(self.written()))
        one, text = self.said[seq], f"better {next(numbers)}"
        who = one.author if own else {ANNA: CARL, CARL: ANNA}[one.author]
        path = f"/manager/chats/{self.chat}/messages/{seq}"
        if not edits:
            answer = self.wait(self.shop.ask(who, "DELETE", path))
        else:
            seen = {"rev": one.rev - 1} if stale and one.rev > 1 else {}
            answer = self.wait(self.shop.ask(who, "PATCH", path, {"text": text, **seen}))
            stale = bool(seen)
        if who != one.author:
            assert answer.status_code == 403
        elif one.state == "erased":
            assert answer.status_code == (409 if edits else 200)
        elif not edits:
            assert answer.is_success
            one.text, one.state, one.rev = "", "erased", one.rev + 1
        elif stale:
            assert answer.json()["code"] == "conflict"
        else:
            assert answer.is_success
            one.text, one.rev = text, one.rev + 1

    @rule(who=MANAGERS, named=st.sampled_from([ANNA, CARL, BEN, ""]), again=st.booleans())
    def note(self, who: str, named: str, again: bool) -> None:
        name = f"n{next(numbers)}"
        text = f"{SECRET} {name}" + (f" @[{named}]" if named else "")
        path = f"/manager/chats/{self.chat}/notes"
        body = {"text": text, "client_id": name}
        note = self.wait(self.shop.got(who, "POST", path, body))
        self.notes.append(Note(note["id"], who, text))
        assert bool(note["mentions"]) == (named in (ANNA, CARL))
        if again:
            assert self.wait(self.shop.got(who, "POST", path, body))["id"] == note["id"]

    @precondition(lambda self: self.notes)
    @rule(who=MANAGERS, data=st.data())
    def delete_note(self, who: str, data: st.DataObject) -> None:
        note = data.draw(st.sampled_from(self.notes))
        path = f"/manager/chats/{self.chat}/notes/{note.id}"
        answer = self.wait(self.shop.ask(who, "DELETE", path))
        assert answer.is_success == (who == note.author)
        if who == note.author:
            note.deleted, note.text = True, ""

    @rule(who=MANAGERS)
    def read(self, who: str) -> None:
        """Marks of one's own; the visitor sees no more than that the team has read."""
        self.wait(self.shop.ask(who, "POST", f"/manager/chats/{self.chat}/unread"))
        if self.console is not None:
            self.wait(self.console.send("seen", chat_id=self.chat, seq=max(self.said)))

    # What managers do with the chat

    async def _state(self) -> dict[str, Any]:
        """What can be taken back, once no answer is owed."""
        async with asyncio.timeout(PATIENCE):
            while True:
                path = f"/manager/chats?chat_id={self.chat}"
                [chat] = (await self.shop.got(ANNA, "GET", path))["chats"]
                if not chat["unanswered"]:
                    break
        return {
            "status": chat["status"],
            "snoozed": chat.get("snoozed"),
            "assignee": (chat.get("assignee") or {}).get("id"),
            "team": (chat.get("team") or {}).get("id"),
            "tags": {one["name"] for one in chat.get("tags") or ()},
            "last_seq": chat["last_seq"],
        }

    def state(self) -> dict[str, Any]:
        return self.wait(self._state())

    def act(self, who: str, path: str, body: Any, method: str = "POST") -> bool:
        """Do something with the chat. False: it is not possible now, and nothing has changed."""
        before = self.state()
        answer = self.wait(self.shop.ask(who, method, f"/manager/chats/{self.chat}/{path}", body))
        self.acts += 1
        if answer.status_code == 409:
            assert self.state() == before, "what is refused changes nothing"
        else:
            assert answer.is_success, answer.text
        return bool(answer.is_success)

    @rule(who=MANAGERS, to=ASSIGNMENTS)
    def assign(self, who: str, to: dict[str, str | None]) -> None:
        assert self.act(who, "assignment", to)
        assert to.items() <= self.state().items()

    @rule(who=MANAGERS, name=st.sampled_from(TAGS), adds=st.booleans())
    def tag(self, who: str, name: str, adds: bool) -> None:
        body = {"add": [name]} if adds else {"remove": [self.shop.tags[name]]}
        assert self.act(who, "tags", body)
        self.tags = self.tags | {name} if adds else self.tags - {name}

    @rule(who=MANAGERS, back=st.booleans())
    def snooze(self, who: str, back: bool) -> None:
        if back:
            assert self.act(who, "snooze", None, "DELETE")
        elif not self.act(who, "snooze", {"until": in_an_hour()}):
            assert self.state()["status"] == "closed"
            return
        assert bool(self.state()["snoozed"]) != back

    @rule(who=MANAGERS, status=st.sampled_from(["open", "closed"]))
    def set_status(self, who: str, status: str) -> None:
        assert self.act(who, "status", {"status": status})
        assert self.state()["status"] == status

    @rule(who=MANAGERS, owner=st.sampled_from(["assistant", "manager"]))
    def set_owner(self, who: str, owner: str) -> None:
        self.act(who, "owner", {"owner": owner})

    # Several at once, and back

    @rule(who=MANAGERS, data=st.data())
    def bulk(self, who: str, data: st.DataObject) -> None:
        body: dict[str, Any] = data.draw(
            st.sampled_from(
                [
                    {"act": "close"}, {"act": "close"}, {"act": "reopen"},
                    {"act": "snooze", "until": in_an_hour()}, {"act": "unsnooze"},
                    {"act": "assign", "assignee": HELPER}, {"act": "assign", "team": TEAM},
                    {"act": "tag", "add": [TAGS[0]], "remove": [TAGS[1]]},
                ]
            )
        )  # fmt: skip
        before, undo = self.state(), str(uuid.uuid4())
        body = {**body, "chat_ids": [self.chat], "undo_id": undo}
        [result] = self.wait(self.shop.got(who, "POST", "/manager/chats/bulk", body))["results"]
        self.acts += 1
        after = self.state()
        if result["result"] == "done":
            self._can_be_undone(undo, who, before, after)
            assert self.wait(self.shop.got(who, "POST", "/manager/chats/bulk", body))
        assert self.state() == after, "a repeat changes nothing"
        if result["result"] != "done":
            assert after == before
        self.tags = after["tags"]

    @rule(
        who=MANAGERS,
        speaks=st.booleans(),
        tag=st.sampled_from(TAGS),
        step=st.sampled_from([{"closes": True}, {"snooze": {}}, {"assign": {"team": TEAM}}]),
    )
    def macro(self, who: str, speaks: bool, tag: str, step: dict[str, Any]) -> None:
        name, undo, before = f"m{next(numbers)}", str(uuid.uuid4()), self.state()
        body = {**step, "tags": [self.shop.tags[tag]], "undo_id": undo}
        if "snooze" in step:
            body["snooze"] = {"until": in_an_hour()}
        if speaks:
            body |= {"text": f"macro {name}", "client_id": name}
        answer = self.wait(self.shop.ask(who, "POST", f"/manager/chats/{self.chat}/macro", body))
        self.acts += 1
        after = self.state()
        if answer.status_code == 409:
            assert after == before, "all of it, or nothing"
            return
        assert answer.is_success, answer.text
        self.tags |= {tag}
        if speaks:
            self.said[answer.json()["message"]["seq"]] = Said(who, f"macro {name}")
        if answer.json()["result"] == "done":
            # The message stays, and with it what it has changed.
            kept = {"tags": before["tags"]} if speaks else before
            self._can_be_undone(undo, who, kept, after)

    def _can_be_undone(
        self, undo: str, who: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        self.undos.append(Undo(undo, who, before, after, self.acts, time.monotonic()))

    @precondition(lambda self: self.undos)
    @rule(who=MANAGERS, last=st.booleans(), data=st.data())
    def undo(self, who: str, last: bool, data: st.DataObject) -> None:
        undo = self.undos[-1] if last else data.draw(st.sampled_from(self.undos))
        now = self.state()
        answer = self.wait(self.shop.ask(who, "POST", "/manager/chats/undo", {"undo_id": undo.id}))
        after = self.state()
        if who != undo.who:
            assert answer.status_code == 404 and after == now, "what is another's is not undone"
            return
        if answer.status_code == 404:
            # A macro of which only the message was new.
            assert undo.before.keys() == {"tags"} and after == now
            return
        [result] = answer.json()["results"]
        late = time.monotonic() - undo.at > UNDO_SECONDS
        self.acts += not undo.done
        if undo.done:
            assert result["result"] == "done" and after == now
        elif result["result"] == "refused":
            assert after == now, "what is refused changes nothing"
            untouched = self.acts == undo.acts + 1
            assert late or (result["code"] == "conflict" and not untouched), result
        else:
            closes = undo.after["status"] != undo.before.get("status", "")
            was = {**undo.after, "last_seq": now["last_seq"]} if not closes else undo.after
            assert now == was or undo.before.keys() == {"tags"}, "what others changed stays"
            assert now["tags"] == undo.after["tags"], "what others changed stays"
            wanted = {name: value for name, value in undo.before.items() if name != "last_seq"}
            assert wanted.items() <= after.items(), "all is as it was"
            undo.done = True
        self.tags = after["tags"]

    # A manager of another site

    @rule(data=st.data())
    def stranger_tries(self, data: st.DataObject) -> None:
        own = f"/manager/chats/{self.chat}"
        method, path, body = data.draw(
            st.sampled_from(
                [
                    ("POST", f"{own}/notes", {"text": "hello"}),
                    ("POST", "/manager/send", {"chat_id": self.chat, "text": "hello"}),
                    ("PATCH", f"{own}/messages/1", {"text": "hello"}),
                    ("DELETE", f"{own}/messages/1", None),
                    ("POST", f"{own}/assignment", {"assignee": BEN}),
                    ("POST", f"{own}/tags", {"add": ["mine"]}),
                    ("POST", f"{own}/snooze", {}),
                    ("POST", f"{own}/status", {"status": "closed"}),
                    ("POST", f"{own}/macro", {"closes": True}),
                    ("GET", f"{own}/notes", None),
                    ("GET", f"{own}/transcript?format=text", None),
                ]
            )
        )
        before = self.state()
        assert self.wait(self.shop.ask(BEN, method, path, body)).status_code == 404
        body = {"chat_ids": [self.chat], "act": "close"}
        [result] = self.wait(self.shop.got(BEN, "POST", "/manager/chats/bulk", body))["results"]
        assert (result["result"], result["code"]) == ("refused", "not_found")
        assert self.state() == before

    # What is always so

    async def _history(self, who: str) -> list[Frame]:
        page = await self.shop.got(who, "GET", f"/history?chat_id={self.chat}&limit=200")
        assert SECRET not in json.dumps(page).lower(), "I14"
        messages: list[Frame] = page["messages"]
        return messages

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        messages = self.wait(self._history(self.token))
        assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1)), "I2"
        stored = {m["seq"]: m for m in messages}
        for seq, one in self.said.items():
            found = stored[seq]
            assert (found["text"], found["rev"], found["state"]) == (one.text, one.rev, one.state)
        persons = {m["seq"] for m in messages if m["role"] != "assistant" and m["kind"] == "text"}
        assert persons == self.said.keys(), "what was acknowledged, and nothing else"

    @invariant()
    def nothing_of_the_team_reaches_the_visitor(self) -> None:
        if self.visitor is not None:
            self._take()

    def teardown(self) -> None:
        self.wait(self._end())

    async def _end(self) -> None:
        try:
            await self._state()
            await self._everybody_has_the_same()
            await self._the_team_has_its_own()
        finally:
            for client in (self.visitor, self.console, self.stranger):
                if client is not None:
                    await client.__aexit__(None, None, None)

    async def _everybody_has_the_same(self) -> None:
        visitor = await self._connected()
        await self._resume(visitor)
        await self._console_resumes()
        stored = said(await self._history(CARL))
        assert self.view.shown() == stored and self.console_view.shown() == stored
        path = f"/manager/chats/{self.chat}/transcript?format="
        for format in ("text", "html", "json"):
            file = await self.shop.ask(CARL, "GET", path + format)
            assert file.is_success and SECRET not in file.text.lower(), "I14"
        asked = json.dumps([one.body for one in self.shop.openai.requests]).lower()
        assert asked != "[]" and SECRET not in asked, "I14"

    async def _the_team_has_its_own(self) -> None:
        assert (await self._state())["tags"] == self.tags
        page = await self.shop.got(ANNA, "GET", f"/manager/chats/{self.chat}/notes?limit=50")
        found = [(n["id"], n["author"]["id"], n["text"]) for n in reversed(page["notes"])]
        assert found == [(n.id, n.author, n.text) for n in self.notes if not n.deleted]
        for who in (ANNA, CARL, BEN):
            page = await self.shop.got(who, "GET", "/manager/notes/mentions")
            named = {one["note"]["id"] for one in page["mentions"]}
            own = {n.id for n in self.notes if f"@[{who}]" in n.text and who not in (BEN, n.author)}
            assert {n.id for n in self.notes} & named == own
        await self.stranger.send("ping")
        await self.stranger.wait(lambda f: f["type"] == "pong")
        assert self.chat not in json.dumps(self.stranger.frames), "I14: another site's"


def in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


async def opened(server: Server, openai: OpenAIServer, stack: AsyncExitStack) -> Shop:
    pool = await database.open_pool(server.dsn, 2)
    for name in ("shop", "blog"):
        await add_site(pool, name)
    tokens = {name: await agent(pool, name, "shop") for name in (ANNA, CARL, HELPER)}
    tokens |= {
        BEN: await agent(pool, BEN, "blog"),
        BOSS: await manager_token(pool, BOSS, "admin"),
    }
    await database.close_pool(pool)
    http = httpx2.AsyncClient(base_url=server.url, timeout=PATIENCE, verify=False)
    shop = Shop(server, openai, await stack.enter_async_context(http), tokens)
    team = {
        "site": "shop", "name": TEAM, "assignment": "manual", "takes_new": False,
        "members": [{"id": HELPER, "capacity": 5}],
    }  # fmt: skip
    await shop.got(BOSS, "PUT", f"/manager/teams/{TEAM}", team)
    made = await shop.got("", "POST", "/chats", {"site": "site_shop"})
    visitor = await shop.socket(made["token"])
    await visitor.say("hello")
    await visitor.__aexit__(None, None, None)
    chat = f"/manager/chats/{made['chat_id']}"
    await shop.got(ANNA, "POST", f"{chat}/tags", {"add": list(TAGS)})
    found = (await shop.got(ANNA, "GET", "/manager/tags"))["tags"]
    shop.tags = {one["name"]: one["id"] for one in found}
    return shop


@pytest.fixture
def shop(serve: Serve, openai_server: OpenAIServer) -> Iterator[None]:
    server = signed(serve, OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, **UNLIMITED)
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        Team.run, Team.shop = runner, runner.run(opened(server, openai_server, stack))
        yield
        runner.run(stack.aclose())


@pytest.mark.inbox
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("shop")
def test_i1_i2_i3_i14_the_team_in_any_order() -> None:
    run_state_machine_as_test(
        Team,
        settings=settings(
            stateful_step_count=STEPS,
            max_examples=settings().max_examples // 2,
            # Each step asks a server: to make a failure smaller would take many minutes.
            phases=[Phase.generate],
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
