"""One connection that never reads delays nobody, and does not stay (I8)."""

import asyncio
import socket
from contextlib import suppress

from websockets.asyncio.client import ClientConnection

from local.gateway.api import Quotas
from tests.gateway.harness import PATIENCE, UPGRADE, Calls, Running, Serve

CLIENTS = 100
ROUNDS = 40
TEXT = b"x" * 16384


async def _never_reads(running: Running) -> tuple[socket.socket, str]:
    """A socket with a small receive buffer that nobody reads after the handshake."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(peer, ("127.0.0.1", running.port))
    await loop.sock_sendall(peer, UPGRADE)
    await loop.sock_recv(peer, 1024)
    event = await running.calls.next("CONNECT")
    return peer, event["requestContext"]["connectionId"]


async def _dropped(peer: socket.socket) -> None:
    """Wait until the server has let go of the socket, past what the kernel still holds."""
    loop = asyncio.get_running_loop()
    with suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE):
            while await loop.sock_recv(peer, 1 << 20):
                pass
    peer.close()


async def test_i8_one_of_many_never_reads(serve: Serve, calls: Calls) -> None:
    running = await serve(quotas=Quotas(outbox_bytes=256 * 1024, linger_seconds=0.3))
    peer, slow_id = await _never_reads(running)
    readers = [await running.join() for _ in range(CLIENTS - 1)]

    async def read_all(client: ClientConnection) -> int:
        return sum([len(await client.recv()) for _ in range(ROUNDS)])

    reading = [asyncio.create_task(read_all(client)) for client, _ in readers]
    statuses = []
    for _ in range(ROUNDS):
        statuses.append(running.gateway.post(slow_id, TEXT))
        for _, connection_id in readers:
            assert running.gateway.post(connection_id, TEXT) == 200
        await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.gather(*reading), PATIENCE) == [ROUNDS * len(TEXT)] * len(
        readers
    )
    assert 429 in statuses
    assert set(statuses[statuses.index(429) + 1 :]) <= {410}
    assert await calls.ended() == (1013, "Client-side buffer full")
    assert running.gateway.connections == CLIENTS - 1
    await _dropped(peer)


async def test_i8_what_waits_is_bounded_and_freed(serve: Serve, calls: Calls) -> None:
    quotas = Quotas(outbox_bytes=100_000, linger_seconds=0.1)
    running = await serve(quotas=quotas)
    peer, slow_id = await _never_reads(running)
    outbox = running.gateway._connections[slow_id].outbox
    status, most = 200, 0
    while status == 200:
        status = running.gateway.post(slow_id, TEXT)
        most = max(most, outbox.waiting)
    assert 0 < most <= quotas.outbox_bytes
    assert outbox.waiting == 0
    await calls.ended()
    await _dropped(peer)


async def test_i8_closing_one_that_does_not_read_takes_no_longer_than_its_linger(
    serve: Serve, calls: Calls
) -> None:
    """Nothing overflowed: the close frame itself waits behind what the peer does not read."""
    running = await serve(quotas=Quotas(linger_seconds=0.1))
    peer, slow_id = await _never_reads(running)
    outbox = running.gateway._connections[slow_id].outbox
    while not outbox.waiting:
        assert running.gateway.post(slow_id, TEXT) == 200
    assert running.gateway.close(slow_id) == 204
    assert await calls.ended() == (1000, "Connection Closed Normally")
    await _dropped(peer)


async def test_a_reader_that_pauses_gets_everything_in_order(serve: Serve, calls: Calls) -> None:
    running = await serve()
    client, connection_id = await running.join()
    client.transport.pause_reading()
    outbox = running.gateway._connections[connection_id].outbox
    posted = 0
    while outbox.waiting < 500_000:
        assert running.gateway.post(connection_id, b"%06d" % posted + TEXT) == 200
        posted += 1
    client.transport.resume_reading()
    for number in range(posted):
        assert str(await client.recv())[:6] == f"{number:06d}"
    assert running.gateway.post(connection_id, b"last") == 200
    assert await client.recv() == "last"
    assert outbox.waiting == 0
