"""A broken promise, and what may be felt without one."""

from dataclasses import dataclass

# What a push may take on a busy machine.
PUSH_SECONDS = 3.0
# Nobody may feel these.
HARMLESS = frozenset({"calm", "jobs doubled and late", "connections gone (410)", "never reads"})


@dataclass(frozen=True, slots=True)
class Violation:
    """What was broken, where, and when it happened."""

    kind: str
    chat: str
    what: str
    at: float

    def __str__(self) -> str:
        return f"{self.kind}: {self.chat}: {self.what}"
