"""What the team was told is so: its notes, its edits and its assignments."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.history import History
from tests.faults.stored import Stored
from tests.faults.violation import Violation

# It sets the times of notes, and with them their order.
CLOCK = "clock jumps"


def team_kept(history: History, stored: Stored) -> Iterator[Violation]:
    """What was acknowledged to managers and is not there, or twice, or in another order."""
    yield from _notes(history, stored)
    for event in history.of("changed"):
        row = stored.row(event.chat, event["seq"])
        kept = row and (row.text, row.rev, row.state)
        if kept != (event["text"], event["rev"], event["state"]):
            yield Violation("lost", event.chat, f"the change of {event['seq']}: {kept}", event.at)
    yield from _assignments(history, stored)


def _notes(history: History, stored: Stored) -> Iterator[Violation]:
    acked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in history.of("noted"):
        acked[event.chat, event.who].append(event["client_id"])
        times = stored.notes[event.chat].count(event["client_id"])
        if times != 1:
            kind = "doubled" if times else "lost"
            yield Violation(kind, event.chat, f"the note {event['client_id']}", event.at)
    if any(fault.name == CLOCK for fault in history.faults):
        return
    for (chat, _), names in acked.items():
        if [name for name in stored.notes[chat] if name in names] != names:
            yield Violation("reordered", chat, f"the notes {names}", 0.0)


def _assignments(history: History, stored: Stored) -> Iterator[Violation]:
    last: dict[str, str] = {}
    for event in history.of("assigned"):
        last[event.chat] = event["team"]
    # What was not answered may have come, and at any time after it.
    flying = {(event.chat, event["team"]) for event in history.of("again")}
    ends: dict[str, str] = {}
    for event in history.of("assigns"):
        ends[event.chat] = event["team"]
    flying |= set(ends.items())
    for chat, team in last.items():
        found = stored.teams.get(chat, "")
        if found != team and (chat, found) not in flying:
            yield Violation("lost", chat, f"the assignment to {team}: {found!r}", 0.0)
