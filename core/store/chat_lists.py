"""A page of the managers' list: its statements, and the cursor of the next page."""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import Invalid
from core.model import CHAT_ID, Filter
from core.protocol.text import is_near

CURSOR = "Please use the `next_cursor` of the page before as `cursor`."
# A common word is looked for in so many chats first, one by one, and then in all.
NEAR = 500

# Chats of blocked contacts and of spam are kept apart.
_FREE = "s.restriction is null"
# So are those that are put off.
_NOW = f"{_FREE} and s.snoozed_until is null"


def _assigned(condition: str) -> str:
    """Whether a chat has such an assignment. Not `exists`: Postgres may read all for it."""
    return (
        "coalesce((select true from assignments a"
        f" where a.chat_id = s.chat_id and {condition} limit 1), false)"
    )


# The condition of each filter. For each but "open" there is an index.
_FILTERS: dict[Filter, str] = {
    "all": "true",
    "open": f"s.status = 'open' and {_NOW}",
    "assistant": f"s.status = 'open' and s.owner = 'assistant' and {_NOW}",
    "manager": f"s.status = 'open' and s.owner = 'manager' and {_NOW}",
    "mine": f"s.status = 'open' and (s.manager_id = $4 or {_assigned('a.manager_id = $4')})"
    f" and {_NOW}",
    "unassigned": "s.status = 'open' and s.manager_id is null"
    f" and not {_assigned('a.manager_id is not null')} and {_NOW}",
    "snoozed": f"s.snoozed_until is not null and {_FREE}",
    "closed": "s.status = 'closed'",
    "restricted": "s.restriction is not null",
    "waiting": f"s.waiting_since is not null and {_NOW}",
}
_OPEN = tuple(f"s.status = 'open' and s.owner = '{owner}'" for owner in ("assistant", "manager"))
# Nobody has taken these yet. Most that are a person's have somebody.
_NOBODYS = f"{_OPEN[1]} and s.manager_id is null"
# What somebody answers, and what else they are responsible for: an index for each.
_MINE = (
    ("chats s", "s.manager_id = $4"),
    (
        "(select c.* from assignments a cross join lateral ("
        "  select x.* from chats x where x.chat_id = a.chat_id offset 0) c"
        " where a.manager_id = $4 and a.is_open) s",
        "s.manager_id is distinct from $4",
    ),
)
# Each of them has an index by site.
_PARTS: dict[Filter, tuple[str, ...]] = {
    "all": (*_OPEN, "s.status = 'closed'"),
    "open": _OPEN,
    "unassigned": (_OPEN[0], _NOBODYS),
    "assistant": _OPEN[:1],
    "manager": _OPEN[1:],
    "closed": ("s.status = 'closed'",),
}


class ChatLists:
    """The statements of a page. `limited`: only chats of some sites, the last parameter."""

    def __init__(self, limited: bool) -> None:
        self._limited = limited

    def everything(self, filter: Filter) -> str:
        """The next $3 chats after the cursor ($1, $2), for the manager $4.

        The rows have `chat_id`, `chat` and `at`. The list is ordered by `at`.
        """
        return _whole(filter, self._page_of_all(filter, "$3", "$5"))

    def tagged(self, filter: Filter) -> str:
        """The same, but only chats with one of the tags $5. It goes from the tags to the chats."""
        return _whole(filter, self._page_of_tagged(filter, "$3", "$5"))

    def with_words(self, filter: Filter, *, tagged: bool = False) -> str:
        """The same, but only chats with all words $5. `tagged`: and one of the tags, the last one.

        It goes from the words to the chats. If few chats have the words, the other way would read
        all.
        """
        found = (
            "chats_with_words(beginnings($5)::text) w"
            " cross join lateral (select c.* from chats c where c.chat_id = w.chat_id offset 0) s"
        )
        own = "s.site_id = any ($6::text[])" if self._limited else "true"
        if tagged:
            own += (
                " and coalesce((select true from chat_tags g where g.chat_id = s.chat_id"
                f" and g.tag_id = any (${7 if self._limited else 6}::uuid[]) limit 1), false)"
            )
        return _whole(filter, _page(filter, found, "$3", own))

    def near_with_words(self, filter: Filter, *, tagged: bool = False) -> str:
        """The same among the next `NEAR` chats only. It reads them one by one until it has $3."""
        near = (
            self._page_of_tagged(filter, str(NEAR), "$7" if self._limited else "$6")
            if tagged
            else self._page_of_all(filter, str(NEAR), "$6")
        )
        return _whole(
            filter, f"select * from ({near}) c where has_words(c.chat_id, beginnings($5)) limit $3"
        )

    def _page_of_tagged(self, filter: Filter, limit: str, tags: str) -> str:
        found = (
            "(select c.* from (select distinct g.chat_id from chat_tags g"
            f"  where g.tag_id = any ({tags}::uuid[])) t"
            " cross join lateral (select x.* from chats x where x.chat_id = t.chat_id"
            "  offset 0) c) s"
        )
        own = "s.site_id = any ($6::text[])" if self._limited else "true"
        return _page(filter, found, limit, own)

    def _page_of_all(self, filter: Filter, limit: str, sites: str) -> str:
        if filter == "mine":
            own = f"s.site_id = any ({sites}::text[])" if self._limited else "true"
            pages = [_page(filter, one, limit, f"{part} and {own}") for one, part in _MINE]
            return _joined(filter, limit, pages)
        if not self._limited:
            found = _PARTS[filter] if filter in ("open", "unassigned") else ("true",)
            return _page_of_parts(filter, limit, found)
        if filter not in _PARTS:
            return _page(filter, "chats s", limit, f"s.site_id = any ({sites}::text[])")
        # For each part of one site there is an index.
        parts = [f"{part} and s.site_id = own.site_id" for part in _PARTS[filter]]
        return (
            f"select p.* from unnest({sites}::text[]) own (site_id)"
            f" cross join lateral ({_page_of_parts(filter, limit, parts)}) p"
            f" order by p.at desc, p.chat_id desc limit {limit}"
        )


