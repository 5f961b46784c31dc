"""An HTTP server that says 200 to everything, as cheaply as it can be said.

python -m tests.benchmarks.others.ok PORT
"""

import asyncio
import re
import sys
from typing import cast

import uvloop

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Ok(asyncio.Protocol):
    def answer(self, body: bytes) -> bytes:
        return OK

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if end and len(body) >= int(size[1] if size else 0):
            self.data = b""
            self.transport.write(self.answer(body))


async def serve(port: int, protocol: type[Ok] = Ok) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
