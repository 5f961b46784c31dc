"""A TCP proxy that can be unkind: it drops connections, holds them half-open, or is slow."""

import asyncio
from contextlib import suppress


class Proxy:
    """`port` leads to `target` on this machine."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self.flow()
        self.delay = 0.0
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def drop(self) -> None:
        """End every connection without a word."""
        for writer in self._open:
            writer.transport.abort()

    def hold(self) -> None:
        """Take bytes and pass none on: neither side learns that the other is not there."""
        self._up.clear()
        self._down.clear()

    def hold_answers(self) -> None:
        """What clients send arrives. What the server sends to them does not."""
        self._down.clear()

    def flow(self) -> None:
        self._up.set()
        self._down.set()

    async def stop(self) -> None:
        self._server.close()
        self.flow()
        self.drop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, onwards = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, onwards}
        await asyncio.gather(
            self._pass(reader, onwards, self._up), self._pass(upstream, writer, self._down)
        )
        self._open -= {writer, onwards}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                await flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
