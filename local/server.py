"""What ASGI has no word for and uvicorn has: the transport, limits on frames, and corks.

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

CORKED_BYTES = 8_192


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


class Corked:
    """A transport that writes the first bytes of a turn of the loop, and what follows at once.

    Each write is a call of the kernel, which costs more than making the frame. Beyond
    `CORKED_BYTES` it writes through, so that the transport says when its peer reads too slowly.
    """

    __slots__ = ("_corked", "_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._corked = False
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._corked:
            self._corked = True
            self._loop.call_soon(self._uncork)
            self._transport.write(data)
            return
        self._parts.append(data)
        self._size += len(data)
        if self._size > CORKED_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _uncork(self) -> None:
        self._corked = False
        if self._parts:
            self._flush()

    def _flush(self) -> None:
        data, self._parts, self._size = b"".join(self._parts), [], 0
        if data and not self._transport.is_closing():
            self._transport.write(data)


def cork(send: Send) -> None:
    """Have the server write the frames of one turn of the loop together."""
    protocol: Any = getattr(send, "__self__", None)
    if transport := transport_of(send):
        protocol.transport = Corked(transport)
