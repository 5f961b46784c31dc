"""Lists of chats, and the search: what is asked, in names and ids, and what is found."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from core.chat.typed import typed
from core.model import (
    PRIORITIES,
    Asked,
    Chat,
    Filter,
    Found,
    Hit,
    Manager,
    Narrow,
    NoteHit,
    Sight,
    Unknown,
)
from core.protocol.text import excerpt, words
from core.store.store import Store
from core.value import value

MOST_WORDS = 10
# Whoever searches calls themselves so.
ME = "me"


@value
class Meant:
    """What is asked for, by ids. `missing`: names that nothing has. Then nothing is found."""

    words: Sequence[str]
    narrow: Narrow
    sites: Sight
    missing: Sequence[Unknown] = ()
    # It has characters, and no word.
    is_empty: bool = False


class Lists:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(
        self, filter: Filter, asked: Asked, cursor: str | None, limit: int, caller: Manager,
        sites: Sight = None,
    ) -> Found:  # fmt: skip
        """One page of a list, with the cursor of the next, and where the words are.

        Raises `Invalid`.
        """
        meant = await self.meant(asked, caller, sites)
        if meant.missing or meant.is_empty:
            return Found((), missing=meant.missing)
        chats, more = await self._store.inbox.chats(
            filter, meant.words, cursor, limit, caller.id, meant.sites, meant.narrow
        )
        return Found(chats, more, await self._hits(chats, meant), await self._notes(chats, meant))

    async def meant(self, asked: Asked, caller: Manager, sites: Sight = None) -> Meant:
        """What the names and the typed filters mean to a manager who sees these sites."""
        text = typed(asked.words)
        names, missing = self._store.names, list[Unknown]()

        async def all_of(
            kind: str, given: Sequence[str | None], find: Callable[[str, Sight], Awaitable[Any]]
        ) -> list[Any]:
            found = []
            for name in filter(None, given):
                if ids := await find(name, sites):
                    found.append(ids)
                else:
                    missing.append(Unknown(kind, name))
            return found

        async def person(name: str, sites: Sight) -> Sequence[str]:
            is_me = name.lower() == ME or name == caller.id
            return [caller.id] if is_me else await names.people(name, sites)

        marks, rest = [], text.words
        for name in text.marks:
            if ids := await names.tags(name, sites):
                marks.append(ids)
            else:
                # Of no such tag there may still be a word, such as an order's number.
                rest += f" #{name}"
        tags = await all_of("tag", (*asked.tags, *text.tags), names.tags)
        people = await all_of("person", (asked.person, text.person), person)
        teams = await all_of("team", (asked.team, text.team), names.teams)
        for found in await all_of("site", (asked.site, text.site), names.sites):
            sites = tuple(one for one in found if sites is None or one in sites)
        pressing = text.priority or asked.priority
        narrow = Narrow(
            tags=(*marks, *tags),
            priority=PRIORITIES[pressing] if pressing else None,
            people=_both(people),
            teams=_both(teams),
            after=max(filter(None, (asked.after, text.after)), default=None),
            before=min(filter(None, (asked.before, text.before)), default=None),
            where=text.where or asked.where or "all",
        )
        looked_for = words(rest)[:MOST_WORDS]
        nobody = any((people and not narrow.people, teams and not narrow.teams))
        return Meant(
            looked_for, narrow, sites, missing, nobody or bool(rest.strip() and not looked_for)
        )

    async def _hits(self, chats: Sequence[Chat], meant: Meant) -> Sequence[Hit]:
        """The texts are excerpts."""
        if not meant.words or not chats or meant.narrow.where == "notes":
            return ()
        ids = [chat.chat_id for chat in chats]
        found = await self._store.inbox.hits(ids, meant.words, meant.narrow)
        return [replace(hit, text=excerpt(hit.text, list(meant.words))) for hit in found]

    async def _notes(self, chats: Sequence[Chat], meant: Meant) -> Sequence[NoteHit]:
        if not meant.words or not chats or meant.narrow.where == "messages":
            return ()
        ids = [chat.chat_id for chat in chats]
        found = await self._store.inbox.note_hits(ids, meant.words, meant.narrow)
        return [replace(hit, text=excerpt(hit.text, list(meant.words))) for hit in found]


def _both(groups: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """What is in each of the groups."""
    first, *others = groups or [()]
    return tuple(one for one in first if all(one in group for group in others))
