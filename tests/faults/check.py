"""The judge: reads every client's log and the database, and says what was broken."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable

from tests.faults.history import Event, History
from tests.faults.managers import CAPACITY
from tests.faults.replay import Story
from tests.faults.stored import Row, Stored
from tests.faults.team import of_the_team
from tests.faults.violation import HARMLESS, PUSH_SECONDS, Violation

# How long a stream may be silent after a fault.
STALE_SECONDS = 35.0
COUNTED = {"sent": "sent", "acked": "acked"} | dict.fromkeys(
    ("noted", "changed", "assigned"), "team"
)
KINDS = ("lost", "doubled", "reordered", "late", "unended", "wrong")


def judge(
    history: History, stored: Stored, answer: Callable[[Row], str], merges: bool = True
) -> list[Violation]:
    """Everything that broke a rule. `merges`: one answer may be to several messages."""
    found = [*_acknowledged(history, stored), *_shown(history, stored), *_views(history, stored)]
    for chat, rows in stored.rows.items():
        story = Story(chat, merges, answer)
        story.replay(rows)
        at = rows[-1].at if rows else 0.0
        found += [Violation(kind, chat, what, at) for kind, what in story.faults]
        held = stored.chats.get(chat)
        if story.pending or (held and held.writing):
            found.append(Violation("unended", chat, f"pending: {len(story.pending)}", at))
    if not history.quiet:
        found.append(Violation("unended", "", "an answer was still pending at the end", 0.0))
    found += _pushed(history, stored)
    found += of_the_team(history, stored, CAPACITY)
    for event in history.of("leaked"):
        found.append(_violation("wrong", event, f"{event.who} saw {event['frame']}"))
    return found


def _acknowledged(history: History, stored: Stored) -> list[Violation]:
    found = []
    for event in history.of("acked"):
        row = stored.row(event.chat, event["seq"])
        if row is None or row.id != event["id"]:
            found.append(_violation("lost", event, f"{event['client_id']} was acknowledged"))
    for chat, rows in stored.rows.items():
        named = Counter((row.role, row.client_id) for row in rows if row.client_id)
        for (role, name), times in named.items():
            if times > 1:
                found.append(Violation("doubled", chat, f"{role} {name}", rows[-1].at))
    return found


def _shown(history: History, stored: Stored) -> list[Violation]:
    """Whatever was shown of an answer is in the message that ended it."""
    found = []
    ended = {
        (row.chat, row.attempt): row
        for rows in stored.rows.values()
        for row in rows
        if row.role == "assistant" and row.kind == "text"
    }
    for event in history.of("delta"):
        row = ended.get((event.chat, event["try"]))
        if row is None:
            continue
        start, text = event["offset"], event["text"]
        if row.text[start : start + len(text)] != text:
            what = f"{event.who} saw {text[:40]!r} at {start}, which was not kept"
            found.append(_violation("late", event, what))
    return found


def _views(history: History, stored: Stored) -> list[Violation]:
    found = []
    for (who, chat), messages in history.views.items():
        rows = stored.rows.get(chat, [])
        at = rows[-1].at if rows else 0.0
        if len(messages) < len(rows):
            found.append(Violation("lost", chat, f"{who} has {len(messages)} of {len(rows)}", at))
        for row in rows:
            seen = messages.get(row.seq)
            if seen is not None and seen["id"] != row.id:
                found.append(Violation("reordered", chat, f"{who} has another {row.seq}", row.at))
            elif seen is not None and (seen["text"], seen["rev"]) != (row.text, row.rev):
                found.append(Violation("lost", chat, f"{who} has an old {row.seq}", row.at))
    for (who, chat), text in history.bubbles.items():
        found.append(Violation("unended", chat, f"{who} still sees {text[:40]!r}", 0.0))
    return found


def _pushed(history: History, stored: Stored) -> list[Violation]:
    """Who was connected while nothing was wrong had every message pushed, and every end of one."""
    found = []
    for event in history.of("stale"):
        # A writer that died is only replaced when its heartbeat is old.
        if not history.disturbed(event.at - STALE_SECONDS, event.at, HARMLESS):
            found.append(
                _violation("unended", event, f"{event.who} waits for the end of an answer")
            )
    sessions = _sessions(history)
    for chat, events in history.by_chat("message", "acked", "had").items():
        for seq, at in _calm(history, stored, chat, events).items():
            pushed = {e.who: e.at for e in reversed(events) if e["seq"] == seq and e.what != "had"}
            for who, began, ended in sessions[chat]:
                there = began < at - 0.5 and ended > at + PUSH_SECONDS
                if there and pushed.get(who, math.inf) > at + PUSH_SECONDS:
                    found.append(Violation("lost", chat, f"{seq} was not pushed to {who}", at))
    return found


def _calm(history: History, stored: Stored, chat: str, events: list[Event]) -> dict[int, float]:
    """When messages were first seen that were stored and seen while nothing was wrong, by `seq`."""
    first: dict[int, float] = {}
    for event in events:
        first.setdefault(event["seq"], event.at)
    calm = {}
    for seq, at in first.items():
        row = stored.row(chat, seq)
        began = min(at, row.at if row else at) - PUSH_SECONDS
        if not history.disturbed(began, at + PUSH_SECONDS, HARMLESS):
            calm[seq] = at
    return calm


def _sessions(history: History) -> dict[str, list[tuple[str, float, float]]]:
    """When each visitor's tab was connected and up to date: (who, began, ended), by chat."""
    found: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    began: dict[str, float] = {}
    for event in history.of("up", "down"):
        if event.what == "up":
            began[event.who] = event.at
        elif event.who in began:
            found[event.chat].append((event.who, began.pop(event.who), event.at))
    return found


def _violation(kind: str, event: Event, what: str) -> Violation:
    return Violation(kind, event.chat, what, event.at)


def table(history: History, stored: Stored, violations: list[Violation]) -> str:
    """One line a fault, and one for all."""
    names = list(dict.fromkeys(["calm", *(fault.name for fault in history.faults)]))
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for fault in history.faults:
        counts[fault.name]["injected"] += 1
    for event in history.of(*COUNTED):
        counts[history.fault_at(event.at)][COUNTED[event.what]] += 1
    for rows in stored.rows.values():
        for row in rows:
            if row.role == "assistant" and row.kind == "text":
                counts[history.fault_at(row.at)]["answered"] += 1
    for violation in violations:
        counts[history.fault_at(violation.at)][violation.kind] += 1
    columns = ("injected", "sent", "acked", "answered", "team", *KINDS)
    heads = ("fault", "injected", "messages", "acknowledged", "answers", "the team's", *KINDS)
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name in names:
        cells = (str(counts[name][column]) for column in columns)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    whole = sum((counts[name] for name in names), Counter[str]())
    lines.append("| **all** | " + " | ".join(str(whole[column]) for column in columns) + " |")
    return "\n".join(lines)
