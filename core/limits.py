"""How much one chat, one connection, one address and one day may use."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `burst` at once, `refill` more a second. A burst of 0 is no limit."""

    burst: int = 0
    refill: float = 0.0

    @classmethod
    def per(cls, most: int, seconds: int, at_once: int) -> Self:
        """At most `most` in `seconds`, and `1 / at_once` of them at once."""
        return cls(max(1, most // at_once) if most else 0, most / seconds)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one chat, connection, address and day may use; 0 everywhere is no limit."""

    messages: Rate = Rate()
    frames: Rate = Rate()
    chats: Rate = Rate()
    sockets_per_chat: int = 0
    sockets_per_address: int = 0
    tokens_per_day: int = 0
    tokens_per_chat: int = 0


NO_LIMITS = Limits()
