"""The names of uvicorn and websockets that ASGI does not have, and the gateway uses.

Each is there and means what we take it for. Without it the gateway serves, and logs one line.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.http11 import Response
from websockets.protocol import State as ProtocolState

from local.gateway import server
from local.gateway.api import Quotas
from local.gateway.asgi import AsgiSend
from local.gateway.server import INTERNALS_MISSING, USES
from tests.gateway.harness import PATIENCE, UPGRADE, Calls, Running, Serve, closed, wrapped
from tests.gateway.lacking import NAMES, Lacking, lacking

LOST = {name: use.lost for use in USES for name in use.names}
OURS = str(Path(server.__file__).parent)


@pytest.fixture(autouse=True)
def _a_new_process() -> Iterator[None]:
    """A process logs the line once, and each test is a new process."""
    server._warn.cache_clear()
    yield
    server._warn.cache_clear()


class Kept:
    """The installed server's protocol objects, seen on their way to the gateway."""

    def __init__(self) -> None:
        self.protocols: list[Any] = []

    def __call__(self, send: AsgiSend) -> AsgiSend:
        self.protocols.append(send.__self__)  # type: ignore[attr-defined]
        return send


async def story(running: Running, calls: Calls) -> None:
    """A socket's life: answers, pushes of one turn of the loop in order, a limit, an end."""
    client, connection_id = await running.join()
    await client.send("hello")
    assert await client.recv() == "hello"
    for number in range(20):
        assert running.gateway.post(connection_id, b"%d" % number) == 200
    assert running.gateway.close(connection_id) == 204
    assert [await client.recv() for _ in range(20)] == [str(number) for number in range(20)]
    assert await closed(client) == (1000, "Connection Closed Normally")
    assert await calls.ended() == (1000, "Connection Closed Normally")
    big = await running.connect()
    await big.send("x" * 32_769)
    assert (await closed(big))[0] == 1009
    assert await calls.ended() == (1009, "Message too big")
    await calls.next("CONNECT")


@pytest.mark.parametrize("name", NAMES)
async def test_the_installed_server_has(serve: Serve, name: str) -> None:
    kept = Kept()
    running = await serve(through=kept)
    await running.join()
    [protocol] = kept.protocols
    [use] = [use for use in USES if name in use.names]
    assert use.missing(protocol) == ()
    assert use.missing(Lacking(protocol, {name})) == (name,)


async def test_the_installed_server_lacks_nothing(serve: Serve, calls: Calls) -> None:
    with capture_logs() as logs:
        await story(await serve(), calls)
    assert logs == []


@pytest.mark.parametrize("hidden", [*NAMES, "conn", "transport"])
async def test_a_server_without_a_name_serves_and_one_line_is_logged(
    serve: Serve, calls: Calls, hidden: str
) -> None:
    missing = [name for name in NAMES if name == hidden or name.startswith(f"{hidden}.")]
    with capture_logs() as logs:
        running = await serve(through=lacking(hidden))
        await story(running, calls)
        await story(running, calls)
    [line] = logs
    assert (line["event"], line["log_level"]) == (INTERNALS_MISSING, "warning")
    assert line["missing"] == tuple(missing)
    assert line["lost"] == tuple(dict.fromkeys(LOST[name] for name in missing))


async def test_behind_a_middleware_all_of_it_is_missing(serve: Serve, calls: Calls) -> None:
    with capture_logs() as logs:
        await story(await serve(through=wrapped), calls)
    [line] = logs
    assert line["missing"] == NAMES
    assert line["server"] == "function"


class Watched:
    """Remembers each name that the gateway's own code touches on its way to `whole`."""

    def __init__(self, whole: Any, touched: set[str], at: str = "") -> None:
        self.__dict__.update(_whole=whole, _touched=touched, _at=at)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._whole, name)
        self._note(name, sys._getframe(1))
        if name in ("conn", "transport", "writable"):
            return Watched(found, self._touched, f"{self._at}{name}.")
        return found

    def __setattr__(self, name: str, value: object) -> None:
        self._note(name, sys._getframe(1))
        setattr(self._whole, name, value)

    def _note(self, name: str, frame: Any) -> None:
        # Not what the guard looks for, nor what the server does through our transport.
        passed_on = frame.f_code.co_qualname in ("_has", "Wire.__getattr__")
        if frame.f_code.co_filename.startswith(OURS) and not passed_on:
            self._touched.add(self._at + name)

    async def send(self, message: Any) -> None:
        await self._whole.send(message)


