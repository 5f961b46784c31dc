"""What the database holds when a run is over, as the checker reads it."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

import asyncpg

BROADCAST = "broadcast:"


@dataclass(frozen=True, slots=True)
class Row:
    """One stored message; `at` is when it was stored, in seconds."""

    chat: str
    seq: int
    id: str
    role: str
    kind: str
    text: str
    client_id: str | None
    reply_to: int | None
    attempt: int | None
    state: str
    at: float
    # The name of the event, for a message of kind `event`.
    event: str | None = None
    rev: int = 1

    @property
    def broadcast(self) -> bool:
        return (self.client_id or "").startswith(BROADCAST)

    @property
    def silences(self) -> bool:
        """Whether a person speaks, takes over, or closes the chat."""
        if self.kind == "event":
            return self.event in ("taken_over", "closed")
        return self.role == "manager" and not self.broadcast


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat's own row at the end."""

    owner: str
    pending: bool
    last_seq: int
    writing: bool


@dataclass(frozen=True, slots=True)
class StoredNote:
    """`at` is when it was stored, in seconds."""

    id: str
    client_id: str | None
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Assigned:
    """A step that has changed who is responsible. `why`: None is a call, by `actor`."""

    chat: str
    to: str | None
    team: str | None
    actor: str | None
    why: str | None


@dataclass(slots=True)
class Stored:
    """All chats and their messages in `seq` order; broadcasts by client id: (id, recipients)."""

    chats: dict[str, Chat] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    broadcasts: dict[str, tuple[str, int]] = field(default_factory=dict)
    # In the order that everybody sees.
    notes: dict[str, list[StoredNote]] = field(default_factory=lambda: defaultdict(list))
    # Who is responsible, as (manager, team), and all that led to it.
    responsible: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    assigned: list[Assigned] = field(default_factory=list)

    def row(self, chat: str, seq: int) -> Row | None:
        rows = self.rows.get(chat, [])
        return rows[seq - 1] if 0 < seq <= len(rows) and rows[seq - 1].seq == seq else None


async def read(dsn: str) -> Stored:
    """Read everything at once."""
    connection = await asyncpg.connect(dsn)
    try:
        stored = Stored()
        for c in await connection.fetch("select * from chats"):
            writing = c["beat_at"] is not None
            pending = c["owner"] == "assistant" and c["answered_seq"] < c["last_user_seq"]
            stored.chats[c["chat_id"]] = Chat(c["owner"], pending, c["last_seq"], writing)
        for m in await connection.fetch("select * from messages order by chat_id, seq"):
            stored.rows[m["chat_id"]].append(_row(m))
        for b in await connection.fetch("select * from broadcasts"):
            stored.broadcasts[b["client_id"]] = (str(b["broadcast_id"]), b["recipients"])
        await _read_team(connection, stored)
        return stored
    finally:
        await connection.close()


async def _read_team(connection: asyncpg.Connection, stored: Stored) -> None:
    for n in await connection.fetch("select * from notes order by created_at, note_id"):
        note = StoredNote(str(n["note_id"]), n["client_id"], n["text"], n["created_at"].timestamp())
        stored.notes[n["chat_id"]].append(note)
    for a in await connection.fetch("select * from assignments"):
        stored.responsible[a["chat_id"]] = a["manager_id"], a["team_id"]
    for e in await connection.fetch(
        "select * from events where name = 'chat.assigned' order by id"
    ):
        data = json.loads(e["data"])
        stored.assigned.append(
            Assigned(e["chat_id"], data.get("to"), data.get("team"), e["actor_id"], data.get("for"))
        )


def _row(m: asyncpg.Record) -> Row:
    return Row(
        chat=m["chat_id"],
        seq=m["seq"],
        id=str(m["id"]),
        role=m["role"],
        kind=m["kind"],
        text=m["text"],
        client_id=m["client_id"],
        reply_to=m["reply_to"],
        attempt=m["try"],
        state=m["state"],
        at=m["created_at"].timestamp(),
        event=json.loads(m["event"])["name"] if m["event"] else None,
        rev=m["rev"],
    )
