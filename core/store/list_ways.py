"""By what a narrowed list is read: by what few chats have, or chat by chat."""

from collections.abc import Mapping
from typing import Literal

from core.model import Filter, Narrow
from core.store.list_filters import OF_PEOPLE

# A tag or team of at most so many chats leads to them.
RARE = 5_000
# By what a list is read that is narrowed: the number of a group of tags, or one of these.
Way = int | Literal["team", "person", "priority", "walk"]
Prepared = tuple[str, list[object]]


def way_to(filter: Filter, narrow: Narrow, counts: Mapping[str, int]) -> Way:
    """By what a narrowed list is read: the number of a group of tags, a team, a person, or else
    chat by chat. `counts`: how many chats each has, up to `RARE` and one more.
    """
    if filter == "restricted":
        # There are few.
        return "walk"
    for n in range(len(narrow.tags)):
        if counts[f"tag{n}"] <= RARE:
            return n
    if narrow.priority is not None and counts["priority"] <= RARE:
        return "priority"
    if narrow.teams and counts["team"] <= RARE:
        return "team"
    return "person" if narrow.people and filter in OF_PEOPLE else "walk"


def counts(filter: Filter, narrow: Narrow) -> Prepared:
    """A statement that counts what a list may be read by, up to `RARE` and one more of each."""
    args: list[object] = [list(group) for group in narrow.tags]
    parts = [
        f"select 'tag{n}' as what, count(*) as n from (select from chat_tags"
        f" where tag_id = any (${n + 1}::uuid[]) limit {RARE + 1}) x"
        for n in range(len(args))
    ]
    if narrow.teams:
        args += [list(narrow.teams), list(is_open(filter))]
        parts.append(
            "select 'team' as what, count(*) as n from (select from assignments"
            f" where team_id = any (${len(args) - 1}::text[])"
            f" and is_open = any (${len(args)}::boolean[]) limit {RARE + 1}) x"
        )
    if narrow.priority is not None:
        args.append(narrow.priority)
        parts.append(
            "select 'priority' as what, count(*) as n from (select from chats"
            f" where priority = ${len(args)}::int limit {RARE + 1}) x"
        )
    return " union all ".join(parts), args


def is_open(filter: Filter) -> tuple[bool, ...]:
    """What the chats of a list may be: open, closed, or both."""
    if filter == "closed":
        return (False,)
    return (True, False) if filter == "all" else (True,)
