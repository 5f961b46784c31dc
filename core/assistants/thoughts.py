"""What some servers put before the answer: the model's thoughts, between two marks."""

import re

BEGIN, END = "<think>", "</think>"
THOUGHTS = re.compile(rf"\s*{BEGIN}.*?({END}\s*|\Z)", re.DOTALL)


def without(text: str) -> str:
    """A whole text without its thoughts."""
    found = THOUGHTS.match(text)
    return text[found.end() :] if found else text


class Thoughts:
    """Leaves the thoughts out of a text that comes piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._over = False

    def left(self, piece: str) -> str:
        """What of all pieces so far is the answer, and was not given yet."""
        if self._over:
            return piece
        self._held += piece
        head = self._held.lstrip()
        if BEGIN.startswith(head) or (head.startswith(BEGIN) and not without(self._held)):
            return ""
        self._over = True
        return without(self._held)

    def rest(self) -> str:
        """What was held back, because it looked like the begin of thoughts."""
        held = "" if self._over else without(self._held)
        self._over = True
        return held
