"""Frames by hand: whatever one client sends goes to all, with nothing that could be left out.

python -m tests.benchmarks.others.raw PORT
"""

import asyncio
import base64
import hashlib
import re
import sys
from typing import cast

import uvloop

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
everyone: set[asyncio.Transport] = set()


def framed(payload: bytes) -> bytes:
    """A text frame. https://www.rfc-editor.org/rfc/rfc6455#section-5.2"""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    return b"\x81\x7e" + size.to_bytes(2, "big") + payload


class Raw(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.open = False

    def connection_lost(self, error: Exception | None) -> None:
        everyone.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        if not self.open:
            key = re.search(rb"sec-websocket-key: (\S+)", data, re.IGNORECASE)
            assert key, data
            accept = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                b"connection: Upgrade\r\nsec-websocket-accept: " + accept + b"\r\n\r\n"
            )
            self.open = True
            everyone.add(self.transport)
            return
        # A mask of zeros and a length of one byte: what tests.benchmarks.wire sends here.
        size = int(data[6 : 6 + (data[1] & 0x7F)])
        frame = framed(b"x" * size)
        for transport in everyone:
            transport.write(frame)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Raw, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
