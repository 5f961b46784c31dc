"""What ASGI has no word for and uvicorn has: the transport, limits on frames, ready-made frames.

uvicorn's `send` is a method of its protocol object. Where `send` is something else (another
server, or a middleware in between) all of this is absent, and the gateway does with less.
"""

import asyncio
from functools import lru_cache
from typing import Any

from websockets.protocol import State as ProtocolState

from local.gateway.asgi import AsgiSend

CORKED_BYTES = 8_192
AHEAD = 4


def transport_of(send: AsgiSend) -> asyncio.Transport | None:
    """The connection's transport: only it can drop a peer that does not read."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if hasattr(transport, "abort") else None


def limit_frames(send: AsgiSend, message_bytes: int, frame_bytes: int) -> bool:
    """Have the server itself close with 1009 on a frame or message that is too big.

    False if it cannot: ASGI shows whole messages only, never the frames they came in.
    """
    protocol: Any = getattr(getattr(send, "__self__", None), "conn", None)
    if not hasattr(protocol, "max_fragment_size"):
        return False
    protocol.max_message_size, protocol.max_fragment_size = message_bytes, frame_bytes
    return True


class Wire:
    """A server's protocol and its transport, with fewer calls of the kernel and fewer steps.

    Each of those calls costs more than making a frame. So it writes the first bytes of a turn of
    the loop, and what follows in that turn at once; beyond `CORKED_BYTES` it writes through, so
    that the transport says when its peer reads too slowly. And it stops reading only when
    `AHEAD` messages wait, not after each.
    """

    __slots__ = ("_corked", "_loop", "_parts", "_protocol", "_size", "_transport")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport: asyncio.Transport = protocol.transport
        self._loop = asyncio.get_running_loop()
        self._corked = False
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def send_text(self, data: bytes) -> bool:
        """Write a text frame now; False if it has to go the server's way, which may wait."""
        protocol = self._protocol
        if (
            protocol.close_sent
            or protocol.conn.state is not ProtocolState.OPEN
            or not protocol.writable.is_set()
            or self._transport.is_closing()
        ):
            return False
        self.write(framed(data))
        return True

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

    def pause_reading(self) -> None:
        """The server asks this after a message, and not again before it has resumed."""
        if self._protocol.queue.qsize() < AHEAD:
            self._protocol.read_paused = False
        else:
            self._transport.pause_reading()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def let_go(self) -> None:
        """Give the transport back, so that nothing holds the other in a circle."""
        self._flush()
        self._protocol.transport = self._transport
        # A socket that was closed is lost in this turn of the loop, maybe only after this.
        self._loop.call_soon(_let_go_of_parser, self._protocol)

    def _uncork(self) -> None:
        self._corked = False
        if self._parts:
            self._flush()

    def _flush(self) -> None:
        data, self._parts, self._size = b"".join(self._parts), [], 0
        if data and not self._transport.is_closing():
            self._transport.write(data)


def _let_go_of_parser(protocol: Any) -> None:
    """It holds itself, and the handshake: 4 KiB a socket until somebody looks for garbage."""
    if protocol.disconnected:
        protocol.conn.parser = None


@lru_cache(maxsize=1)
def framed(data: bytes) -> bytes:
    """A whole text frame, made once for all who get it. No extension was agreed on.

    https://www.rfc-editor.org/rfc/rfc6455#section-5.2
    """
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + data
    return b"\x81\x7f" + size.to_bytes(8, "big") + data


def take_wire(send: AsgiSend) -> Wire | None:
    """Have the server use a `Wire`, from here to its `let_go`. None where that cannot be."""
    protocol: Any = getattr(send, "__self__", None)
    if transport_of(send) is None or not hasattr(protocol, "read_paused"):
        return None
    # A compressed frame is nobody else's.
    if getattr(protocol.conn, "extensions", None):
        return None
    protocol.transport = wire = Wire(protocol)
    # The handshake is over; what it was made of would stay as long as the socket does.
    protocol.request = protocol.response = None
    protocol.scope["headers"] = []
    return wire
