"""The limits of one chat, one connection, one address and one day."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: it holds `burst` tokens and gains `refill` a second. Burst 0: no limit."""

    burst: int = 0
    refill: float = 0.0

    @classmethod
    def per(cls, most: int, seconds: int, at_once: int) -> Self:
        """At most `most` in `seconds`, and at most `most / at_once` of them at once."""
        return cls(max(1, most // at_once) if most else 0, most / seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits. In each, 0 is no limit."""

    messages: Rate = Rate()
    frames: Rate = Rate()
    chats: Rate = Rate()
    sockets_per_chat: int = 0
    sockets_per_address: int = 0
    tokens_per_day: int = 0
    tokens_per_chat: int = 0


NO_LIMITS = Limits()
