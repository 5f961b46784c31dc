"""A page of the managers' list: its statements."""

import re
from collections.abc import Iterator, Sequence

from core.model import Filter, Narrow, Sight
from core.store import cursors, hits
from core.store.list_filters import FILTERS, MINE, PARTS, assigned, order
from core.store.list_ways import Prepared, Way, is_open
from core.store.read_marks import own_mark
from core.store.word_ways import Leading, Queries, lead_to_many, leads

# A common word is looked for in the next chats of the list, one by one, so many at once.
NEAR = 300
# Of what narrows a list to many chats, the next chats of the list are looked at, so many at once.
WALK = 1_000
NO_NARROW = Narrow()
_PLACE = re.compile(r"<(\d+)>")


class ListQueries:
    """The statements for a page of a list, each with its arguments. They are ordered by `at`.

    The rows are the next `limit` chats after the cursor, with `chat_id`, `chat` and `at`.
    """

    def __init__(
        self,
        filter: Filter,
        cursor: str | None,
        limit: int,
        mine: str,
        sites: Sight = None,
        narrow: Narrow = NO_NARROW,
        searching: bool = False,
    ) -> None:
        self._values: list[object] = []
        at, chat_id = cursors.of_chats(cursor)
        self._after = None if at is None else (self._given(at), self._given(chat_id))
        self._limit, self._mine = self._given(limit), self._given(mine)
        self._filter: Filter = filter
        self._narrow = narrow
        self._sites = None if sites is None else f"{self._given(list(sites))}::text[]"
        self._searching = searching
        self._bounds = " and ".join(self._times())
        self._further = self._conditions()

    def page(self, way: Way) -> Prepared:
        """All of the chats."""
        return self._whole(self._narrowed(way, self._limit))

    def last_looked_at(self, way: Way, searching: bool) -> Iterator[Prepared]:
        """The last chat that was looked at, if more follow: of those that matched, or of all."""
        if searching:
            yield self._last_of(self._narrowed(way, str(NEAR)), NEAR)
        if way == "walk":
            yield self._last_of(self._page_of_all(str(WALK)), WALK)

    def with_words(self, words: Sequence[str], leading: Leading) -> Prepared:
        """Those with all words. It goes from the words to the chats.

        If few chats have the words, the other way would read all. What fewer words lead to is
        looked at for all, the newest chat first. A row has the `places` with the words.
        """
        queries = Queries(words, leading, self._given)
        found = leads(self._narrow.where, queries, *self._asked_times())
        self._bounds = "true"
        further = " and ".join((*self._own(), *self._further))
        _, way, _ = order(self._filter)
        pages = [
            f"select n.chat_id, n.at, '{one.place}' as place"
            f" from ({self._page(one.source, 'all', further, ', s.hits')}) n"
            f" where coalesce(({one.has}), false)"
            f" order by n.at {way}, n.chat_id {way} limit {self._limit}"
            for one in found
        ]
        return self._whole(
            f"with q as materialized ({queries.statement})"
            " select o.chat_id, o.at, array_agg(o.place) as places"
            f" from ({_union(pages)}) o group by o.chat_id, o.at"
            f" order by o.at {way}, o.chat_id {way} limit {self._limit}",
            ", n.places",
        )

    def lead_to_many(self, words: Sequence[str], leading: Leading) -> Prepared:
        """Whether fewer words than all lead to more than is looked at."""
        queries = Queries(words, leading, self._given)
        many = lead_to_many(self._narrow.where, queries, *self._asked_times())
        return self._numbered(
            f"with q as materialized ({queries.statement}) select {many} as are_many"
        )

    def near_with_words(self, way: Way, words: Sequence[str]) -> Prepared:
        """Those of the next `NEAR` chats that have all words."""
        near, given = self._narrowed(way, str(NEAR)), self._given(list(words))
        found = hits.has_words(given, self._narrow.where, *self._asked_times())
        return self._whole(f"select * from ({near}) c where {found} limit {self._limit}")

    def _given(self, value: object) -> str:
        """A place for a value, in statements that are not numbered yet."""
        self._values.append(value)
        return f"<{len(self._values) - 1}>"

    def _asked_times(self) -> tuple[str, str]:
        """Between which what has the words was written."""
        after, before = map(self._given, (self._narrow.after, self._narrow.before))
        return f"{after}::timestamptz", f"{before}::timestamptz"

    def _numbered(self, statement: str) -> Prepared:
        """With the parameters that it has: Postgres refuses one that stands nowhere."""
        used: dict[str, int] = {}

        def number(found: re.Match[str]) -> str:
            return f"${used.setdefault(found[1], len(used) + 1)}"

        return _PLACE.sub(number, statement), [self._values[int(one)] for one in used]

    def _last_of(self, page: str, size: int) -> Prepared:
        return self._numbered(f"select n.* from ({page}) n offset {size - 1} limit 1")

    def _own(self) -> tuple[str, ...]:
        return () if self._sites is None else (f"s.site_id = any ({self._sites})",)

    def _times(self) -> Iterator[str]:
        """When a chat was last active. With words it is the time of what has them that counts.

        A chat's place moves at most once a minute.
        """
        after, before = self._narrow.after, self._narrow.before
        if after is not None:
            yield f"s.listed_at >= {self._given(after)}::timestamptz - interval '1 minute'"
        if before is not None and not self._searching:
            yield f"s.listed_at < {self._given(before)}::timestamptz"
        yield "true"

    def _conditions(self) -> list[str]:
        """What else a chat `s` must be, each by an index for the one chat."""
        narrow = self._narrow
        self._tags = [f"{self._given(list(group))}::uuid[]" for group in narrow.tags]
        found = [
            "coalesce((select true from chat_tags g where g.chat_id = s.chat_id"
            f" and g.tag_id = any ({group}) limit 1), false)"
            for group in self._tags
        ]
        if narrow.people:
            self._people = f"{self._given(list(narrow.people))}::text[]"
            of = assigned(f"a.manager_id = any ({self._people})")
            found.append(
                f"(s.manager_id is not null and s.manager_id = any ({self._people}) or {of})"
            )
        if narrow.priority is not None:
            self._priority = f"{self._given(narrow.priority)}::int"
            found.append(f"s.priority is not null and s.priority = {self._priority}")
        if narrow.teams:
            self._teams = f"{self._given(list(narrow.teams))}::text[]"
            found.append(assigned(f"a.team_id = any ({self._teams})"))
        if narrow.before is not None and self._searching:
            found.append(f"s.created_at < {self._given(narrow.before)}::timestamptz")
        return found

    def _narrowed(self, way: Way, limit: str) -> str:
        if not self._further:
            return self._page_of_all(limit)
        match way:
            case "person":
                # What one answers for another who is responsible is of both.
                return _joined(self._filter, limit, [
                    self._page(source.format(one), limit, self._all_of(part.format(one)))
                    for one in map(self._given, self._narrow.people) for source, part in MINE
                ], "union")  # fmt: skip
            case "walk":
                _, direction, _ = order(self._filter)
                return (
                    f"select s.* from ({self._page_of_all(str(WALK))}) s"
                    f" where {' and '.join(self._further)}"
                    f" order by s.at {direction}, s.chat_id {direction} limit {limit}"
                )
        if way == "team":
            ids = (
                f"select a.chat_id from assignments a where a.team_id = any ({self._teams})"
                f" and a.is_open = any ({self._given(list(is_open(self._filter)))}::boolean[])"
            )
        elif way == "priority":
            ids = f"select p.chat_id from chats p where p.priority = {self._priority}"
        else:
            ids = (
                "select distinct g.chat_id from chat_tags g"
                f" where g.tag_id = any ({self._tags[way]})"
            )
        found = (
            f"(select c.* from ({ids}) t cross join lateral ("
            "  select x.* from chats x where x.chat_id = t.chat_id offset 0) c) s"
        )
        return self._page(found, limit, self._all_of("true"))

    def _all_of(self, part: str) -> str:
        return " and ".join((part, *self._own(), *self._further))

    def _page_of_all(self, limit: str) -> str:
        filter = self._filter
        if filter == "mine":
            own, me = " and ".join(("true", *self._own())), self._mine
            return _joined(filter, limit, [
                self._page(one.format(me), limit, f"{part.format(me)} and {own}")
                for one, part in MINE
            ])  # fmt: skip
        if self._sites is None:
            found = PARTS[filter] if filter in ("open", "unassigned") else ("true",)
            return self._page_of_parts(limit, found)
        if filter not in PARTS:
            return self._page("chats s", limit, *self._own())
        # For each part of one site there is an index.
        parts = [f"{part} and s.site_id = own.site_id" for part in PARTS[filter]]
        return (
            f"select p.* from unnest({self._sites}) own (site_id)"
            f" cross join lateral ({self._page_of_parts(limit, parts)}) p"
            f" order by p.at desc, p.chat_id desc limit {limit}"
        )

    def _page_of_parts(self, limit: str, parts: Sequence[str]) -> str:
        """A page of several parts, each with its own index. So none reads past the others."""
        pages = [self._page("chats s", limit, part) for part in parts]
        return f"({pages[0]})" if len(pages) == 1 else _joined(self._filter, limit, pages)

    def _page(self, source: str, limit: str, further: str = "true", more: str = "") -> str:
        column, way, beyond = order(self._filter)
        after = "true"
        if self._after:
            at, chat_id = self._after
            after = f"(s.{column}, s.chat_id) {beyond} ({at}::timestamptz, {chat_id})"
        return (
            f"select s.chat_id, s.{column} as at, s.manager_id, s.created_at, s.priority{more}"
            f" from {source}"
            f" where s.{column} is not null and {FILTERS[self._filter].format(self._mine)}"
            f"  and {further or 'true'} and {self._bounds} and {after}"
            f" order by s.{column} {way}, s.chat_id {way} limit {limit}"
        )

    def _whole(self, page: str, more: str = "") -> Prepared:
        """The summaries of a page's chats."""
        _, way, _ = order(self._filter)
        return self._numbered(
            f"select chat_id, to_jsonb(s) || {own_mark(self._mine)} as chat, n.at{more}"
            f" from ({page}) n join summaries s using (chat_id)"
            f" order by n.at {way}, chat_id {way}"
        )


def _joined(filter: Filter, limit: str, pages: Sequence[str], how: str = "union all") -> str:
    _, way, _ = order(filter)
    return f"select * from ({_union(pages, how)}) o order by at {way}, chat_id {way} limit {limit}"


def _union(pages: Sequence[str], how: str = "union all") -> str:
    return f" {how} ".join(f"({page})" for page in pages)
