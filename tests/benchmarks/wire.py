"""A WebSocket client that costs next to nothing, so that the server is what is measured.

Text frames only, masked with zeros (RFC 6455 section 5.3 allows any mask), none fragmented.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

Received = Callable[[bytes], None]


class Socket(asyncio.Protocol):
    """`received` is called with the payload of each text frame."""

    def __init__(self, path: str, host: str, received: Received) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._request = (
            f"GET {path} HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\n"
            f"connection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n"
        ).encode()
        self._received = received
        self._buffer = b""
        self._open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("refused"))

    def send(self, payload: bytes) -> None:
        size = len(payload)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + payload)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._open:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self._buffer = head
                return
            self._buffer = b""
            if b" 101 " not in head:
                self.ready.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
                return
            self._open = True
            self.ready.set_result(None)
        self._frames(data)

    def _frames(self, data: bytes) -> None:
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if end < start + size:
                break
            if data[at] == 0x81:
                self._received(data[start : start + size])
            at = start + size
        self._buffer = data[at:]


async def connect(port: int, path: str, received: Received) -> Socket:
    """Open a socket. Raises ConnectionError with the server's answer when it refuses."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: Socket(path, f"127.0.0.1:{port}", received), "127.0.0.1", port
    )
    await socket.ready
    return socket
