"""What was promised to the team: its notes, its changes of messages, who is responsible."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from tests.faults.history import Event, History
from tests.faults.managers import BALANCED
from tests.faults.stored import Assigned, Stored
from tests.faults.violation import HARMLESS, PUSH_SECONDS, Violation

# It sets the times of notes, and with them their order.
CLOCK = "clock jumps"


def of_the_team(history: History, stored: Stored, capacity: int) -> Iterator[Violation]:
    """What was acknowledged to managers and is not so. `capacity`: that of each in the balanced
    team."""
    for event in history.of("refused"):
        yield Violation("wrong", event.chat, f"{event.who} was refused {event.fields}", event.at)
    yield from _notes(history, stored)
    yield from _notes_pushed(history, stored)
    yield from _changes(history, stored)
    yield from _assignments(history, stored)
    yield from _placements(stored, capacity)


def _notes(history: History, stored: Stored) -> Iterator[Violation]:
    """Each is there once, where its writer has put it, and all see the same."""
    acked: dict[tuple[str, str], list[str]] = defaultdict(list)
    times = Counter((chat, n.client_id) for chat, found in stored.notes.items() for n in found)
    for event in history.of("noted"):
        acked[event.chat, event.who].append(event["id"])
        if (found := times[event.chat, event["client_id"]]) != 1:
            kind = "doubled" if found else "lost"
            yield Violation(kind, event.chat, f"the note {event['client_id']}", event.at)
    orders = {chat: [one.id for one in found] for chat, found in stored.notes.items()}
    if not any(fault.name == CLOCK for fault in history.faults):
        for (chat, who), ids in acked.items():
            if [one for one in orders.get(chat, ()) if one in ids] != ids:
                yield Violation("reordered", chat, f"the notes of {who}", 0.0)
    for (who, chat), seen in history.notes.items():
        if [(one["id"], one["text"]) for one in seen] != [
            (n.id, n.text) for n in stored.notes[chat]
        ]:
            kind = "lost" if len(seen) < len(stored.notes[chat]) else "reordered"
            yield Violation(kind, chat, f"{who} sees other notes", 0.0)


def _notes_pushed(history: History, stored: Stored) -> Iterator[Violation]:
    """Whose console was open while nothing was wrong saw each note."""
    seen: dict[str, dict[str, float]] = defaultdict(dict)
    for event in history.of("note"):
        seen[event["id"]].setdefault(event.who, event.at)
    sessions = list(_sessions(history))
    times = {note.id: note.at for found in stored.notes.values() for note in found}
    for event in history.of("noted"):
        first = min([event.at, *seen[event["id"]].values()])
        began = min(first, times.get(event["id"], first)) - PUSH_SECONDS
        late = first + PUSH_SECONDS
        if history.disturbed(began, late, HARMLESS):
            continue
        for who, came, left in sessions:
            there = came < first - 0.5 and left > late
            if there and seen[event["id"]].get(who, late + 1) > late:
                what = f"the note {event['client_id']} was not pushed to {who}"
                yield Violation("lost", event.chat, what, event.at)


def _sessions(history: History) -> Iterator[tuple[str, float, float]]:
    began: dict[str, Event] = {}
    for event in history.of("looks", "looked"):
        if event.what == "looks":
            began[event.who] = event
        elif event.who in began:
            yield event.who, began.pop(event.who).at, event.at


def _changes(history: History, stored: Stored) -> Iterator[Violation]:
    """The last change that was acknowledged is what is kept."""
    last = {(event.chat, event["seq"]): event for event in history.of("changed")}
    for (chat, seq), event in last.items():
        row = stored.row(chat, seq)
        kept = row and (row.text, row.rev, row.state)
        if kept != (event["text"], event["rev"], event["state"]):
            yield Violation("lost", chat, f"the change of {seq}: {kept}", event.at)


def _assignments(history: History, stored: Stored) -> Iterator[Violation]:
    """Each that was acknowledged was made, in its order, and the last one of all stands."""
    made: dict[tuple[str, str | None], list[tuple[str | None, str | None]]] = defaultdict(list)
    now: dict[str, tuple[str | None, str | None]] = {}
    for one in stored.assigned:
        made[one.chat, one.actor].append((one.to, one.team))
        now[one.chat] = _after(now.get(one.chat, (None, None)), one)
    for chat, responsible in stored.responsible.items():
        if now.get(chat) != responsible:
            what = f"the assignment {now.get(chat)}: it is {responsible}"
            yield Violation("lost", chat, what, 0.0)
    left: Mapping[tuple[str, str | None], Iterator[tuple[str | None, str | None]]] = {
        key: iter(found) for key, found in made.items()
    }
    for event in history.of("assigned"):
        wanted = (event["assignee"], event["team"])
        # It looks no further back than the one before: so the order counts, too.
        if wanted not in left.get((event.chat, event["by"]), iter(())):
            yield Violation("lost", event.chat, f"the assignment to {wanted}", event.at)


def _after(before: tuple[str | None, str | None], one: Assigned) -> tuple[str | None, str | None]:
    """Whoever replies to a chat of nobody becomes its assignee. Its team stays."""
    return (before[0] or one.to, before[1]) if one.why == "reply" else (one.to, one.team)


def _placements(stored: Stored, capacity: int) -> Iterator[Violation]:
    """Nobody has more than their capacity of chats that were placed with them. What a colleague
    gives them counts for the product, but nobody has to hold it back."""
    placed: dict[str, str] = {}
    for one in stored.assigned:
        placed.pop(one.chat, None)
        if one.why == "balance" and one.team == BALANCED and one.to is not None:
            placed[one.chat] = one.to
            has = Counter(placed.values())[one.to]
            if has > capacity:
                yield Violation("wrong", one.chat, f"{one.to} got {has} of {capacity}", 0.0)
