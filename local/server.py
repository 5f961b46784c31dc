"""What ASGI has no word for and uvicorn has: the transport, and limits on frames.

uvicorn's `send` is a method of its protocol object. Where `send` is something else (another
server, or a middleware in between) all of this is absent, and the gateway does with less.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def transport_of(send: Send) -> asyncio.Transport | None:
    """The connection's transport: only it can drop a peer that does not read."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if hasattr(transport, "abort") else None


def limit_frames(send: Send, message_bytes: int, frame_bytes: int) -> bool:
    """Have the server itself close with 1009 on a frame or message that is too big.

    False if it cannot: ASGI shows whole messages only, never the frames they came in.
    """
    protocol: Any = getattr(getattr(send, "__self__", None), "conn", None)
    if not hasattr(protocol, "max_fragment_size"):
        return False
    protocol.max_message_size, protocol.max_fragment_size = message_bytes, frame_bytes
    return True
