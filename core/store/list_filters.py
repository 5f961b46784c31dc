"""What each list of chats holds, as conditions, and how it is ordered."""

from core.model import Filter

# Chats of blocked contacts and of spam are kept apart.
_FREE = "s.restriction is null"
# So are those that are put off.
_NOW = f"{_FREE} and s.snoozed_until is null"


def assigned(condition: str) -> str:
    """Whether a chat has such an assignment. Not `exists`: Postgres may read all for it."""
    return (
        "coalesce((select true from assignments a"
        f" where a.chat_id = s.chat_id and {condition} limit 1), false)"
    )


# The condition of each filter. For each but "open" there is an index.
FILTERS: dict[Filter, str] = {
    "all": "true",
    "open": f"s.status = 'open' and {_NOW}",
    "assistant": f"s.status = 'open' and s.owner = 'assistant' and {_NOW}",
    "manager": f"s.status = 'open' and s.owner = 'manager' and {_NOW}",
    "mine": f"s.status = 'open' and (s.manager_id = {{0}} or {assigned('a.manager_id = {0}')})"
    f" and {_NOW}",
    "unassigned": "s.status = 'open' and s.manager_id is null"
    f" and not {assigned('a.manager_id is not null')} and {_NOW}",
    "snoozed": f"s.snoozed_until is not null and {_FREE}",
    "closed": "s.status = 'closed'",
    "restricted": "s.restriction is not null",
    "waiting": f"s.waiting_since is not null and {_NOW}",
}
# All of their chats are open, so there is an index by whom they are of.
OF_PEOPLE = ("open", "assistant", "manager", "mine", "unassigned")
_OPEN = tuple(f"s.status = 'open' and s.owner = '{owner}'" for owner in ("assistant", "manager"))
# Nobody has taken these yet. Most that are a person's have somebody.
_NOBODYS = f"{_OPEN[1]} and s.manager_id is null"
# What somebody answers, and what else they are responsible for: an index for each.
MINE = (
    ("chats s", "s.manager_id = {0}"),
    (
        "(select c.* from assignments a cross join lateral ("
        "  select x.* from chats x where x.chat_id = a.chat_id offset 0) c"
        " where a.manager_id = {0} and a.is_open) s",
        "s.manager_id is distinct from {0}",
    ),
)
# Each of them has an index by site.
PARTS: dict[Filter, tuple[str, ...]] = {
    "all": (*_OPEN, "s.status = 'closed'"),
    "open": _OPEN,
    "unassigned": (_OPEN[0], _NOBODYS),
    "assistant": _OPEN[:1],
    "manager": _OPEN[1:],
    "closed": ("s.status = 'closed'",),
}


def order(filter: Filter) -> tuple[str, str, str]:
    """The column that orders the list, the direction, and the comparison with a cursor."""
    if filter == "waiting":
        return "waiting_since", "asc", ">"
    return "listed_at", "desc", "<"
