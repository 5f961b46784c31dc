"""uvicorn's HTTP protocol with bounds on what arrives: how large, how slowly, and how often.

uvicorn itself waits for ever, and reads a header of any size. `python -m local` uses this class;
`uvicorn main:app --http local.http_protocol:HttpProtocol` does so as well.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from core.log import Sampled
from local.half_open import Arrival, HalfOpen
from local.proxies import FORWARDED_FOR, Proxies

# The name of the `HalfOpen` in the state that the app's lifespan gives to the server.
HALF_OPEN = "half_open"
# A client that still sends gets so long to read why it was refused.
LINGER_SECONDS = 1.0
# Requests of one connection that wait for the answer before theirs.
MOST_WAITING = 16

log = structlog.get_logger()
refusals = Sampled()


class HttpProtocol(HttpToolsProtocol):
    """One connection. A request is half open from its first byte to its last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A server without our lifespan (`lifespan="off"`) has no state.
        self._sockets: HalfOpen = self.app_state.get(HALF_OPEN) or HalfOpen(Arrival(), Proxies())
        self._limits = self._sockets.limits
        self._key: str | None = None
        self._arrival: int | None = None
        self._linger: asyncio.TimerHandle | None = None
        self._in_head = True
        self._refused = False
        self._head_bytes = self._bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        if self._linger is not None:
            self._linger.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser in pieces: no head may become larger than its limit in one of them."""
        if self._key is None and not self._refused:
            self._begin()
        while data and not self._refused and not self.transport.is_closing():
            in_head, limit = self._in_head, self._limits.head_bytes
            most = limit + 1 - self._head_bytes if in_head else limit
            piece, data = data[:most], data[most:]
            self._bytes += len(piece)
            self._head_bytes += len(piece) if in_head else 0
            super().data_received(piece)
            if self._in_head and self._head_bytes > limit:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            elif self._bytes > self._limits.request_bytes:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        if self._key is None and not self._refused:
            # It came in one piece with the request before it.
            self._begin()

    def on_headers_complete(self) -> None:
        if self._refused:
            return
        if len(self.headers) > self._limits.headers:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif len(self.pipeline) >= MOST_WAITING or not self._named():
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)
        else:
            self._in_head = False
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            self._arrived()
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        if not self._refused:
            super().handle_websocket_upgrade()

    def _begin(self) -> None:
        """A request begins to arrive."""
        self._in_head, self._head_bytes, self._bytes = True, 0, 0
        self._arrival = self._sockets.arrivals.begin(self._late)
        self._key = self._sockets.enter(self.client[0] if self.client else None)
        if self._key is None:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)

    def _named(self) -> bool:
        """Whether the visitor whom the header names may send one more."""
        if self._key is not None:
            forwarded = [value for name, value in self.headers if name == FORWARDED_FOR]
            peer = self.client[0] if self.client else None
            self._key = self._sockets.named(self._key, peer, forwarded)
        return self._key is not None

    def _arrived(self) -> None:
        """The request is whole, or will never be."""
        self._end_arrival()
        if self._key is not None:
            self._sockets.leave(self._key)
            self._key = None
        self._in_head, self._head_bytes, self._bytes = True, 0, 0

    def _end_arrival(self) -> None:
        if self._arrival is not None:
            self._sockets.arrivals.end(self._arrival)
            self._arrival = None

    def _late(self) -> None:
        if self.flow.read_paused:
            # It is we who do not read.
            self._arrival = self._sockets.arrivals.begin(self._late)
        elif self._bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with `status` if nothing else is being answered, and read no more."""
        if self.transport.is_closing():
            return
        self._refused = True
        if (left_out := refusals.draw()) is not None:
            log.info("request_refused", status=status.value, left_out=left_out)
        self._end_arrival()
        answer = self._is_unanswered()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if answer and self.transport.can_write_eof():
            self.transport.write(_answer(status))
            self.transport.write_eof()
            self._linger = self.loop.call_later(LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.close()

    def _is_unanswered(self) -> bool:
        """Whether the request that arrives is the one whose answer is due."""
        cycle: RequestResponseCycle | None = self.cycle
        if self._in_head:
            return cycle is None or cycle.response_complete
        return cycle is not None and not cycle.response_started and not self.pipeline


def _answer(status: HTTPStatus) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\n"
    text = f"{status.phrase}\n"
    return f"{head}content-length: {len(text)}\r\nconnection: close\r\n\r\n{text}".encode()
