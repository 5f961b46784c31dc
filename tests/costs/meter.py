"""What a run of the stack used: the things that AWS bills, and what explains them."""

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self

# API Gateway meters messages in pieces of this size.
PIECE = 32 * 1024


@dataclass
class Used:
    """Counts. `frames` names each message by its way and its type; `statements` by their name."""

    frames: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    # A two-way route answers nothing with a frame of no bytes.
    empty: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    milliseconds: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    schedules: int = 0
    statements: Counter[str] = field(default_factory=Counter)
    database_bytes: int = 0
    log_bytes: int = 0
    socket_minutes: float = 0.0

    def frame(self, way: str, kind: str, size: int) -> None:
        """A message of the WebSocket API: `in` from a client, `answer` or `push` to one."""
        if size == 0:
            self.empty += 1
            return
        self.frames[f"{way} {kind}"] += 1
        self.messages += ceil(size / PIECE)
        if way == "in":
            self.bytes_in += size
        else:
            self.bytes_out += size

    def invocation(self, function: str, seconds: float) -> None:
        self.invocations[function] += 1
        # Lambda bills whole milliseconds.
        self.milliseconds[function] += ceil(seconds * 1000)

    @property
    def requests(self) -> int:
        """SQS: each job is sent, received and deleted."""
        return 3 * self.jobs.total()

    def times(self, factor: float) -> Self:
        """The same so many times."""
        more: dict[str, Any] = {
            name: Counter({key: count * factor for key, count in had.items()})
            if isinstance(had, Counter)
            else had * factor
            for name, had in vars(self).items()
        }
        return type(self)(**more)

    def plus(self, other: Self) -> Self:
        """Both."""
        return type(self)(**{name: had + vars(other)[name] for name, had in vars(self).items()})

    def take(self) -> Self:
        """What was counted so far. It counts from zero again."""
        taken = type(self)(**vars(self))
        vars(self).update(vars(type(self)()))
        return taken
