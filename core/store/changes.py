"""A committed change with its recipients, and a page of messages."""

import json
from datetime import date
from typing import Self

from core.model import BudgetUse, Chat, Row, StoredMessage, Target, Viewing
from core.protocol.markdown import RENDERER, html
from core.protocol.text import storable
from core.value import value


@value
class Change:
    """A committed change and its recipients.

    The recipients `users` and `managers` are read after the commit. A connection that is not among
    them came later and finds the change in its `resume`. `chat` is set only when the summary
    changed by more than the messages show. `listed` is a summary that only those get who do not
    get the messages: the `listing` of either get none. `budget` is set when the team is told how
    much of the day's budget is used; it goes to `budget_to`. `viewing`: who looks at chats now, of
    which that is different; each has sockets of its own.
    """

    messages: tuple[StoredMessage, ...] = ()
    chat: Chat | None = None
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()
    budget: BudgetUse | None = None
    budget_to: tuple[Target, ...] = ()
    listed: Chat | None = None
    viewing: tuple[Viewing, ...] = ()

    @classmethod
    def told(cls, row: Row | None) -> Self | None:
        """Read what the team is told about the budget, if it is told anything."""
        return cls(budget=budget_use(row), budget_to=budget_to(row)) if row else None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Read a procedure's result: `users`, `managers`, and maybe `messages` and `chat`."""
        return cls(
            messages=tuple(map(StoredMessage.from_row, json.loads(row.get("messages") or "[]"))),
            chat=Chat.from_row(json.loads(row.get("chat") or "null")),
            users=Target.parse_all(row["users"]),
            managers=Target.parse_all(row["managers"]),
        )


def budget_use(row: Row | None) -> BudgetUse | None:
    if not row:
        return None
    return BudgetUse(
        row["percent"],
        row["tokens_today"],
        row["tokens_per_day"],
        date.fromisoformat(row["day"]),
        row.get("site"),
        row.get("name"),
    )


def budget_to(row: Row | None) -> tuple[Target, ...]:
    return Target.parse_all(row["managers"]) if row else ()


@value
class Page:
    """Messages of a chat in `seq` order. `has_more`: more messages follow.

    `change`: it has all of the chat's changes up to this one. None: nobody knows.
    """

    messages: tuple[StoredMessage, ...] = ()
    has_more: bool = False
    change: int | None = None


def new_text(text: str, **fields: str | None) -> str:
    """A new text with its HTML, as JSON for a step that stores it."""
    given = {"text": text, "html": html(text), **fields}
    stored = {name: value if value is None else storable(value) for name, value in given.items()}
    return json.dumps({**stored, "renderer": RENDERER})
