"""Addresses, as the limits count them."""

import ipaddress
from functools import lru_cache

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# All whose address nobody can read count as one.
UNREADABLE = "unreadable"
# IPv6 with a zone, brackets, quotes and a port, and some blanks.
LONGEST = 100


def parsed(text: str) -> IPAddress | None:
    """An address as proxies write it: maybe with a port, IPv6 maybe in brackets. Else None."""
    # A header may hold much that is no address, and none of it is kept.
    return _parsed(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPAddress | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def counted(address: str | None) -> str | None:
    """The network that is counted: an IPv4 address, or the /64 of an IPv6 customer.

    None is not counted: it is a program of this machine, which no proxy has forwarded.
    """
    if address is None:
        return None
    found = parsed(address)
    if found is None:
        return UNREADABLE
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
