"""A proxy before Postgres that counts statements and bytes.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests.costs.meter import Used

NAME = re.compile(r"\s*(?:call|select)\s+(?:\*\s+from\s+)?(\w+)\s*\(", re.IGNORECASE)
CHUNK = 64 * 1024
# What a new connection asks once. A container keeps its connection for hours.
ONCE = ("pg_backend_pid", "typeinfo_tree", "current_setting", "set_config")


def name_of(statement: str) -> str:
    """The SQL function that it calls, or its first words."""
    found = NAME.match(statement)
    return found[1] if found else " ".join(statement.split())[:40]


class CountingDatabase:
    """Serves on a free port. `dsn` leads through it."""

    def __init__(self, dsn: str, used: Used) -> None:
        self._dsn = dsn
        self._used = used
        self._tasks: set[asyncio.Task[None]] = set()
        self.dsn = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        parts = urlsplit(self._dsn)
        user, at, _ = parts.netloc.rpartition("@")
        self.dsn = urlunsplit(
            parts._replace(netloc=f"{user}{at}127.0.0.1:{port}", query="sslmode=disable")
        )
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await self._open()
            answers = asyncio.create_task(self._answers(there, writer))
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._requests(reader, back)
            answers.cancel()
            back.close()
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._dsn)
        folder = parse_qs(parts.query).get("host", [""])[0]
        port = parts.port or int(parse_qs(parts.query).get("port", ["5432"])[0])
        if folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(parts.hostname or "127.0.0.1", port)

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                self._used.database_bytes += len(data)
                writer.write(data)
                await writer.drain()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what the client says. A statement counts when it is executed."""
        size = await reader.readexactly(4)
        writer.write(size + await reader.readexactly(int.from_bytes(size) - 4))
        prepared: dict[bytes, str] = {}
        portals: dict[bytes, str] = {}
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            self._used.database_bytes += len(head) + len(body)
            match head[:1], body.split(b"\0"):
                case b"P", [name, text, *_]:
                    prepared[name] = name_of(text.decode())
                case b"B", [portal, name, *_]:
                    portals[portal] = prepared.get(name, "?")
                case b"E", [portal, *_]:
                    self._count(portals.get(portal, "?"))
                case b"Q", [text, *_]:
                    self._count(name_of(text.decode()))
            writer.write(head + body)

    def _count(self, name: str) -> None:
        if not any(word in name for word in ONCE):
            self._used.statements[name] += 1
