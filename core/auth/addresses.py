"""Addresses, as the limits count them."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def counted(address: str | None) -> str | None:
    """The network that is counted: an IPv4 address, or the /64 of an IPv6 customer.

    None is not counted. Loopback is None: programs of this machine use it, and so does a proxy that
    does not forward its clients' addresses. All its clients would count as one.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return counted(str(parsed.ipv4_mapped))
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
