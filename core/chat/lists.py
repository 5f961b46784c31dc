"""Lists of chats, and the search: what is asked, in names and ids, and what is found."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from core.chat.typed import typed
from core.model import (
    PRIORITIES,
    Asked,
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
from core.store.lists import ListPage
from core.store.names import NameStore
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
        page = await self._store.lists.chats(
            filter, meant.words, cursor, limit, caller.id, meant.sites, meant.narrow
        )
        hits = await self._hits(page, meant)
        return Found(page.chats, page.cursor, hits, await self._notes(page, meant))

    async def meant(self, asked: Asked, caller: Manager, sites: Sight = None) -> Meant:
        """What the names and the typed filters mean to a manager who sees these sites."""
        text, store = typed(asked.words), self._store.names
        names = _Names(store, caller, sites)
        marks, rest = await names.marks(text.marks)
        rest = text.words + rest
        tags = await names.all_of("tag", (*asked.tags, *text.tags), store.tags)
        people = await names.all_of("person", (asked.person, text.person), names.people)
        teams = await names.all_of("team", (asked.team, text.team), store.teams)
        for found in await names.all_of("site", (asked.site, text.site), store.sites):
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
        is_empty = nobody or bool(rest.strip() and not looked_for)
        return Meant(looked_for, narrow, sites, names.missing, is_empty)

    async def _hits(self, page: ListPage, meant: Meant) -> Sequence[Hit]:
        """The texts are excerpts."""
        if not meant.words or not page.chats or meant.narrow.where == "notes":
            return ()
        found = await self._store.lists.hits(page, meant.words, meant.narrow)
        return [replace(hit, text=excerpt(hit.text, list(meant.words))) for hit in found]

    async def _notes(self, page: ListPage, meant: Meant) -> Sequence[NoteHit]:
        if not meant.words or not page.chats or meant.narrow.where == "messages":
            return ()
        found = await self._store.lists.note_hits(page, meant.words, meant.narrow)
        return [replace(hit, text=excerpt(hit.text, list(meant.words))) for hit in found]


class _Names:
    """Finds what names mean to a manager who sees these sites. `missing`: what nothing has."""

    def __init__(self, store: NameStore, caller: Manager, sites: Sight) -> None:
        self._store, self._caller, self._sites = store, caller, sites
        self.missing: list[Unknown] = []

    async def all_of(
        self,
        kind: str,
        given: Sequence[str | None],
        find: Callable[[str, Sight], Awaitable[Sequence[Any]]],
    ) -> list[Sequence[Any]]:
        """The ids of each of these names."""
        found = []
        for name in filter(None, given):
            if ids := await find(name, self._sites):
                found.append(ids)
            else:
                self.missing.append(Unknown(kind, name))
        return found

    async def people(self, name: str, sites: Sight) -> Sequence[str]:
        is_me = name.lower() == ME or name == self._caller.id
        return [self._caller.id] if is_me else await self._store.people(name, sites)

    async def marks(self, names: Sequence[str]) -> tuple[list[Sequence[UUID]], str]:
        """The tags of these marks, as in `#vip`, and the marks that name none.

        Of no such tag there may still be a word, such as an order's number.
        """
        found, rest = [], ""
        for name in names:
            if ids := await self._store.tags(name, self._sites):
                found.append(ids)
            else:
                rest += f" #{name}"
        return found, rest


def _both(groups: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    """What is in each of the groups."""
    first, *others = groups or [()]
    return tuple(one for one in first if all(one in group for group in others))
