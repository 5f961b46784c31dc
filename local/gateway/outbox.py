"""The outbox of one connection: bounded and in order. A slow connection delays no other."""

import asyncio
import contextvars
import types
from collections import deque
from collections.abc import Generator
from typing import Any

from local.gateway.asgi import AsgiMessage, AsgiSend
from local.gateway.server import forget_parser, take_wire, transport_of


class OutboxClosed(Exception):
    """The connection takes nothing more."""


class OutboxFull(Exception):
    """The peer reads too slowly, and the outbox is full."""


class Outbox:
    """Writes the frames of one connection, in the order of `put`.

    While the peer reads, `put` needs no queue and no task. When the server makes it wait, the next
    frames are queued, up to `limit` bytes. One writer task empties the queue.
    """

    __slots__ = ("_bytes", "_closed", "_limit", "_queue", "_send", "_wire", "_writer")

    def __init__(self, send: AsgiSend, limit: int) -> None:
        self._send = send
        self._wire = take_wire(send)
        self._limit = limit
        self._queue: deque[tuple[AsgiMessage, int]] | None = None
        self._bytes = 0
        self._closed = False
        self._writer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """The queued bytes, which the server does not have yet."""
        return self._bytes

    def put(self, data: bytes) -> None:
        """Send a text frame of UTF-8. Raises OutboxClosed, OutboxFull; never waits."""
        if self._closed:
            raise OutboxClosed
        if self._writer is None:
            if self._wire is not None and self._wire.send_text(data):
                return
            self._begin(_message(data), len(data))
            if self._closed:
                raise OutboxClosed
        elif self._bytes + len(data) > self._limit:
            raise OutboxFull
        else:
            self._enqueue(_message(data), len(data))

    def close(self, code: int, reason: str, linger: float) -> None:
        """Send a close frame after the queued frames. After `linger` seconds drop the peer."""
        if self._closed:
            return
        message = {"type": "websocket.close", "code": code, "reason": reason}
        if self._writer is None:
            self._begin(message, 0)
        else:
            self._enqueue(message, 0)
        self._closed = True
        if transport := transport_of(self._send):
            # The closing handshake does not cancel this: a transport that could not flush stays
            # open. To abort a closed transport does nothing.
            asyncio.get_running_loop().call_later(linger, transport.abort)

    def discard(self) -> None:
        """Drop the queued frames."""
        if self._queue is not None:
            self._queue.clear()
        self._bytes = 0

    async def end(self) -> None:
        """Stop writing: the connection is gone."""
        self._closed = True
        self.discard()
        if self._wire is not None:
            self._wire.let_go()
        forget_parser(self._send)
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait({self._writer})

    def _begin(self, message: AsgiMessage, size: int) -> None:
        """Run `send` until it must wait. Usually it runs to its end.

        A task for each frame would take a third of a broadcast's time. Python 3.11 has no eager
        tasks.
        """
        steps = self._send(message).__await__()
        try:
            waits_for = next(steps)
        except StopIteration:
            return
        except (OSError, RuntimeError):
            # uvicorn's ClientDisconnected, or a frame after the closing handshake has begun.
            self._closed = True
            return
        self._bytes = size
        # An own context: the writer belongs to no handler, although one of them starts it.
        self._writer = asyncio.create_task(
            self._write(steps, waits_for, size), context=contextvars.Context()
        )

    def _enqueue(self, message: AsgiMessage, size: int) -> None:
        if self._queue is None:
            self._queue = deque()
        self._queue.append((message, size))
        self._bytes += size

    async def _write(self, steps: Generator[Any, None, None], waits_for: Any, size: int) -> None:
        try:
            await _resume(steps, waits_for)
            self._bytes = max(0, self._bytes - size)
            while self._queue:
                message, size = self._queue.popleft()
                await self._send(message)
                self._bytes = max(0, self._bytes - size)
        except (OSError, RuntimeError):
            self._closed = True
            self.discard()
        finally:
            self._queue = self._writer = None


def _message(data: bytes) -> AsgiMessage:
    return {"type": "websocket.send", "text": data.decode()}


@types.coroutine
def _resume(steps: Generator[Any, None, None], waits_for: Any) -> Generator[Any, None, None]:
    """Continue a coroutine that was run until its first wait."""
    try:
        yield waits_for
        yield from steps
    finally:
        steps.close()
