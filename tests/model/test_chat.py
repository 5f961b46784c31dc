"""One chat as a state machine: any step, in any order, by anyone, against the real store.

`tests/faults/replay.py` works out what is pending and who may answer. It reads the stored messages
alone and knows nothing of the store's statements.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.model import (
    Chat as StoredChat,
)
from core.model import (
    ChatId,
    Claim,
    ConnectionId,
    Manager,
    ManagerId,
    SiteId,
    Status,
    StoredMessage,
    Target,
    Visitor,
)
from core.store import database
from core.store.answers import Terms
from core.store.changes import Change
from core.store.store import Store
from tests.faults.replay import Story
from tests.faults.stored import Row

STEPS = 30
T = TypeVar("T")
MANAGERS = st.sampled_from([Manager(ManagerId("anna"), "Anna"), Manager(ManagerId("bert"), "Bert")])
ANNA = ManagerId("anna")
numbers = itertools.count()


class Writer:
    """Who holds, or held, the right to write; `shown` is what it saved."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.shown = ""


class Chat(RuleBasedStateMachine):
    """Clients that lose their socket, writers that die and wake too late, and two managers."""

    run: asyncio.Runner
    pool: database.Pool
    merges = True

    writers: Bundle[Writer] = Bundle("writers")

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(self.pool)
        self.chat = ChatId(f"model-{next(numbers)}")
        self.said: dict[str, StoredMessage] = {}
        self.live: Writer | None = None
        self.status = "open"
        self.stops: list[int] = []
        self.mode = "always"
        # By `seq`: whether the assistant answered from there on.
        self.answers: dict[int, bool] = {}
        self.site = SiteId(f"site-{self.chat}")
        self.wait(self.store.sites.make(self.site, f"key-{self.chat}", "Shop", ANNA))
        self.wait(self.store.chats.begin(self.chat, Visitor(), limited=False, site_id=self.site))
        self.connect()

    def wait(self, step: Coroutine[Any, Any, T]) -> T:
        return self.run.run(step)

    # The visitor

    @rule()
    def connect(self) -> None:
        self.socket = ConnectionId(f"socket-{next(numbers)}")
        self.wait(self.store.connections.enter(Target(self.socket, "http://node/ws"), self.chat))

    @rule()
    def reconnect(self) -> None:
        self.wait(self.store.connections.leave(self.socket))
        self.connect()

    @rule()
    def send(self) -> None:
        name = f"c{next(numbers)}"
        received = self.wait(self.store.turns.receive(self.socket, f"text {name}", name))
        self.said[name] = received.message
        self.status = "open"
        if self.live is None:
            self.answers[received.message.seq] = self.mode == "always"
        self._check_pending(received.pending)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.said)))
        received = self.wait(self.store.turns.receive(self.socket, "something else", name))
        assert received.message == self.said[name], "I3: a repeated frame changes nothing"

    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        rows = self.rows()
        after = data.draw(st.integers(0, len(rows)))
        resumed = self.wait(self.store.resumes.resume(self.socket, after, 200))
        assert [m.seq for m in resumed.page.messages] == [r.seq for r in rows[after:]], "I2"
        shown = self.live.shown if self.live else ""
        assert (resumed.draft.text if resumed.draft else "") == shown, "the draft is what was shown"
        self._check_pending(resumed.pending)

    @rule()
    def ask_for_person(self) -> None:
        """It silences nobody: a running answer goes on."""
        before = self._chat()
        _, _, change = self.wait(self.store.chats.want_person(self.socket, True, "why not"))
        after = self._chat()
        assert after.waiting_for == "asked" and after.owner == before.owner
        assert bool(change.messages) == (before.waiting_for != "asked")
        self.status = "open"

    @rule()
    def need_no_person(self) -> None:
        waited = self._chat().waiting_for in ("new", "asked")
        pending, _, change = self.wait(self.store.chats.want_person(self.socket, False))
        assert bool(change.messages) == waited
        if waited:
            assert self._chat().waiting_since is None
            if self.mode == "always":
                self.answers[change.messages[-1].seq] = True
        self._check_pending(pending)

    @rule()
    def stop(self) -> None:
        pending = bool(self.story().pending)
        change = self.wait(self.store.chats.stop(self.socket))
        if pending:
            self._silenced(change)
            # A stop before anything was shown leaves no message.
            self.stops.append(len(self.rows()))

    # The assistant

    @rule(target=writers)
    def claim(self) -> Any:
        claimed = self.wait(self.store.answers.claim(self.chat, Terms(self.merges, 0, 20)))
        if self.live is not None:
            assert claimed.outcome in ("live", "nothing"), "one writer at a time"
        if claimed.claim is None:
            return multiple()
        self.live = Writer(claimed.claim)
        if claimed.outcome == "spent":
            self._finish(self.live, "failed")
            return multiple()
        return self.live

    @rule(writer=writers, piece=st.sampled_from(["a piece ", "ü👋 ", "x"]))
    def save(self, writer: Writer, piece: str) -> None:
        saved = self.wait(
            self.store.answers.save(writer.claim, len(writer.shown), piece, merge=self.merges)
        )
        if writer is not self.live:
            assert saved.outcome == "fenced", "I5: a writer that lost its claim saves nothing"
        elif saved.outcome == "saved":
            writer.shown += piece
        else:
            assert saved.outcome == "newer" and not writer.shown

    @rule(writer=consumes(writers), state=st.sampled_from(["final", "failed"]))
    def finish(self, writer: Writer, state: Any) -> None:
        self._finish(writer, state)

    @precondition(lambda self: self.live is None)
    @rule(writes=st.booleans())
    def answer_at_once(self, writes: bool) -> None:
        """Nothing is shown before the answer's end, and the visitor may write again."""
        self.send()
        writer = self.claim()
        if writer is not self.live or not self.merges:
            return
        if writes:
            self.send()
        text = f"answer to {writer.claim.reply_to}"
        finished = self.wait(self.store.turns.finish(writer.claim, text, unless_newer=True))
        assert (finished is None) == writes, "I9: one answer to all that is pending"
        if finished is not None:
            self.live = None
            self._check_pending(finished.pending)

    def _finish(self, writer: Writer, state: Any) -> None:
        then = "failed" if state == "failed" else None
        text = f"answer to {writer.claim.reply_to}"
        finished = self.wait(self.store.turns.finish(writer.claim, text, state, next=then))  # type: ignore[arg-type]
        assert (finished is not None) == (writer is self.live), "I5"
        if finished is not None:
            self.live = None
            self._check_pending(finished.pending)

    @precondition(lambda self: self.live)
    @rule()
    def die(self) -> None:
        """The writer is silent for long: its claim is anyone's, and what it showed is void."""
        self.wait(self.age_heartbeat())
        claimed = self.wait(self.store.answers.claim(self.chat, Terms(self.merges, 0, 20)))
        assert claimed.claim is not None and self.live is not None
        assert claimed.claim.attempt > self.live.claim.attempt
        self.live = Writer(claimed.claim)
        if claimed.outcome == "spent":
            self._finish(self.live, "failed")

    async def age_heartbeat(self) -> None:
        await self.pool.execute(
            "update chats set beat_at = beat_at - interval '21 seconds' where chat_id = $1",
            self.chat,
        )

    # The managers

    @rule(manager=MANAGERS)
    def take_over(self, manager: Manager) -> None:
        self._silenced(self.wait(self.store.inbox.take_over(self.chat, manager, None, None))[1])

    @rule(manager=MANAGERS)
    def write(self, manager: Manager) -> None:
        name = f"m{next(numbers)}"
        new, change = self.wait(
            self.store.inbox.take_over(self.chat, manager, f"text {name}", name)
        )
        assert new
        self.status = "open"
        self._silenced(change)
        again, same = self.wait(self.store.inbox.take_over(self.chat, manager, "other", name))
        assert not again and same.messages[-1] == change.messages[-1], "I3"

    @rule(manager=MANAGERS)
    def hand_back(self, manager: Manager) -> None:
        pending, _ = self.wait(self.store.inbox.hand_back(self.chat, manager))
        if self.story().owner == "manager":
            raise AssertionError("a chat that was handed back is the assistant's or the team's")
        self._check_pending(pending)
        if self.live is not None and self._epoch() != self.live.claim.epoch:
            self.live = None

    @rule(mode=st.sampled_from(["always", "never"]))
    def set_mode(self, mode: str) -> None:
        self.wait(self.store.sites.change(self.site, None, {"answering": mode}, ANNA))
        self.mode = mode

    def _epoch(self) -> int:
        return self._chat().epoch

    def _chat(self) -> StoredChat:
        return self.wait(self.store.chats.chat(self.chat))

    @rule(manager=MANAGERS, status=st.sampled_from(["open", "closed"]))
    def set_status(self, manager: Manager, status: Status) -> None:
        changed = status != self.status
        change = self.wait(self.store.inbox.set_status(self.chat, status, manager))
        self.status = status
        if changed and status == "closed":
            self._silenced(change)

    @rule()
    def sweep(self) -> None:
        found = self.wait(self.store.sweep.pending(10_000))
        pending = bool(self.story().pending)
        assert (self.chat in found) == (pending and self.live is None and self.status == "open")

    # What is always so

    def _silenced(self, change: Change) -> None:
        """A person, or a stop, ended the running answer: what was shown is what is kept."""
        kept = [m for m in change.messages if m.state == "interrupted"]
        if self.live is not None and self.live.shown and change.messages:
            assert [m.text for m in kept] == [self.live.shown], "I5: what was shown is kept"
        else:
            assert not kept
        if change.messages or self.live is None or not self._writing():
            self.live = None

    def _writing(self) -> bool:
        found = self.wait(
            self.pool.fetchval(
                "select beat_at is not null from chats where chat_id = $1", self.chat
            )
        )
        return bool(found)

    def _check_pending(self, pending: bool) -> None:
        assert pending == bool(self.story().pending)

    def rows(self) -> list[Row]:
        found = self.wait(self.store.chats.history(self.chat, 0, None, 500))
        return [
            Row(
                chat=m.chat_id, seq=m.seq, id=m.id, role=m.role, kind=m.kind, text=m.text,
                client_id=m.client_id, reply_to=m.reply_to, attempt=None, state=m.state, at=0.0,
                event=m.event["name"] if m.event else None,
            )
            for m in found.messages
        ]  # fmt: skip

    def story(self) -> Story:
        story = Story(
            self.chat,
            self.merges,
            lambda row: f"answer to {row.seq}",
            lambda row: self.answers.get(row.seq),
        )
        rows, replayed = self.rows(), 0
        for stop in self.stops:
            story.replay(rows[replayed:stop])
            story.answered, replayed = story.last_user, stop
        story.replay(rows[replayed:])
        return story

    @invariant()
    def it_can_be_replayed(self) -> None:
        story = self.story()
        assert not story.faults
        chat = self._chat()
        assert (chat.owner == "assistant") == (story.owner == "assistant")

    @invariant()
    def who_is_owed_a_person_waits(self) -> None:
        """I13: nobody's chat, with a message that nobody answered."""
        chat, story = self._chat(), self.story()
        unanswered = any(row.seq > story.answered for row in story.asked)
        if story.owner == "team" and unanswered and self.status == "open":
            assert chat.waiting_for in ("new", "asked") or self._waived()

    def _waived(self) -> bool:
        """The visitor said that no person is needed, and wrote nothing after it."""
        rows = self.rows()
        last = max((row.seq for row in rows if row.event == "person_not_needed"), default=0)
        return last > max(
            (row.seq for row in rows if row.role == "user" and not row.event), default=0
        )


@pytest.fixture
def connected(dsn: str) -> Iterator[None]:
    with asyncio.Runner() as runner:
        Chat.run = runner
        Chat.pool = runner.run(database.open_pool(dsn, 2))
        yield
        runner.run(database.close_pool(Chat.pool))


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("connected")
def test_i2_i3_i4_i5_any_step_in_any_order() -> None:
    run_state_machine_as_test(
        Chat,
        settings=settings(
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
