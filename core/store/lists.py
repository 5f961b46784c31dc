"""Lists of chats, and where a search has found its words."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from core.model import Chat, ChatId, Filter, Hit, Manager, ManagerId, Narrow, NoteHit, Sight
from core.protocol.note_frames import Note
from core.store import chat_lists, hits
from core.store.chat_lists import NO_NARROW, ListQueries
from core.store.database import Statements
from core.store.list_ways import Prepared, Way, counts, way_to

_NAMED = re.compile(r"@\[([^\[\]\n]+)\]")


class ListStore(Statements):
    async def chats(
        self,
        filter: Filter,
        words: Sequence[str],
        cursor: str | None,
        limit: int,
        mine: str,
        sites: Sight = None,
        narrow: Narrow = NO_NARROW,
    ) -> tuple[Sequence[Chat], str | None]:
        """One page of the list, and the next page's cursor. Raises `Invalid` for a bad cursor.

        A narrowed list may give less than a page, and still have a next one. So may a search for
        words that many chats have: these are looked at one by one.
        """

        def asked() -> ListQueries:
            return ListQueries(filter, cursor, limit + 1, mine, sites, narrow, bool(words))

        way = await self._way(filter, narrow)
        found: Sequence[Any] = ()
        is_common = bool(words) and await self._are_common(words)
        if is_common:
            found = await self._list(asked().near_with_words(way, words))
        elif not words:
            found = await self._list(asked().page(way))
        goes_on = not words or (
            # Without any chat to look at, no words have been looked for.
            is_common and (bool(found) or not await self._list(asked().page(way)))
        )
        if not goes_on:
            # Rare words; or each is common, but hardly a chat has all of them.
            found = await self._list(asked().with_words(words))
        read = [Chat.of_row(json.loads(row["chat"])) for row in found[:limit]]
        last: Any = None
        if len(found) > limit:
            last = found[limit - 1]
        elif goes_on:
            last = await self._last_looked_at(asked, way, is_common)
        return read, chat_lists.cursor(last["at"], last["chat_id"]) if last else None

    async def _last_looked_at(
        self, asked: Callable[[], ListQueries], way: Way, searching: bool
    ) -> Any:
        for statement in asked().last_looked_at(way, searching):
            if rows := await self._list(statement):
                return rows[0]
        return None

    async def hits(
        self, chat_ids: Sequence[ChatId], words: Sequence[str], narrow: Narrow = NO_NARROW
    ) -> Sequence[Hit]:
        """The newest message with all words, of each chat that has one."""
        times = (narrow.after, narrow.before)
        rows = list(await self._rows(hits.hits(first=True), list(chat_ids), list(words), *times))
        has = {row["chat_id"] for row in rows}
        if rest := [one for one in chat_ids if one not in has]:
            statement = hits.hits(common=await self._are_common(words))
            rows += await self._rows(statement, rest, list(words), *times)
        return [Hit(**row) for row in rows]

    async def note_hits(
        self, chat_ids: Sequence[ChatId], words: Sequence[str], narrow: Narrow = NO_NARROW
    ) -> Sequence[NoteHit]:
        """The newest note with all words, of each chat that has one."""
        rows = await self._rows(
            hits.note_hits(), list(chat_ids), list(words), narrow.after, narrow.before
        )
        return [_note_hit(Note.model_validate_json(row["note"])) for row in rows]

    async def _list(self, asked: Prepared) -> Any:
        statement, args = asked
        return await self._rows(statement, *args)

    async def _way(self, filter: Filter, narrow: Narrow) -> Way:
        found: dict[str, int] = {}
        if narrow.tags or narrow.teams or narrow.priority is not None:
            rows = await self._list(counts(filter, narrow))
            found = {row["what"]: row["n"] for row in rows}
        return way_to(filter, narrow, found)

    async def _are_common(self, words: Sequence[str]) -> bool:
        row = await self._row("select are_common($1) as common", list(words))
        return bool(row["common"])


def _note_hit(note: Note) -> NoteHit:
    names = {one.id: one.name for one in note.mentions}
    # Whom it names stands in it by id.
    text = _NAMED.sub(lambda found: f"@{names.get(found[1], found[1])}", note.text)
    author = Manager(ManagerId(note.author.id), note.author.name)
    return NoteHit(ChatId(note.chat_id), note.id, author, text, note.created_at)
