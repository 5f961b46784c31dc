"""The rules for texts: Unicode, counted in code points, without control characters."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

MAX_CHARACTERS = 8_000
MAX_BYTES = 24_000
# The data about a person.
MAX_NAME, MAX_EMAIL, MAX_LOCALE, MAX_URL = 200, 320, 35, 2_000

# An excerpt's length, and what it shows before the word that it is about.
EXCERPT, BEFORE = 240, 40
# Sums with times beyond these would leave the calendar.
FIRST_YEAR, LAST_YEAR = 1970, 2999

# NUL and surrogates (half a character each): Postgres stores neither.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# C0 and C1 control characters and DEL, but for the newline and the tab.
_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]")
# They turn the direction of what follows, also of what stands beside a name.
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# What each of them is closed by. A line that opens more than so many loses the others.
_CLOSED_BY = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys(
    "\u2066\u2067\u2068", "\u2069"
)
_MOST_OPEN = 16
# Separators, control characters, and characters that have a width but no ink.
_INVISIBLE = {"Zs", "Zl", "Zp", "Cc", "Cf"}
_BLANK = set("\u115f\u1160\u2800\u3164\uffa0")


def storable(text: str) -> str:
    """The text with U+FFFD for each unstorable character: one of them fails a whole batch."""
    # Most texts are a line of what can be printed, and are looked at once.
    return text if text.isprintable() else _UNSTORABLE.sub("\ufffd", text)


def clean(text: str) -> str:
    """The storable text, without control characters other than `\\n` and `\\t`."""
    return text if text.isprintable() else _CONTROL.sub("", storable(text))


def unturned(text: str) -> str:
    """The text without characters that turn its direction."""
    return _TURNING.sub("", text)


def turns(text: str) -> int:
    """How many characters turn the direction of a text."""
    return len(_TURNING.findall(text))


def balanced(text: str) -> str:
    """The text in which each turn of direction ends in the line in which it begins."""
    if not _TURNING.search(text):
        return text
    return "\n".join(map(_balanced_line, text.split("\n")))


def _balanced_line(line: str) -> str:
    kept: list[str] = []
    closing: list[str] = []
    for one in line:
        if one in _CLOSED_BY:
            if len(closing) == _MOST_OPEN:
                continue
            closing.append(_CLOSED_BY[one])
        elif one in "\u202c\u2069":
            if not closing or closing[-1] != one:
                continue
            closing.pop()
        kept.append(one)
    return "".join([*kept, *reversed(closing)])


def is_blank(text: str) -> bool:
    """Whether the text has no visible character."""
    return all(unicodedata.category(one) in _INVISIBLE or one in _BLANK for one in text)


def is_near(time: datetime) -> bool:
    """Whether a time that a caller gave can be reckoned with."""
    return FIRST_YEAR <= time.year <= LAST_YEAR


def line(text: str, most: int) -> str:
    """A short text in one line, of at most `most` characters; a longer one is cut."""
    return " ".join(unturned(clean(text)).split())[:most].rstrip()


def words(text: str) -> list[str]:
    """The words between spaces and punctuation: letters with their marks, and digits."""
    parted = (one if unicodedata.category(one)[0] in "LMN" else " " for one in text)
    return "".join(parted).split()


def excerpt(text: str, found: list[str]) -> str:
    """A part of the text around the first word that begins as one of these, if there is one.

    Where a language has no spaces, a word may begin anywhere.
    """
    wanted = f"(?:{'|'.join(map(re.escape, found))})"
    begins = re.search(rf"(?<![^\W_]){wanted}", text, re.IGNORECASE)
    at = begins or re.search(wanted, text, re.IGNORECASE)
    start = max(0, at.start() - BEFORE) if at else 0
    if start:
        # It begins with a whole word, if one begins there.
        start = text.find(" ", start, start + BEFORE) + 1 or start
    return ("… " if start else "") + text[start : start + EXCERPT]


def _message_text(value: str) -> str:
    text = balanced(clean(value))
    if is_blank(text):
        raise ValueError("it needs at least one visible character")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has {len(text):,} characters; {MAX_CHARACTERS:,} are allowed")
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES:,} bytes; please shorten it")
    return text


def optional_line(most: int) -> AfterValidator:
    """A short text of at most `most` characters; longer ones are cut."""
    return AfterValidator(lambda value: line(value, most))


def _near(time: datetime) -> datetime:
    if not is_near(time):
        raise ValueError(f"it must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return time


NearTime = Annotated[AwareDatetime, AfterValidator(_near)]
Text = Annotated[str, AfterValidator(_message_text)]
