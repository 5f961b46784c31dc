"""The limits of one chat, one connection, one address and one day."""

import time
from collections import OrderedDict
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
    # Frames that ask for nothing: pings, and those that are refused.
    idle_frames: Rate = Rate()
    chats: Rate = Rate()
    # What one visitor's chat, or one manager, may read. And the searches of one manager.
    reads: Rate = Rate()
    manager_reads: Rate = Rate()
    searches: Rate = Rate()
    # What one manager may try out.
    tries: Rate = Rate()
    sockets_per_chat: int = 0
    sockets_per_address: int = 0
    tokens_per_day: int = 0
    tokens_per_chat: int = 0
    tokens_per_address: int = 0
    bytes_per_chat: int = 0


NO_LIMITS = Limits()


class Bucket:
    """A rate in this process's memory."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate) -> None:
        self._rate, self._tokens, self._at = rate, float(rate.burst), time.monotonic()

    def draw(self) -> bool:
        """Take a token. False if there is none."""
        return not self.wait()

    def wait(self) -> float:
        """Take a token; 0. If there is none, the seconds until there is one."""
        if not self._rate.burst:
            return 0.0
        now = time.monotonic()
        gained = (now - self._at) * self._rate.refill
        self._tokens, self._at = min(self._tokens + gained, self._rate.burst), now
        if self._tokens < 1:
            return (1 - self._tokens) / max(self._rate.refill, 1e-6)
        self._tokens -= 1
        return 0.0


class Buckets:
    """A bucket for each of the last `most` names."""

    def __init__(self, rate: Rate, most: int = 10_000) -> None:
        self._rate, self._most = rate, most
        self._held: OrderedDict[str, Bucket] = OrderedDict()

    def draw(self, name: str) -> bool:
        """Take a token of this name. False if there is none."""
        return not self.wait(name)

    def wait(self, name: str) -> float:
        """Take a token of this name; 0. If there is none, the seconds until there is one."""
        if not self._rate.burst:
            return 0.0
        bucket = self._held.setdefault(name, Bucket(self._rate))
        self._held.move_to_end(name)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return bucket.wait()


UNLIMITED = Buckets(Rate())
