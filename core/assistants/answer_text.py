"""An answer's text as it comes: in pieces, whole at the end, or both."""

import re
from collections.abc import Hashable, Iterator

from core.assistants.assistant import TextPiece
from core.assistants.fields import joined
from core.protocol.text import clean, is_blank

# The first half of a character that needs two surrogates.
HALF = re.compile(r"[\ud800-\udbff]\Z")


class AnswerText:
    """The parts of an answer in their order, each known by a name. A part is a paragraph."""

    def __init__(self) -> None:
        self._names: list[Hashable] = []
        self._parts: list[str] = []
        self._half = ""
        self.is_blank = True

    def add(self, name: Hashable, piece: str) -> Iterator[TextPiece]:
        """The next piece of a part."""
        begins = not self._names or self._names[-1] != name
        if begins:
            self._names.append(name)
            self._parts.append("")
        self._parts[-1] += piece
        text = self._whole(piece)
        if begins and not self.is_blank:
            text = f"\n\n{text}"
        self.is_blank = self.is_blank and is_blank(text)
        if text:
            yield TextPiece(text)

    def complete(self, name: Hashable, whole: str) -> Iterator[TextPiece]:
        """What is missing of a part whose whole text is known now.

        Some providers give a part another name at its end, so its text decides as well.
        """
        last = self._parts[-1] if self._parts else ""
        if name in self._names:
            if name == self._names[-1]:
                yield from self._complete_last(whole)
        elif any(whole.strip() == part.strip() for part in self._parts):
            return
        elif last.strip() and whole.startswith(last):
            yield from self._complete_last(whole)
        else:
            yield from self.add(name, whole)

    def complete_all(self, texts: list[str]) -> Iterator[TextPiece]:
        """What is missing when all parts are known."""
        for place, whole in enumerate(texts):
            if place >= len(self._parts):
                yield from self.add(("late", place), whole)
            elif place == len(self._parts) - 1:
                yield from self._complete_last(whole)

    def _complete_last(self, whole: str) -> Iterator[TextPiece]:
        said = joined(self._parts[-1].removesuffix(self._half))
        whole = joined(whole)
        if whole.startswith(said) and whole != said:
            self._half = ""
            yield from self.add(self._names[-1], whole[len(said) :])

    def _whole(self, piece: str) -> str:
        """The piece, ready to store. Two pieces may each hold one half of a surrogate pair."""
        text = self._half + piece
        half = HALF.search(text)
        self._half = half.group() if half else ""
        return clean(joined(text.removesuffix(self._half)))
