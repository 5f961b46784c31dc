"""Notes of the team, and in which of them a manager is named."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Conflict, Forbidden, NotFound
from core.model import ChatId, Manager, ManagerId, Row, Sight, Target
from core.protocol.frames import Author
from core.protocol.note_frames import Mention, Note
from core.protocol.text import storable
from core.store import cursors
from core.store.database import Statements
from core.store.refusals import UNKNOWN_CHAT
from core.value import value

# So long one may take a note back.
DELETABLE_SECONDS = 900
NO_NOTE = "There is no such note."
NOT_YOURS = "This note is a colleague's. Only who wrote it may delete it."
TOO_LATE = f"A note can be deleted for {DELETABLE_SECONDS // 60} minutes after it was written."

NOTES = """
select case when n.note_id is not null then note_of(n::notes) end as note, n.created_at as at
from chats c
left join lateral (
    select * from notes x
    where x.chat_id = c.chat_id and x.deleted_at is null
      and ($2::timestamptz is null or (x.created_at, x.note_id) < ($2, $3::uuid))
    order by x.created_at desc, x.note_id desc limit $4) n on true
where c.chat_id = $1 and ($5::text[] is null or c.site_id = any ($5))
order by n.created_at desc, n.note_id desc
"""
MENTIONS = """
select note_of(n) as note, x.created_at as at, x.seen_at from mentions x
join notes n using (note_id) join chats c on c.chat_id = x.chat_id
where x.manager_id = $1 and x.seen_at is distinct from x.created_at
  and ($2::timestamptz is null or (x.created_at, x.note_id) < ($2, $3::uuid))
  and ($4::text[] is null or c.site_id = any ($4))
order by x.created_at desc, x.note_id desc limit $5
"""
COLLEAGUES = """
select c.site_id, (
    select json_agg(json_build_object('id', m.manager_id, 'name', m.name) order by m.name)
    from managers m where m.removed_at is null and sees(sites_of(m.manager_id), c.site_id)
) as found, (
    select json_agg(json_build_object('id', 'team:' || t.team_id, 'name', t.name)
                    order by lower(t.name), t.team_id)
    from teams t where t.removed_at is null and t.site_id = c.site_id
) as teams
from chats c where c.chat_id = $1 and ($2::text[] is null or c.site_id = any ($2))
"""


@value
class Count:
    """In how many notes a manager is named that they have not seen, and their sockets."""

    unread: int
    sockets: tuple[Target, ...]


@value
class NoteChange:
    """What became of a note, and who hears of it. `note` is None where nothing changed."""

    note: Note | None
    managers: tuple[Target, ...]
    counts: tuple[Count, ...]
    to_deliver: bool = False


class NoteStore(Statements):
    async def add(
        self, chat_id: ChatId, manager: Manager, text: str, client_id: str | None
    ) -> NoteChange:
        """Store a note. A repeat gives the first one. Raises `NotFound`."""
        row = await self._row(
            "call add_note($1, $2, $3, $4, $5, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
            storable(text),
            client_id,
        )
        if row["note"] is None:
            raise NotFound(UNKNOWN_CHAT)
        return _change(row, bool(row["to_deliver"]))

    async def delete(self, chat_id: ChatId, note_id: UUID, manager_id: ManagerId) -> NoteChange:
        """Delete one's own note. Raises `NotFound`, `Forbidden` and `Conflict`."""
        row = await self._row(
            "call delete_note($1, $2, $3, $4, null, null, null, null)",
            chat_id,
            note_id,
            manager_id,
            DELETABLE_SECONDS,
        )
        match row["outcome"]:
            case "unknown":
                raise NotFound(NO_NOTE)
            case "others":
                raise Forbidden(NOT_YOURS)
            case "late":
                raise Conflict(TOO_LATE)
        return _change(row)

    async def of(
        self, chat_id: ChatId, sites: Sight, cursor: str | None, limit: int
    ) -> tuple[Sequence[Note], str | None]:
        """A chat's notes, the newest first, and the next page's cursor.

        Raises `NotFound`, and `Invalid` for a bad cursor.
        """
        page = cursors.of_ids(cursor)
        rows = await self._rows(NOTES, chat_id, *page, limit + 1, sites)
        if not rows:
            raise NotFound(UNKNOWN_CHAT)
        # A chat without notes is one row without a note.
        found = [_note(row["note"]) for row in rows[:limit] if row["note"]]
        return found, _cursor(rows, limit, found)

    async def mentions(
        self, manager_id: ManagerId, sites: Sight, cursor: str | None, limit: int
    ) -> tuple[Sequence[Mention], str | None]:
        """The notes that name a manager, the newest first, and the next page's cursor."""
        page = cursors.of_ids(cursor)
        rows = await self._rows(MENTIONS, manager_id, *page, sites, limit + 1)
        found = [Mention(note=_note(row["note"]), seen_at=row["seen_at"]) for row in rows[:limit]]
        return found, _cursor(rows, limit, [one.note for one in found])

    async def unread(self, manager_id: ManagerId) -> int:
        """In how many notes a manager is named that they have not seen, up to 100."""
        row = await self._row("select unseen_mentions($1) as unread", manager_id)
        return int(row["unread"])

    async def is_new(self, manager_id: ManagerId, chat_id: ChatId) -> bool:
        """Whether a note of a chat names a manager who has not seen it."""
        row = await self._row(
            "select exists (select from mentions x where x.manager_id = $1 and x.chat_id = $2"
            " and x.seen_at is null) as new",
            manager_id,
            chat_id,
        )
        return bool(row["new"])

    async def see(self, manager_id: ManagerId, chat_id: ChatId) -> tuple[int, Sequence[Count]]:
        """The manager has seen a chat's notes. Returns what is left, and who hears of it."""
        row = await self._row("call see_mentions($1, $2, null, null)", manager_id, chat_id)
        return row["unread"], _counts(row)

    async def colleagues(
        self, chat_id: ChatId, sites: Sight
    ) -> tuple[Sequence[Author], Sequence[Author]]:
        """The managers who see a chat, and its site's teams, by name. Raises `NotFound`.

        A team's id begins with `team:`, as it stands in a note's brackets.
        """
        row = await self._row(COLLEAGUES, chat_id, sites)
        if row is None:
            raise NotFound(UNKNOWN_CHAT)
        return _authors(row["found"]), _authors(row["teams"])


def _authors(found: str | None) -> Sequence[Author]:
    return [Author(**one) for one in json.loads(found or "[]")]


def _note(stored: str) -> Note:
    return Note.model_validate_json(stored)


def _cursor(rows: Sequence[Row], limit: int, found: Sequence[Note]) -> str | None:
    if len(rows) <= limit:
        return None
    at: datetime = rows[limit - 1]["at"]
    return cursors.cursor(at, found[-1].id)


def _change(row: Any, to_deliver: bool = False) -> NoteChange:
    note = None if row["note"] is None else _note(row["note"])
    return NoteChange(note, Target.parse_all(row["managers"]), _counts(row), to_deliver)


def _counts(row: Any) -> tuple[Count, ...]:
    return tuple(
        Count(one["unread"], Target.parse_all(one["sockets"]))
        for one in json.loads(row["counts"] or "[]")
    )
