"""Lists of chats, and where a search has found its words."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from core.model import Chat, ChatId, Filter, Hit, Manager, ManagerId, Narrow, NoteHit, Sight, Where
from core.protocol.note_frames import Note
from core.store import cursors, hits
from core.store.chat_lists import NO_NARROW, ListQueries
from core.store.database import Statements
from core.store.list_ways import Prepared, Way, counts, way_to
from core.store.word_ways import OF_TEXTS, Leading, are_many, is_asked

_NAMED = re.compile(r"@\[([^\[\]\n]+)\]")


class ListPage(NamedTuple):
    """A page of a list, the cursor of the next, and which chats may have hits."""

    chats: Sequence[Chat]
    cursor: str | None
    in_messages: Sequence[ChatId] = ()
    in_notes: Sequence[ChatId] = ()


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
    ) -> ListPage:
        """One page of the list. Raises `Invalid` for a bad cursor.

        A narrowed list may give less than a page, and still have a next one. So may a search for
        words that many chats have: these are looked at one by one.
        """

        def asked() -> ListQueries:
            return ListQueries(filter, cursor, limit + 1, mine, sites, narrow, bool(words))

        way = await self._way(filter, narrow)
        if not words:
            found, goes_on = await self._list(asked().page(way)), True
        else:
            found, goes_on = await self._searched(asked, way, words, limit, narrow)
        read = [Chat.of_row(json.loads(row["chat"])) for row in found[:limit]]
        last: Any = None
        if len(found) > limit:
            last = found[limit - 1]
        elif goes_on:
            last = await self._last_looked_at(asked, way, bool(words))
        more = cursors.cursor(last["at"], last["chat_id"]) if last else None
        places = _places(found[:limit], narrow.where) if words else ()
        return ListPage(read, more, *places)

    async def _searched(
        self,
        asked: Callable[[], ListQueries],
        way: Way,
        words: Sequence[str],
        limit: int,
        narrow: Narrow,
    ) -> tuple[Sequence[Any], bool]:
        """A page of chats with all words, and whether it goes on with the list's next chats."""
        leading = await self._leading(words)
        if not all(leading.values()):
            found = await self._list(asked().near_with_words(way, words))
            # Without any chat to look at, no words have been looked for.
            if found or not await self._list(asked().page(way)):
                return found, True
        # Rare words; or each is common, but hardly a chat has all of them.
        found = await self._list(asked().with_words(words, leading))
        if len(found) <= limit and await self._are_many(words, leading, narrow):
            found = await self._list(asked().with_words(words, {}))
        return found, False

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
            leading = await self._leading(words)
            if not all(leading.values()):
                found = await self._rows(hits.hits(common=True), rest, list(words), *times)
            else:
                by = (leading["messages_by_words"], leading["messages_by_characters"])
                found = await self._rows(hits.hits(), rest, list(words), *times, *by)
            rows += found
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

    async def _leading(self, words: Sequence[str]) -> Leading:
        rows = await self._rows("select name, words from rare_words($1)", list(words))
        return {row["name"]: row["words"] for row in rows}

    async def _are_many(self, words: Sequence[str], leading: Leading, narrow: Narrow) -> bool:
        """Whether fewer words than all lead to more than is looked at."""
        by = [leading[one] or list(words) for one in OF_TEXTS]
        if all(one == list(words) for one in by):
            return False
        row = await self._row(
            f"select {are_many('$5', '$6')} as many", *by, narrow.after, narrow.before
        )
        return bool(row["many"])


def _places(rows: Sequence[Any], where: Where) -> Iterator[Sequence[ChatId]]:
    """Which chats have the words in messages, and which in notes."""
    for place in ("messages", "notes"):
        # Where the list led to the chats, either may have them.
        yield [
            row["chat_id"]
            for row in rows
            if is_asked(where, place) and place in row.get("places", (place,))
        ]


def _note_hit(note: Note) -> NoteHit:
    names = {one.id: one.name for one in note.mentions}
    # Whom it names stands in it by id.
    text = _NAMED.sub(lambda found: f"@{names.get(found[1], found[1])}", note.text)
    author = Manager(ManagerId(note.author.id), note.author.name)
    return NoteHit(ChatId(note.chat_id), note.id, author, text, note.created_at)
