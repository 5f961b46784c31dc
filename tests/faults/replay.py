"""Replays one chat from its stored messages alone, and finds what breaks the rules of the chat.

It knows the rules and nothing of the code: who owns the chat, what is pending, who may answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.stored import Row

Answers = Callable[[Row], str]
# Whether the site's mode lets the assistant answer from this row on; None: nothing changes there.
Mode = Callable[[Row], bool | None]


@dataclass(slots=True)
class Story:
    """One chat, replayed from its messages. `faults` are (what kind, what happened)."""

    chat: str
    merges: bool
    answer: Answers
    mode: Mode = lambda row: None
    # `team`: no person has the chat yet, and the assistant does not answer in it.
    owner: str = "assistant"
    answered: int = 0
    retry_from: int | None = None
    rows: list[Row] = field(default_factory=list)
    answers: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    def replay(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row.seq != len(self.rows) + 1:
                self._fault("reordered", f"seq {row.seq} stands at {len(self.rows) + 1}")
            if row.kind == "event":
                self._event(row)
            elif row.role == "assistant":
                self._answered(row)
            elif row.role == "manager" and not row.broadcast:
                self.owner, self.retry_from = "manager", None
                self.answered = self.last_user
            elif row.role == "user":
                self._led(row)
            self.rows.append(row)

    @property
    def last_user(self) -> int:
        return max((row.seq for row in self.asked), default=0)

    @property
    def asked(self) -> Iterator[Row]:
        return (row for row in self.rows if row.role == "user" and row.kind == "text")

    @property
    def pending(self) -> list[Row]:
        """What the assistant still has to answer."""
        if self.owner != "assistant":
            return []
        return [row for row in self.asked if row.seq > self.answered]

    def _event(self, row: Row) -> None:
        match row.event:
            case "taken_over":
                self.owner, self.retry_from = "manager", None
            case "person_not_needed":
                self._led(row)
            case "left":
                self.owner, self.answered = "team", self.retry_from or self.answered
                self.retry_from = None
            case "closed":
                self.answered, self.retry_from = self.last_user, None
            case "handed_back":
                self.owner = "assistant"
                if self.retry_from is not None:
                    self.answered = self.retry_from
                self.retry_from = None

    def _led(self, row: Row) -> None:
        answers = self.mode(row)
        if answers is not None and self.owner != "manager":
            self.owner = "assistant" if answers else "team"

    def _answered(self, row: Row) -> None:
        to = row.reply_to or 0
        question = next((r for r in self.asked if r.seq == to), None)
        if question is None:
            self._fault("reordered", f"seq {row.seq} answers {to}, which no visitor said before it")
            return
        if self.owner != "assistant":
            self._fault("late", f"seq {row.seq} was generated although a person had the chat")
        if to <= self.answered:
            self._fault("doubled", f"seq {row.seq} answers {to} once more")
        first = next((r.seq for r in self.asked if r.seq > self.answered), to)
        if not self.merges and to != first:
            self._fault("lost", f"seq {row.seq} answers {to} and leaves out {first}")
        if row.state != "interrupted":
            self._settle(row, question, to)

    def _settle(self, row: Row, question: Row, to: int) -> None:
        self.answers += 1
        if row.state == "final" and row.text != self.answer(question):
            self._fault("wrong", f"seq {row.seq} is not the answer to {to}: {row.text[:80]!r}")
        if row.state == "failed" and self.retry_from is None:
            self.retry_from = self.answered
        elif row.state == "final":
            self.retry_from = None
        self.answered = max(self.answered, to)

    def _fault(self, kind: str, what: str) -> None:
        self.faults.append((kind, what))
