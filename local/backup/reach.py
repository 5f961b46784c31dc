"""How Postgres's programs reach the database of `DATABASE_URL`.

The package's programs speak no TLS, and the system's check certificates by other settings. So they
connect to a socket in a folder of their own, and this process carries their bytes to the database:
over TLS, checked as `core/store/tls.py` checks it.
"""

import asyncio
import os
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from core.errors import Misconfigured
from core.store import address as addresses
from core.store import tls
from core.store.address import Address
from core.store.database import PLAIN

# https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
PORT = "5432"
CONNECT_SECONDS = 10.0
CHUNK = 1 << 16
# What asyncpg reads from the environment as well.
INHERITED = ("PGPASSWORD", "PGUSER")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the database is, and what its programs have to know of it."""

    hosts: list[tuple[str, int]]
    variables: dict[str, str]
    mode: str | None


@asynccontextmanager
async def reach(url: str, ca: str | None) -> AsyncIterator[dict[str, str]]:
    """The environment in which Postgres's programs reach this database."""
    address = addresses.read(url)
    destination = _destination(address)
    folder, port = destination.hosts[0]
    if folder.startswith("/"):
        yield {**destination.variables, "PGHOST": folder, "PGPORT": str(port)}
        return
    carrier = _Tunnel(destination, _context(address, destination, ca))
    with tempfile.TemporaryDirectory() as own:
        async with await asyncio.start_unix_server(carrier.carry, f"{own}/.s.PGSQL.{PORT}"):
            yield {**destination.variables, "PGHOST": own, "PGPORT": PORT}


def _destination(address: Address) -> Destination:
    parts = urlsplit(address.dsn)
    options = dict(parse_qsl(parts.query))
    hosts = parts.netloc.rpartition("@")[2] or options.get("host", "")
    ports = options.get("port", PORT).split(",")
    found = []
    for number, host in enumerate(hosts.split(",")):
        other = int(ports[min(number, len(ports) - 1)])
        if unquote(host).startswith("/"):
            found.append((unquote(host), other))
        else:
            one = urlsplit(f"//{host}")
            found.append((one.hostname or "localhost", one.port or other))
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
    variables |= {
        "PGUSER": address.user or variables.get("PGUSER", ""),
        "PGPASSWORD": unquote(parts.password or "") or options.get("password", ""),
        "PGDATABASE": unquote(parts.path[1:]) or options.get("database") or address.user,
        "PGOPTIONS": options.get("options", ""),
    }
    return Destination(found, {k: v for k, v in variables.items() if v}, options.get("sslmode"))


def _context(address: Address, destination: Destination, ca: str | None) -> ssl.SSLContext | None:
    """None: the address asks for no TLS."""
    if address.verified:
        return tls.context(address.ca or ca, address.own, checks_name=address.checks_name)
    if destination.mode == "disable":
        return None
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    return unchecked


@dataclass(frozen=True, slots=True)
class _Tunnel:
    destination: Destination
    context: ssl.SSLContext | None

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one program's connection until either side ends it."""
        try:
            far_reader, far_writer = await self._connected()
        except (OSError, Misconfigured):
            # The program then says that its server is gone.
            writer.close()
            return
        ways = [
            asyncio.create_task(_copy(reader, far_writer)),
            asyncio.create_task(_copy(far_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for one in (writer, far_writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        failure: OSError = ConnectionError("no host")
        for host, port in self.destination.hosts:
            try:
                return await self._connect(host, port)
            except OSError as error:
                failure = error
        raise failure

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        opened = await asyncio.to_thread(socket.create_connection, (host, port), CONNECT_SECONDS)
        opened.setblocking(False)
        if self.context is None:
            return await asyncio.open_connection(sock=opened)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(opened, SSL_REQUEST)
        # Exactly one byte: nobody on the way may put plain words before the encrypted ones.
        if await loop.sock_recv(opened, 1) == b"S":
            return await asyncio.open_connection(
                sock=opened, ssl=self.context, server_hostname=host
            )
        if self.context.verify_mode is not ssl.CERT_NONE or self.destination.mode == "require":
            opened.close()
            raise Misconfigured(PLAIN)
        return await asyncio.open_connection(sock=opened)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