async def test_every_name_that_is_touched_is_guarded(serve: Serve, calls: Calls) -> None:
    touched: set[str] = set()

    def through(send: Any) -> AsgiSend:
        return Watched(send.__self__, touched).send

    await story(await serve(through=through), calls)
    assert touched - {"conn", "transport", "writable"} == set(NAMES)


async def test_conn_state_and_disconnected_tell_whether_a_socket_is_open(
    serve: Serve, calls: Calls
) -> None:
    kept = Kept()
    running = await serve(through=kept)
    client, _ = await running.join()
    [protocol] = kept.protocols
    assert (_is_open(protocol), protocol.disconnected) == (True, False)
    await client.close()
    await calls.ended()
    assert not _is_open(protocol)
    await until(lambda: protocol.disconnected)


async def test_writable_tells_whether_the_peer_reads(serve: Serve) -> None:
    kept = Kept()
    running = await serve(through=kept, quotas=Quotas(outbox_bytes=1 << 20))
    client, connection_id = await running.join()
    [protocol] = kept.protocols
    outbox = running.gateway._connections[connection_id].outbox
    client.transport.pause_reading()
    while protocol.writable.is_set():
        assert outbox.waiting == 0
        assert running.gateway.post(connection_id, b"x" * 16_384) == 200
    assert running.gateway.post(connection_id, b"one more") == 200
    assert outbox.waiting == len("one more")
    client.transport.resume_reading()
    async with asyncio.timeout(PATIENCE):
        while await client.recv() != "one more":
            pass
    assert protocol.writable.is_set()


async def test_conn_extensions_tell_whether_frames_are_compressed(
    serve: Serve, calls: Calls
) -> None:
    kept = Kept()
    running = await serve(through=kept, deflate=True)
    for compression, agreed in ((None, 0), ("deflate", 1)):
        client, connection_id = await running.join(compression=compression)
        assert len(kept.protocols[-1].conn.extensions) == agreed
        assert running.gateway.post(connection_id, b"pushed " * 100) == 200
        assert await client.recv() == "pushed " * 100


async def test_an_open_socket_holds_no_response_and_no_headers(serve: Serve, calls: Calls) -> None:
    kept = Kept()
    running = await serve(through=kept)
    before = _living(Response)
    _, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(UPGRADE)
    await calls.next("CONNECT")
    await until(lambda: running.gateway.connections == 1)
    assert _living(Response) == before
    assert kept.protocols[0].scope["headers"] == []
    writer.close()
    await writer.wait_closed()


class Counting:
    """A transport that counts how often it is written to."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        self.writes += 1
        self.transport.write(data)


@pytest.mark.parametrize(("hidden", "writes"), [((), 1), (("conn.state",), 20)])
async def test_what_is_pushed_in_one_turn_is_written_at_once(
    serve: Serve, hidden: tuple[str, ...], writes: int
) -> None:
    counting: list[Counting] = []

    def through(send: Any) -> AsgiSend:
        protocol = send.__self__
        protocol.transport = Counting(protocol.transport)
        counting.append(protocol.transport)
        return send if not hidden else lacking(*hidden)(send)  # type: ignore[no-any-return]

    running = await serve(through=through)
    client, connection_id = await running.join()
    before = counting[0].writes
    for number in range(20):
        assert running.gateway.post(connection_id, b"%d" % number) == 200
    assert [await client.recv() for _ in range(20)] == [str(number) for number in range(20)]
    assert counting[0].writes == before + writes


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0)


def _is_open(protocol: Any) -> bool:
    return protocol.conn.state is ProtocolState.OPEN


def _living(kind: type) -> int:
    gc.collect()
    return sum(type(it) is kind for it in gc.get_objects())
