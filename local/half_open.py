"""Counts the sockets whose request or handshake has not arrived yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.auth.addresses import counted
from local.gateway.deadline import Deadlines
from local.proxies import Proxies

# A proxy sends a request only when it has it, so few of its sockets are half open.
PROXIES_FACTOR = 5
PROXY = "a trusted proxy"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a request may take until it has arrived. In the last two, 0 is no limit."""

    seconds: float = 10.0
    head_bytes: int = 32 * 1024
    headers: int = 100
    # A body and what its chunks add to it. Bodies have a limit of their own, which is lower.
    request_bytes: int = 1024 * 1024
    per_address: int = 100
    in_all: int = 2000


class HalfOpen:
    """The half-open sockets of one server, by address.

    A trusted proxy stands for many people. Its sockets have a limit of their own until a header
    says whose they are.
    """

    def __init__(self, limits: Arrival, proxies: Proxies) -> None:
        self.limits = limits
        self.arrivals = Deadlines(limits.seconds)
        self._proxies = proxies
        self._sockets: Counter[str] = Counter()
        self._in_all = 0

    def enter(self, peer: str | None) -> str | None:
        """Count a socket before its header is read: its key for `leave`, or None if it is over."""
        return self._enter(PROXY if self._proxies.trust(peer) else counted(peer) or PROXY)

    def named(self, key: str, peer: str | None, forwarded: Sequence[bytes]) -> str | None:
        """Count a socket as its visitor's once its header is read: the new key, or None."""
        if key != PROXY or not forwarded:
            return key
        self.leave(key)
        return self._enter(counted(self._proxies.visitor(peer, forwarded)) or PROXY)

    def leave(self, key: str) -> None:
        self._sockets[key] -= 1
        self._in_all -= key != PROXY
        if not self._sockets[key]:
            del self._sockets[key]

    def _enter(self, key: str) -> str | None:
        most, in_all = self.limits.per_address, self.limits.in_all
        if key == PROXY:
            over = 0 < in_all * PROXIES_FACTOR <= self._sockets[key]
        else:
            over = 0 < in_all <= self._in_all or 0 < most <= self._sockets[key]
        if over:
            return None
        self._sockets[key] += 1
        self._in_all += key != PROXY
        return key
