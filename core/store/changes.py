"""What a committed step has changed, and a page of what there is to read."""

import json
from collections.abc import Iterable
from typing import Self

from core.model import Chat, Row, StoredMessage, Target
from core.value import value


@value
class Change:
    """What a committed step changed, and its recipients.

    The recipients `users` and `managers` are read after the commit. A connection that is not among
    them came later and finds the change in its `resume`. `chat` is set only when the summary
    changed by more than the messages show.
    """

    messages: tuple[StoredMessage, ...] = ()
    chat: Chat | None = None
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """From a procedure that gives some of `messages`, `chat`, `users` and `managers`."""
        return cls(
            messages=tuple(map(StoredMessage.from_row, json.loads(row.get("messages") or "[]"))),
            chat=Chat.from_row(json.loads(row.get("chat") or "null")),
            users=Target.parse_all(row["users"]),
            managers=Target.parse_all(row["managers"]),
        )


@value
class Page:
    """Messages of a chat in `seq` order, and whether there are more beyond them."""

    messages: tuple[StoredMessage, ...] = ()
    has_more: bool = False

    @classmethod
    def of(cls, found: Iterable[StoredMessage], limit: int) -> Self:
        """The first `limit` of what was found, which may be one more."""
        messages = tuple(found)
        return cls(messages[:limit], len(messages) > limit)