def hits(*, common: bool) -> str:
    """The newest message with all words $2 in each of the chats $1, where a message has them.

    Rare words lead to their messages. Common ones are looked for in the newest messages.
    """
    if common:
        return (
            "select m.* from unnest($1::text[]) c (chat_id) cross join lateral ("
            " select x.chat_id, x.seq, x.role, x.text from ("
            "  select * from messages y where y.chat_id = c.chat_id and y.kind = 'text'"
            "  order by y.seq desc limit 100) x"
            " where words_of(x.text) @@ beginnings($2)"
            "  or is_unspaced(x.text) and words_of(spaced(x.text)) @@ beginnings($2)"
            " order by x.seq desc limit 1) m"
        )
    return (
        "select m.chat_id, m.seq, m.role, m.text from ("
        " select f.chat_id, max(f.seq) as seq from ("
        "  (select x.chat_id, x.seq from messages x"
        "   where x.kind = 'text' and words_of(x.text) @@ beginnings($2) limit 5000)"
        "  union all"
        "  (select x.chat_id, x.seq from messages x"
        "   where x.kind = 'text' and is_unspaced(x.text)"
        "     and words_of(spaced(x.text)) @@ beginnings($2) limit 5000)) f"
        " where f.chat_id = any ($1) group by f.chat_id) n"
        " join messages m on m.chat_id = n.chat_id and m.seq = n.seq"
    )


def own_mark(manager: str) -> str:
    """How far a manager has read, beside a summary `s`."""
    return (
        "jsonb_build_object('read',"
        f" read_to({manager}, s.chat_id, s.created_at, s.seen_by_manager))"
    )


def _page_of_parts(filter: Filter, limit: str, parts: Sequence[str]) -> str:
    """A page of what has several parts, each with its own index. So none reads past the others."""
    pages = [_page(filter, "chats s", limit, part) for part in parts]
    return f"({pages[0]})" if len(pages) == 1 else _joined(filter, limit, pages)


def _joined(filter: Filter, limit: str, pages: Sequence[str]) -> str:
    _, way, _ = _order(filter)
    union = " union all ".join(f"({page})" for page in pages)
    return f"select * from ({union}) o order by at {way}, chat_id {way} limit {limit}"


def _page(filter: Filter, source: str, limit: str, further: str = "true") -> str:
    column, way, beyond = _order(filter)
    return (
        f"select s.chat_id, s.{column} as at from {source}"
        f" where s.{column} is not null and {_FILTERS[filter]} and $4::text is not null"
        f"  and {further}"
        f"  and ($1::timestamptz is null or (s.{column}, s.chat_id) {beyond} ($1, $2))"
        f" order by s.{column} {way}, s.chat_id {way} limit {limit}"
    )


def _whole(filter: Filter, page: str) -> str:
    """The summaries of a page's chats."""
    _, way, _ = _order(filter)
    return (
        f"select chat_id, to_jsonb(s) || {own_mark('$4')} as chat, n.at"
        f" from ({page}) n join summaries s using (chat_id) order by n.at {way}, chat_id {way}"
    )


def merged(filter: Filter, *pages: Sequence[Any]) -> Sequence[Any]:
    """The rows of several pages in the list's order, without repetitions."""
    _, way, _ = _order(filter)
    rows = {row["chat_id"]: row for page in pages for row in page}
    return sorted(rows.values(), key=lambda row: (row["at"], row["chat_id"]), reverse=way == "desc")


def _order(filter: Filter) -> tuple[str, str, str]:
    """The column that orders the list, the direction, and the comparison with a cursor."""
    if filter == "waiting":
        return "waiting_since", "asc", ">"
    return "listed_at", "desc", "<"


def cursor(at: datetime, chat_id: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {chat_id}".encode()).decode()


def read_cursor(cursor: str | None) -> tuple[datetime | None, str | None]:
    """Raises `Invalid`."""
    if cursor is None:
        return None, None
    try:
        time, chat_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ", 1)
        at = datetime.fromisoformat(time)
    except ValueError:
        raise Invalid(CURSOR) from None
    if at.tzinfo is None or not is_near(at) or not re.fullmatch(CHAT_ID, chat_id):
        raise Invalid(CURSOR)
    return at, chat_id
