"""Open mode's guard: without sign-in, only this machine's own pages and programs are let in.

A page of another site must not reach a server on its reader's machine: neither with its own
origin nor, by DNS rebinding, with a name of its own that leads to this machine.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from local.server import Scope

WARNING = "open mode: there is no sign-in; whoever reaches this port can read and write every chat"
FOREIGN_HOST = (
    "Without sign-in this server answers only to localhost. Set PUBLIC_URL to the address that"
    " people use."
)
FOREIGN_ORIGIN = "Pages of this origin are not let in. Add it to ALLOWED_ORIGINS."


def refusal(scope: Scope, public_url: str | None, allowed: Collection[str]) -> str | None:
    """Why a request or a handshake is refused, as a sentence; None when it is let in."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    own = urlsplit(public_url or "")
    if not _is_loopback(host) and host.lower() != own.netloc.lower():
        return FOREIGN_HOST
    if origin is None or origin in allowed:
        return None
    netloc = urlsplit(origin).netloc.lower()
    return None if netloc and netloc in (host.lower(), own.netloc.lower()) else FOREIGN_ORIGIN


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
