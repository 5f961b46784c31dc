"""Lists of chats, and where a search has found its words."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from core.model import Chat, ChatId, Filter, Hit, Manager, ManagerId, Narrow, NoteHit, Sight, Where
from core.protocol.note_frames import Note
from core.store import cursors, hits
from core.store.chat_lists import NO_NARROW, ListQueries
from core.store.database import Statements
from core.store.list_ways import Prepared, Way, counts, way_to
from core.store.word_ways import Index, Leading, is_asked, place_of

OF_MESSAGES: tuple[Index, Index] = ("messages_by_words", "messages_by_characters")
# Where the chats themselves were looked at, any place may have the words.
ANY = ("messages",)
_NAMED = re.compile(r"@\[([^\[\]\n]+)\]")


class ListPage(NamedTuple):
    """A page of a list, and the cursor of the next one.

    `in_messages`: which chats have the words in messages, as far as that is known. `leading`: what
    the index was asked by; None where the chats themselves were looked at.
    """

    chats: Sequence[Chat]
    cursor: str | None
    in_messages: Sequence[ChatId] = ()
    leading: Leading | None = None


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
        leading: Leading | None = None
        if words:
            found, leading = await self._searched(asked, way, words, limit, narrow.where)
        else:
            found = await self._list(asked().page(way))
        read = [Chat.of_row(json.loads(row["chat"])) for row in found[:limit]]
        last: Any = None
        if len(found) > limit:
            last = found[limit - 1]
        elif leading is None:
            last = await self._last_looked_at(asked, way, bool(words))
        more = cursors.cursor(last["at"], last["chat_id"]) if last else None
        has = [row["chat_id"] for row in found[:limit] if "messages" in row.get("places", ANY)]
        return ListPage(read, more, has, leading)

    async def _searched(
        self,
        asked: Callable[[], ListQueries],
        way: Way,
        words: Sequence[str],
        limit: int,
        where: Where,
    ) -> tuple[Sequence[Any], Leading | None]:
        """A page of chats with all words, and what the index was asked by.

        Without the index it goes on with the list's next chats.
        """
        rows = await self._rows("select * from word_ways($1)", list(words))
        if any(row["is_common"] and is_asked(where, place_of(row["name"])) for row in rows):
            found = await self._list(asked().near_with_words(way, words))
            # Without any chat to look at, no words have been looked for.
            if found or not await self._list(asked().page(way)):
                return found, None
        # Rare words; or each is common, but hardly a chat has all of them.
        leading: Leading = {row["name"]: row["asked_by"] for row in rows if row["asked_by"]}
        found = await self._list(asked().with_words(words, leading))
        if len(found) <= limit and await self._lead_to_many(asked, words, leading):
            leading = {}
            found = await self._list(asked().with_words(words, leading))
        return found, leading

    async def _lead_to_many(
        self, asked: Callable[[], ListQueries], words: Sequence[str], leading: Leading
    ) -> bool:
        if all(len(one) == len(words) for one in leading.values()):
            return False
        (row,) = await self._list(asked().lead_to_many(words, leading))
        return bool(row["are_many"])

    async def _last_looked_at(
        self, asked: Callable[[], ListQueries], way: Way, searching: bool
    ) -> Any:
        for statement in asked().last_looked_at(way, searching):
            if rows := await self._list(statement):
                return rows[0]
        return None

    async def hits(
        self, page: ListPage, words: Sequence[str], narrow: Narrow = NO_NARROW
    ) -> Sequence[Hit]:
        """The newest message with all words, of each chat of a page that has one."""
        asked = (list(words), narrow.after, narrow.before)
        ids = [chat.chat_id for chat in page.chats]
        rows = list(await self._rows(hits.newest_hits(first=True), ids, *asked))
        has = {row["chat_id"] for row in rows}
        rest = [one for one in page.in_messages if one not in has]
        if rest and page.leading is None:
            rows += await self._rows(hits.newest_hits(first=False), rest, *asked)
        elif rest and page.leading is not None:
            by = (page.leading.get(index, words) for index in OF_MESSAGES)
            rows += await self._rows(hits.hits_by_index(), rest, *asked, *map(list, by))
        return [Hit(**row) for row in rows]

    async def note_hits(
        self, page: ListPage, words: Sequence[str], narrow: Narrow = NO_NARROW
    ) -> Sequence[NoteHit]:
        """The newest note with all words, of each chat of a page that has one."""
        ids = [chat.chat_id for chat in page.chats]
        rows = await self._rows(hits.note_hits(), ids, list(words), narrow.after, narrow.before)
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


def _note_hit(note: Note) -> NoteHit:
    names = {one.id: one.name for one in note.mentions}
    # Whom it names stands in it by id.
    text = _NAMED.sub(lambda found: f"@{names.get(found[1], found[1])}", note.text)
    author = Manager(ManagerId(note.author.id), note.author.name)
    return NoteHit(ChatId(note.chat_id), note.id, author, text, note.created_at)
