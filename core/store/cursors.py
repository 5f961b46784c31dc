"""Where the next page of a list begins: the time and the id of the last row of the page before."""

import base64
import re
from datetime import datetime
from uuid import UUID

from core.errors import Invalid
from core.model import CHAT_ID
from core.protocol.text import is_near

UNKNOWN = "Please use the `next_cursor` of the page before as `cursor`."


def cursor(at: datetime, name: str | UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


def of_chats(cursor: str | None) -> tuple[datetime | None, str | None]:
    """Raises `Invalid`."""
    at, name = _read(cursor)
    if name is not None and not re.fullmatch(CHAT_ID, name):
        raise Invalid(UNKNOWN)
    return at, name


def of_ids(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """Raises `Invalid`."""
    at, name = _read(cursor)
    try:
        return at, None if name is None else UUID(name)
    except ValueError:
        raise Invalid(UNKNOWN) from None


def _read(cursor: str | None) -> tuple[datetime | None, str | None]:
    if cursor is None:
        return None, None
    try:
        time, name = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ", 1)
        at = datetime.fromisoformat(time)
    except ValueError:
        raise Invalid(UNKNOWN) from None
    if at.tzinfo is None or not is_near(at):
        raise Invalid(UNKNOWN)
    return at, name
