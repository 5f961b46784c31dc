"""Who a visitor behind proxies is. Only proxies in `TRUSTED_PROXIES` are believed."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from core.auth.addresses import UNREADABLE, parsed
from local.gateway.asgi import AsgiScope

# Nobody stands behind more proxies than these. A client may send any number.
MOST_HOPS = 20
FORWARDED_FOR, FORWARDED_PROTO = b"x-forwarded-for", b"x-forwarded-proto"


class Proxies:
    """The proxies that are believed: networks, or single addresses."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._networks = [ipaddress.ip_network(one, strict=False) for one in trusted]
        self.trust = lru_cache(maxsize=4096)(self._trust)

    def visitor(self, peer: str | None, forwarded: Sequence[bytes]) -> str | None:
        """The address that counts: the rightmost that is no trusted proxy's.

        `peer` is None for a Unix socket. The answer is None for a program of this machine, if no
        proxy has forwarded it.
        """
        if not forwarded and _is_local(peer):
            return None
        if not forwarded or not self.trust(peer):
            return peer
        address = UNREADABLE
        for hop in _from_the_right(forwarded):
            found = parsed(hop)
            address = str(found) if found else UNREADABLE
            if not self.trust(address):
                break
        return address

    def apply(self, scope: AsgiScope) -> None:
        """Put the visitor's address and scheme into a scope, in place of the proxy's."""
        client, headers = scope.get("client"), scope["headers"]
        peer = client[0] if client else None
        forwarded = [value for name, value in headers if name == FORWARDED_FOR]
        address = self.visitor(peer, forwarded)
        if address != peer:
            scope["client"] = None if address is None else (address, 0)
        if self.trust(peer):
            schemes = [value for name, value in headers if name == FORWARDED_PROTO]
            _set_scheme(scope, schemes[-1].strip().lower() if schemes else b"")

    def _trust(self, address: str | None) -> bool:
        if address is None:
            return True
        found = parsed(address)
        return found is not None and any(found in network for network in self._networks)


def _from_the_right(forwarded: Sequence[bytes]) -> Iterator[str]:
    hops = b",".join(forwarded).decode("latin-1").rsplit(",", MOST_HOPS)
    # What is left of these stays together, and no address can be read from it.
    return reversed(hops)


@lru_cache(maxsize=4096)
def _is_local(peer: str | None) -> bool:
    found = parsed(peer) if peer else None
    return peer is None or (found is not None and found.is_loopback)


def _set_scheme(scope: AsgiScope, said: bytes) -> None:
    secure = {b"https": True, b"wss": True, b"http": False, b"ws": False}.get(said)
    if secure is not None:
        plain = "ws" if scope["type"] == "websocket" else "http"
        scope["scheme"] = f"{plain}s" if secure else plain
