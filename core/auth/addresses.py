"""Whom a limit by address counts as one."""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def counted(address: str | None) -> str | None:
    """The network that an address belongs to: itself, or an IPv6 customer's /64.

    None is not counted: this machine's own programs, and all of a proxy that does not say for
    whom it asks, who would else be taken for one.
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
