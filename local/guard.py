"""Refuses requests by their Host and Origin, before anything else reads them.

In open mode a page of another site must not reach a server on its reader's machine. It could come
with its own origin, or by DNS rebinding with its own host name. With sign-in, the handlers check
origins, and another site has no cookies of ours. Then only a `PUBLIC_URL` limits the host names.
"""

import ipaddress
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse

from functions import problems
from functions.origins import NOT_ALLOWED, is_allowed
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend

WARNING = "There is no sign-in: anyone who reaches this port can read and write every chat."
FOREIGN_HOST = (
    "Without sign-in this server answers only to localhost. Set PUBLIC_URL to the address that"
    " people use."
)
BAD_HOST = "The Host header names no host."
OTHER_HOST = "This server answers to the name in PUBLIC_URL."
# A load balancer may ask these under any host name.
HEALTH = ("/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class Guard:
    """`allowed`: the origins of other sites, as they are now."""

    public_url: str | None = None
    allowed: Callable[[], Collection[str]] = tuple
    open_mode: bool = True

    def refusal(self, scope: AsgiScope) -> str | None:
        """The sentence for a refused request or handshake. None if it is allowed."""
        headers = dict(scope["headers"])
        host, origin = headers.get(b"host", b"").decode("latin-1"), headers.get(b"origin")
        own = _authority(self.public_url or "")
        if _name(host) is None:
            return BAD_HOST
        ours = _is_loopback(host) or host.lower() == own
        if not self.open_mode:
            anywhere = not own or scope.get("path") in HEALTH
            return None if ours or anywhere else OTHER_HOST
        if not ours:
            return None if scope.get("path") in HEALTH else FOREIGN_HOST
        sent = None if origin is None else origin.decode("latin-1")
        let_in = is_allowed(sent, host, self.public_url, scope["scheme"], self.allowed())
        return None if let_in else NOT_ALLOWED


@lru_cache(maxsize=4)
def _authority(url: str) -> str:
    return urlsplit(url).netloc.lower()


@lru_cache(maxsize=64)
def _name(host: str) -> str | None:
    """The host without its port. None if it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    name = _name(host) or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def refuse(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend, why: str) -> None:
    """Answer a refused request or handshake."""
    if scope["type"] == "websocket":
        # Before the socket is accepted, a close is an HTTP 403.
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    status, body = problems.problem("forbidden", why, 403)
    refused = JSONResponse(body, status, media_type=problems.MEDIA_TYPE)
    await refused(scope, receive, send)
