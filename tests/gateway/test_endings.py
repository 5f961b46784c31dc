"""Facts §A2 and §A9: how a connection ends, what the client sees, what `$disconnect` gets."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from websockets.server import ServerProtocol

from local.gateway.api import Quotas, Route
from local.gateway.invoke import HANDLER_FAILED
from tests.gateway.harness import OK, PATIENCE, Calls, Event, Running, Serve, closed

UNSEEN = "the reason's text was not captured: ours"


@pytest.mark.aws("A2 client closes without a code", "aws-obs x2")
async def test_close_without_a_code(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    client.protocol.send_close()
    client.send_data()
    assert await calls.ended() == (1005, "Client-side close frame status not set")


@pytest.mark.aws("A2 client closes with a code", "doc", "the client's own code and reason")
@pytest.mark.parametrize("how", [(1000, ""), (1000, "bye"), (4001, "private")])
async def test_close_with_a_code(gateway: Running, calls: Calls, how: tuple[int, str]) -> None:
    client = await gateway.connect()
    await client.close(*how)
    assert await calls.ended() == how


@pytest.mark.aws("A2 idle", "aws-obs: 603.9 s from connectedAt to the event")
async def test_idle(serve: Serve, calls: Calls) -> None:
    running = await serve(quotas=Quotas(idle_seconds=0.05))
    client = await running.connect()
    assert await closed(client) == (1001, "Going away")
    assert await calls.ended() == (1001, "Going away")


@pytest.mark.aws("A2 two hours", "src: serverless-offline and others", "as when idle")
async def test_lifetime(serve: Serve, calls: Calls) -> None:
    running = await serve(quotas=Quotas(lifetime_seconds=0.05))
    client = await running.connect()
    assert await closed(client) == (1001, "Going away")
    assert await calls.ended() == (1001, "Going away")


@pytest.mark.aws("A2 DELETE @connections", "aws-obs: boto3#3789, chalice#2060")
async def test_delete(gateway: Running, calls: Calls) -> None:
    client, connection_id = await gateway.join()
    assert gateway.gateway.close(connection_id) == 204
    assert await closed(client) == (1000, "Connection Closed Normally")
    assert await calls.ended() == (1000, "Connection Closed Normally")


@pytest.mark.aws("A2 too big a message", "doc: close code 1009", UNSEEN)
async def test_too_big(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send("x" * (32 * 1024 + 1))
    assert (await closed(client))[0] == 1009
    assert await calls.ended() == (1009, "Message too big")
    assert calls.count("MESSAGE") == 0


@pytest.mark.aws("A2 binary frame", "doc: rejected with 1003", UNSEEN)
async def test_binary(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send(b"\x00\x01")
    assert (await closed(client))[0] == 1003
    assert await calls.ended() == (1003, "Unsupported data")
    assert calls.count("MESSAGE") == 0


@pytest.mark.aws("A2 connection lost", "memory: 1006", UNSEEN)
async def test_lost(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    client.transport.abort()
    assert await calls.ended() == (1006, "Connection Closed Abnormally")


@pytest.mark.aws("A9 executed after the connection is closed", "doc")
async def test_disconnect_runs_when_the_connection_is_gone(serve: Serve, calls: Calls) -> None:
    seen = []

    async def look(event: Event, _: object) -> Event:
        seen.append(running.gateway.post(event["requestContext"]["connectionId"], b"late"))
        return OK

    running = await serve({"$disconnect": Route(calls.handler(look))})
    client, _ = await running.join()
    await client.close()
    await calls.next("DISCONNECT")
    assert seen == [410]


@pytest.mark.aws("A9 best effort", "doc", "a failure is logged, once, without any text")
async def test_a_failing_disconnect_is_only_logged(serve: Serve, calls: Calls) -> None:
    running = await serve({"$disconnect": Route(calls.handler(ValueError("secret")))})
    with capture_logs() as logs:
        client, connection_id = await running.join()
        await client.close()
        await calls.next("DISCONNECT")
        await running.gateway.drain(PATIENCE)
    [line] = logs
    assert (line["event"], line["connection_id"]) == (HANDLER_FAILED, connection_id)
    assert (line["route"], line["reason"]) == ("$disconnect", "ValueError")
    assert "secret" not in str(line)


@pytest.mark.aws("A9 $disconnect is optional", "doc")
async def test_an_api_without_disconnect(serve: Serve, calls: Calls) -> None:
    running = await serve({"$disconnect": None})
    client, _ = await running.join()
    await client.close()
    await running.gateway.drain(PATIENCE)
    assert running.gateway.connections == 0


async def test_a_client_that_leaves_during_connect_is_disconnected(
    serve: Serve, calls: Calls
) -> None:
    """What an accepted `$connect` has stored has to go again."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        entered.set()
        await go_on.wait()
        return OK

    running = await serve({"$connect": Route(wait)})
    _, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await entered.wait()
    writer.transport.abort()
    go_on.set()
    assert await calls.ended() == (1006, "Connection Closed Abnormally")
    assert running.gateway.connections == 0


async def test_frames_after_our_own_close_are_not_handled(serve: Serve, calls: Calls) -> None:
    running = await serve()
    client, connection_id = await running.join()
    running.gateway.close(connection_id)
    client.protocol.send_text(b"too late")
    client.send_data()
    await calls.ended()
    assert calls.count("MESSAGE") == 0


@pytest.mark.parametrize("politely", [True, False])
async def test_nothing_is_left_of_a_socket(gateway: Running, politely: bool) -> None:
    """Nor does it wait for somebody to look for garbage."""
    gone = asyncio.Event()
    client, _ = await gateway.join()
    await client.send("hello")
    await client.recv()
    gc.collect()
    gc.disable()
    try:
        kept = [weakref.ref(it, lambda _: gone.set()) for it in _of_type(ServerProtocol)]
        if politely:
            await client.close()
        else:
            client.transport.abort()
        await asyncio.wait_for(gone.wait(), PATIENCE)
        assert len(kept) == 1
    finally:
        gc.enable()


def _of_type(kind: type) -> Iterator[object]:
    return (it for it in gc.get_objects() if type(it) is kind)
