"""What happened in a run: every client's log, in the order of one machine's clock.

A run that fails leaves this in a file for a person to read, one line an event.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALM = "calm"


@dataclass(frozen=True, slots=True)
class Event:
    """Something a client did or saw. `socket` numbers the connections of one client."""

    at: float
    who: str
    what: str
    chat: str
    socket: int
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def __str__(self) -> str:
        fields = json.dumps(self.fields, ensure_ascii=False, default=str)
        return f"{self.at:.3f} {self.who}#{self.socket} {self.chat} {self.what} {fields}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the time in which it could be felt."""

    name: str
    began: float
    ended: float


@dataclass(slots=True)
class History:
    """The events of all clients, the faults, and what each client had of each chat at the end."""

    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    views: dict[tuple[str, str], dict[int, dict[str, Any]]] = field(default_factory=dict)
    bubbles: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    quiet: bool = True

    def note(self, who: str, what: str, chat: str = "", socket: int = 0, **fields: Any) -> Event:
        event = Event(time.time(), who, what, chat, socket, fields)
        self.events.append(event)
        return event

    def of(self, *kinds: str) -> Iterator[Event]:
        return (event for event in self.events if event.what in kinds)

    def by_chat(self, *kinds: str) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.of(*kinds):
            found[event.chat].append(event)
        return found

    def fault_at(self, at: float) -> str:
        """The fault that was on at a time, or the last one before it."""
        name = CALM
        for fault in self.faults:
            if fault.began <= at:
                name = fault.name if at <= fault.ended else name
        return name

    def disturbed(self, began: float, ended: float, harmless: frozenset[str]) -> bool:
        """Whether a fault, other than these, was on at any moment between two times."""
        return any(
            f.name not in harmless and f.began <= ended and f.ended >= began for f in self.faults
        )

    def save(self, path: Path, head: str) -> None:
        """Write everything for a person to read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            head,
            "",
            "FAULTS",
            *(f"{f.began:.3f} to {f.ended:.3f} {f.name}" for f in self.faults),
        ]
        lines += ["", "EVENTS", *(str(event) for event in sorted(self.events, key=lambda e: e.at))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
