"""Attributes of a contact: short names with short values, such as `plan: premium`."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from core.protocol.text import line

MOST, MAX_NAME, MAX_VALUE = 20, 40, 200
# As in the IANA database. Whether there is such a zone, whoever shows the time finds out.
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")

TOO_MANY = f"it has more than {MOST} attributes"


def cleaned(given: object) -> dict[str, str]:
    """The attributes of a signed claim, which may be malformed: what does not fit is left out."""
    if not isinstance(given, Mapping):
        return {}
    read: dict[str, str] = {}
    for name, value in given.items():
        if len(read) == MOST:
            break
        if isinstance(value, bool | int | float):
            value = str(value).lower()
        if isinstance(value, str) and (name := line(str(name), MAX_NAME)):
            read[name] = line(value, MAX_VALUE)
    return read


def _bounded(given: Mapping[str, str | None]) -> dict[str, str | None]:
    if len(given) > MOST:
        raise ValueError(TOO_MANY)
    lines = {
        line(name, MAX_NAME): None if value is None else line(value, MAX_VALUE)
        for name, value in given.items()
    }
    return {name: value for name, value in lines.items() if name}


def _zone(value: str) -> str | None:
    return value if _TIME_ZONE.fullmatch(value) else None


AttributeEdits = Annotated[dict[str, str | None], AfterValidator(_bounded)]
Attributes = Annotated[dict[str, str], AfterValidator(_bounded)]
TimeZone = Annotated[str | None, AfterValidator(lambda value: value and _zone(value))]
