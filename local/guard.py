"""Which requests are let in at all, before anything looks at them.

A page of another site must not reach a server on its reader's machine: neither with its own
origin nor, by DNS rebinding, with a name of its own that leads to this machine. Where people sign
in, a page has only its own site's cookies, and the handlers look at origins; then only a
`PUBLIC_URL` says which name is ours.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse

from functions import problems
from functions.origins import NOT_ALLOWED, is_let_in
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend

WARNING = "open mode: there is no sign-in; whoever reaches this port can read and write every chat"
FOREIGN_HOST = (
    "Without sign-in this server answers only to localhost. Set PUBLIC_URL to the address that"
    " people use."
)
OTHER_HOST = "This server answers to the name in PUBLIC_URL."
# A load balancer asks these under whatever name it knows.
HEALTH = ("/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class Guard:
    """`allowed` are origins beside our own."""

    public_url: str | None = None
    allowed: Collection[str] = ()
    open_mode: bool = True

    def refusal(self, scope: AsgiScope) -> str | None:
        """Why a request or a handshake is refused, as a sentence; None when it is let in."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        own = urlsplit(self.public_url or "").netloc.lower()
        ours = _is_loopback(host) or host.lower() == own
        if not self.open_mode:
            anywhere = not own or scope.get("path") in HEALTH
            return None if ours or anywhere else OTHER_HOST
        if not ours:
            return FOREIGN_HOST
        let_in = is_let_in(origin, host, self.public_url, self.allowed)
        return None if let_in else NOT_ALLOWED


@lru_cache(maxsize=64)
def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def refuse(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend, why: str) -> None:
    """Answer a request or a handshake that is not let in."""
    if scope["type"] == "websocket":
        # Before the socket is accepted, a close is an HTTP 403.
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    status, body = problems.problem("forbidden", why, 403)
    refused = JSONResponse(body, status, media_type=problems.MEDIA_TYPE)
    await refused(scope, receive, send)
