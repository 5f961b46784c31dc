"""Facts §A3: the quotas, each an argument, so that hours take milliseconds here."""

import asyncio
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from local.gateway.api import Api, Quotas, Route
from tests.gateway.harness import OK, PATIENCE, Calls, Running, Serve, closed, echo, slow, wrapped

QUOTAS = "doc: API Gateway quotas for WebSocket APIs"


@pytest.mark.aws("A3 the defaults are AWS's", QUOTAS)
def test_defaults() -> None:
    quotas = Quotas()
    assert (quotas.idle_seconds, quotas.lifetime_seconds) == (600, 7200)
    assert (quotas.frame_bytes, quotas.message_bytes) == (32 * 1024, 128 * 1024)
    assert quotas.url_characters == 4096


@pytest.mark.aws("A3 frame of 32 KB passes", QUOTAS)
@pytest.mark.parametrize("text", ["x" * 32768, "é" * 16384])
async def test_the_largest_frame(gateway: Running, text: str) -> None:
    client = await gateway.connect()
    await client.send(text)
    assert await client.recv() == text


@pytest.mark.aws("A3 frame over 32 KB", QUOTAS)
@pytest.mark.parametrize("text", ["x" * 32769, "é" * 16385])
async def test_a_larger_frame(gateway: Running, text: str) -> None:
    client = await gateway.connect()
    await client.send(text)
    assert (await closed(client))[0] == 1009


@pytest.mark.aws("A3 message of 128 KB in frames of 32 KB passes", QUOTAS)
async def test_the_largest_message(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send(["x" * 32768] * 4)
    assert len((await calls.next("MESSAGE"))["body"]) == 131072


@pytest.mark.aws("A3 message over 128 KB", QUOTAS)
async def test_a_larger_message(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send(["x" * 32768] * 4 + ["x"])
    assert (await closed(client))[0] == 1009
    assert calls.count("MESSAGE") == 0


@pytest.mark.aws(
    "A10 frames cannot be seen through ASGI alone",
    "tried",
    "without the server's own send, a message over 32 KB closes, however it was framed",
)
async def test_without_the_servers_own_send(serve: Serve, calls: Calls) -> None:
    running = await serve(through=wrapped)
    client = await running.connect()
    await client.send("x" * 32768)
    assert await client.recv() == "x" * 32768
    await client.send(["x" * 20000] * 2)
    assert (await closed(client))[0] == 1009


@pytest.mark.aws("A3 URL of 4096 characters", QUOTAS, "a longer one is refused with 414")
async def test_url_length(gateway: Running, calls: Calls) -> None:
    await gateway.connect("?a=" + "x" * 4000)
    assert (await gateway.refusal("?a=" + "x" * 4094))[0] == 414


@pytest.mark.aws("A3 integration timeout at most 29 s", QUOTAS)
@pytest.mark.parametrize("timeout", [0, -1, 29.5])
def test_timeouts_beyond_awss_are_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="29"):
        Route(echo, timeout=timeout)
    assert Route(echo).timeout == 29


@pytest.mark.aws("A8 a message in either direction resets the idle timer", "3p: hotsock")
@pytest.mark.parametrize("direction", ["in", "out"])
async def test_messages_put_off_idle(serve: Serve, calls: Calls, direction: str) -> None:
    running = await serve(quotas=Quotas(idle_seconds=0.6))
    client, connection_id = await running.join()
    loop = asyncio.get_running_loop()
    started = loop.time()
    while loop.time() - started < 0.9:
        await asyncio.sleep(0.02)
        if direction == "in":
            await client.send("still here")
        else:
            assert running.gateway.post(connection_id, b"still here") == 200
        await client.recv()
    assert await closed(client) == (1001, "Going away")
    assert loop.time() - started > 1.4


@pytest.mark.aws("A8 protocol pings", "sources disagree", "answered, but they do not count")
async def test_pings_do_not_put_off_idle(serve: Serve, calls: Calls) -> None:
    running = await serve(quotas=Quotas(idle_seconds=0.2))
    client, _ = await running.join()
    ending = asyncio.create_task(closed(client))
    async with asyncio.timeout(PATIENCE):
        while not ending.done():
            with suppress(ConnectionClosed):
                await (await client.ping())
            await asyncio.wait({ending}, timeout=0.02)
    assert ending.result() == (1001, "Going away")
    assert calls.count("MESSAGE") == 0


@pytest.mark.aws("A8 API Gateway does not send protocol pings", "3p: subscriptionless#3")
async def test_no_pings_are_sent(serve: Serve, calls: Calls) -> None:
    running = await serve(quotas=Quotas(idle_seconds=0.2))
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(14) == b"\x88\x0c\x03\xe9Going away"
    writer.close()


@pytest.mark.aws("A4 $ is reserved for the three keys", "doc")
def test_route_keys_with_a_dollar_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\$other"):
        Api("ws", {"$other": Route(echo)})


async def test_side_by_side_is_bounded(serve: Serve, calls: Calls) -> None:
    """`concurrency` frames are handled at once; the next waits until one is done."""
    gate = asyncio.Semaphore(0)

    async def wait(_: object, __: object) -> dict[str, int]:
        await gate.acquire()
        return OK

    running = await serve(
        {"$default": Route(calls.handler(wait), two_way=True)},
        quotas=Quotas(concurrency=2),
        ordered=False,
    )
    client, _ = await running.join()
    for text in ("a", "b", "c"):
        await client.send(text)
    assert {(await calls.next("MESSAGE"))["body"] for _ in range(2)} == {"a", "b"}
    assert calls.count("MESSAGE") == 0
    gate.release()
    assert (await calls.next("MESSAGE"))["body"] == "c"
    gate.release()
    gate.release()


async def test_a_handler_is_cancelled_at_its_timeout(serve: Serve, calls: Calls) -> None:
    running = await serve({"$default": Route(slow(), two_way=True, timeout=0.05)})
    client, _ = await running.join()
    await client.send("x")
    assert "Endpoint request timed out" in str(await client.recv())
