"""What a manager types into the search: words, and filters such as `#vip` or `from:anna`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from core.model import PRIORITIES, Asked, Pressing, Where
from core.protocol.text import is_near

# In quotes a name may have spaces.
_FILTER = re.compile(
    r"(?:^|(?<=\s))(?:#(?P<tag>[^\s#]{1,40})"
    r"|(?P<name>tag|from|team|site|priority|in|after|before):(?:\"(?P<long>[^\"\n]{1,100})\"|(?P<short>\S+)))"
    r"(?=\s|$)",
    re.IGNORECASE,
)


def typed(text: str) -> Asked:
    """The filters in a text, and the words beside them. What names no filter is a word."""
    tags: list[str] = []
    shown: list[str] = []
    named: dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        if found["tag"]:
            shown.append(found["tag"])
            return ""
        name, value = found["name"].lower(), found["long"] or found["short"]
        if name == "tag":
            tags.append(value)
        elif not _fits(name, value):
            return found[0]
        else:
            named[name] = value
        return ""

    words = _FILTER.sub(take, text)
    return Asked(
        words=words.strip(),
        marks=tuple(shown),
        tags=tuple(tags),
        person=named.get("from"),
        team=named.get("team"),
        site=named.get("site"),
        priority=_pressing(named.get("priority")),
        where=_where(named),
        after=_time(named.get("after")),
        before=_time(named.get("before")),
    )


def _fits(name: str, value: str) -> bool:
    if name == "in":
        return value.lower() in get_args(Where)
    if name == "priority":
        return _pressing(value) is not None
    return name not in ("after", "before") or _time(value) is not None


def _pressing(value: str | None) -> Pressing | None:
    return next((one for one in PRIORITIES if one == (value or "").lower()), None)


def _where(named: Mapping[str, str]) -> Where | None:
    value = named.get("in", "").lower()
    return next((one for one in get_args(Where) if one == value), None)


def _time(value: str | None) -> datetime | None:
    """The begin of a day, or a time. Without a zone it is UTC."""
    try:
        time = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return time if is_near(time) else None
