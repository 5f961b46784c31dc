"""What every way out has in common: the notice, the one method, and the three ways to fail.

A new way is a class with `send`, and one line in `core/chat/ways.py`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.value import value


@value
class Notice:
    """One delivery with what it says, read from the database when it is sent.

    `id` is the same in each attempt: a receiver knows a repeat by it. `what` is the name of an
    event, such as `chat.waiting`, or `test`. `target` names the receiver in the store: a hook, an
    address, and for `push` a manager. `address` is where it goes, as its kind needs it. `facts` are
    the ids and codes that came with it. `said` is the visitor's last text, in the visitor's words.
    `urgent`: it passes do-not-disturb.
    """

    id: UUID
    kind: str
    what: str
    target: str
    attempt: int
    at: datetime
    address: Mapping[str, str]
    facts: Mapping[str, Any]
    site_id: str | None = None
    site: str = ""
    chat_id: str | None = None
    visitor: str = ""
    said: str = ""
    waiting_for: str | None = None
    waiting_since: datetime | None = None
    link: str = ""
    language: str = "en"
    urgent: bool = False


class NotSent(Exception):
    """Base of what `send` raises. `code` is stored and shown; it never holds a text or a secret."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(NotSent):
    """It may work later: after `seconds`, if the receiver said so, else after the usual pause."""

    def __init__(self, code: str, seconds: float | None = None) -> None:
        super().__init__(code)
        self.seconds = seconds


class Gone(NotSent):
    """The receiver is not there any more. Nothing else is sent to it."""


class Refused(NotSent):
    """It will never work as it is: somebody has to change something."""


class Carrier(Protocol):
    async def send(self, notice: Notice) -> None:
        """Send it once, within some seconds. Raises `TryLater`, `Gone` or `Refused`."""

    async def close(self) -> None:
        """Close what it keeps open."""
