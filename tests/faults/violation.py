"""A broken promise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """What was broken, where, and when it happened."""

    kind: str
    chat: str
    what: str
    at: float

    def __str__(self) -> str:
        return f"{self.kind}: {self.chat}: {self.what}"
