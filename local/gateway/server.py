"""What ASGI has no word for and uvicorn has: the transport, limits on frames, ready-made frames.

uvicorn's `send` is a method of its protocol object. `USES` lists every name that we touch there.
Another server or release may lack a name, and a middleware hides them all. Then the gateway works
without that use, and logs one line that says what is lost.
"""

import asyncio
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

import structlog
from websockets.protocol import State as ProtocolState

from local.gateway.asgi import AsgiSend

log = structlog.get_logger()

CORKED_BYTES = 8_192
INTERNALS_MISSING = "server_internals_missing"


@dataclass(frozen=True, slots=True)
class Use:
    """Names of the server's protocol object, and what is lost when one is missing."""

    names: tuple[str, ...]
    lost: str

    def missing(self, protocol: object) -> tuple[str, ...]:
        # Each socket asks, and hardly ever lacks one.
        if _has(protocol, *self.names):
            return ()
        return tuple(name for name in self.names if not _has(protocol, name))


ABORT = Use(("transport.abort",), "a peer that does not read keeps its socket")
LIMITS = Use(
    ("conn.max_message_size", "conn.max_fragment_size"),
    "a message longer than a frame may be is refused, in however many frames it comes",
)
HANDSHAKE = Use(("response", "scope"), "an idle socket takes 3 KiB more")
PARSER = Use(
    ("conn.parser", "disconnected"), "a closed socket takes 4 KiB until garbage is collected"
)
WRITES = Use(
    (
        "transport.write",
        "transport.close",
        "transport.is_closing",
        "writable.is_set",
        "conn.state",
        "conn.extensions",
    ),
    "each frame is made for each socket, and is a call of the kernel",
)
USES = (ABORT, LIMITS, HANDSHAKE, PARSER, WRITES)


def _protocol_of(send: AsgiSend, use: Use) -> Any:
    """The server's protocol object, or None if it lacks what `use` needs."""
    protocol = getattr(send, "__self__", None)
    if not use.missing(protocol):
        return protocol
    missing = {one: names for one in USES if (names := one.missing(protocol))}
    # Behind a middleware there is no protocol object, only the middleware's function.
    _warn(
        type(protocol or send).__qualname__,
        tuple(name for names in missing.values() for name in names),
        tuple(one.lost for one in missing),
    )
    return None


def _has(protocol: object, *names: str) -> bool:
    try:
        _read(*names)(protocol)
    except AttributeError:
        return False
    return True


# Only of the names in `USES`.
_read = cache(attrgetter)


@cache
def _warn(server: str, missing: tuple[str, ...], lost: tuple[str, ...]) -> None:
    """Log it once in a process: every socket would log the same."""
    log.warning(INTERNALS_MISSING, server=server, missing=missing, lost=lost)


def transport_of(send: AsgiSend) -> asyncio.Transport | None:
    """The connection's transport: only it can drop a peer that does not read."""
    protocol = _protocol_of(send, ABORT)
    return None if protocol is None else protocol.transport


def limit_frames(send: AsgiSend, message_bytes: int, frame_bytes: int) -> bool:
    """Have the server itself close with 1009 on a frame or message that is too big.

    False if it cannot: ASGI shows whole messages only, never the frames they came in.
    """
    protocol = _protocol_of(send, LIMITS)
    if protocol is None:
        return False
    protocol.conn.max_message_size, protocol.conn.max_fragment_size = message_bytes, frame_bytes
    return True


def forget_handshake(send: AsgiSend) -> None:
    """Drop the headers and the answer of a handshake; they would live as long as the socket."""
    protocol = _protocol_of(send, HANDSHAKE)
    if protocol is not None:
        protocol.response = None
        protocol.scope["headers"] = []


def forget_parser(send: AsgiSend) -> None:
    """Drop the parser of a connection that has ended: it holds itself, and the handshake."""
    protocol = _protocol_of(send, PARSER)
    if protocol is not None:
        # A socket that was closed is lost in this turn of the loop, maybe only after this.
        asyncio.get_running_loop().call_soon(_forget_parser, protocol)


def _forget_parser(protocol: Any) -> None:
    if protocol.disconnected:
        protocol.conn.parser = None


class Wire:
    """A server's transport, and text frames that are ready to be written on it.

    A call of the kernel costs more than making a frame. So the frames of one turn of the loop are
    written at once in the next. Beyond `CORKED_BYTES` it writes through, so that the transport says
    when its peer reads too slowly.
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
        """Write a text frame; False if it has to go the server's way, which may wait."""
        protocol = self._protocol
        if (
            protocol.conn.state is not ProtocolState.OPEN
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
        self._parts.append(data)
        self._size += len(data)
        if self._size > CORKED_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def let_go(self) -> None:
        """Give the transport back, so that nothing holds the other in a circle."""
        self._flush()
        self._protocol.transport = self._transport

    def _uncork(self) -> None:
        self._corked = False
        self._flush()

    def _flush(self) -> None:
        parts = self._parts
        if parts:
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            self._size = 0
            if not self._transport.is_closing():
                self._transport.write(data)


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
    protocol = _protocol_of(send, WRITES)
    # A compressed frame is nobody else's.
    if protocol is None or protocol.conn.extensions:
        return None
    protocol.transport = wire = Wire(protocol)
    return wire
