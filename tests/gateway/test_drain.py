"""Draining: no new sockets, what is queued is written, 1001, and every `$disconnect` runs."""

import asyncio

from local.gateway.api import Quotas, Route
from tests.gateway.harness import OK, PATIENCE, Calls, Event, Serve, closed, echo


async def test_every_socket_is_closed_with_1001(serve: Serve, calls: Calls) -> None:
    running = await serve()
    clients = [await running.connect() for _ in range(10)]
    await running.gateway.drain(PATIENCE)
    assert calls.count("DISCONNECT") == 10
    assert running.gateway.connections == 0
    assert {await closed(client) for client in clients} == {(1001, "Going away")}
    assert {await calls.ended() for _ in clients} == {(1001, "Going away")}


async def test_new_sockets_are_refused_with_503(serve: Serve, calls: Calls) -> None:
    running = await serve()
    await running.gateway.drain(PATIENCE)
    assert await running.refusal() == (503, '{"message": "Service Unavailable"}')
    assert calls.count("CONNECT") == 0


async def test_what_is_queued_is_written_first(serve: Serve, calls: Calls) -> None:
    running = await serve()
    client, connection_id = await running.join()
    client.transport.pause_reading()
    outbox = running.gateway._connections[connection_id].outbox
    posted = 0
    while outbox.waiting < 200_000:
        running.gateway.post(connection_id, b"x" * 16384)
        posted += 1
    draining = asyncio.create_task(running.gateway.drain(PATIENCE))
    await asyncio.sleep(0)
    client.transport.resume_reading()
    for _ in range(posted):
        assert len(await client.recv()) == 16384
    assert await closed(client) == (1001, "Going away")
    await draining


async def test_a_running_handler_ends_and_answers_first(serve: Serve, calls: Calls) -> None:
    go_on = asyncio.Event()

    async def wait(event: Event, _: object) -> Event:
        await go_on.wait()
        return await echo(event, _)

    running = await serve({"$default": Route(calls.handler(wait), two_way=True)})
    client = await running.connect()
    await client.send("answer me")
    await calls.next("MESSAGE")
    draining = asyncio.create_task(running.gateway.drain(PATIENCE))
    await asyncio.sleep(0)
    go_on.set()
    assert await client.recv() == "answer me"
    assert await closed(client) == (1001, "Going away")
    await draining
    assert await calls.ended() == (1001, "Going away")


async def test_frames_that_wait_behind_a_running_one_are_left(serve: Serve, calls: Calls) -> None:
    """Their senders got no answer, and send them again elsewhere."""
    go_on = asyncio.Event()

    async def wait(event: Event, _: object) -> Event:
        await go_on.wait()
        return OK

    running = await serve({"$default": Route(calls.handler(wait), two_way=True)})
    client = await running.connect()
    await client.send("first")
    await client.send("second")
    await calls.next("MESSAGE")
    draining = asyncio.create_task(running.gateway.drain(PATIENCE))
    await asyncio.sleep(0)
    go_on.set()
    await draining
    assert calls.count("MESSAGE") == 0


async def test_side_by_side_no_more_frames_are_taken(serve: Serve, calls: Calls) -> None:
    """A client that goes on sending does not keep the gateway from closing."""
    go_on = asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await go_on.wait()
        return OK

    running = await serve({"$default": Route(calls.handler(wait), two_way=True)}, ordered=False)
    client = await running.connect()
    await client.send("before")
    await calls.next("MESSAGE")
    draining = asyncio.create_task(running.gateway.drain(PATIENCE))
    await asyncio.sleep(0)
    await client.send("after")
    await (await client.ping())
    go_on.set()
    await draining
    assert calls.count("MESSAGE") == 0


async def test_a_handshake_that_is_pending_is_let_in_and_out(serve: Serve, calls: Calls) -> None:
    """Its `$connect` has run, so its `$disconnect` has to."""
    go_on = asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await go_on.wait()
        return OK

    running = await serve({"$connect": Route(calls.handler(wait))})
    connecting = asyncio.create_task(running.connect())
    await calls.next("CONNECT")
    draining = asyncio.create_task(running.gateway.drain(PATIENCE))
    await asyncio.sleep(0)
    go_on.set()
    assert await closed(await connecting) == (1001, "Going away")
    await draining
    assert calls.count("DISCONNECT") == 1


async def test_it_waits_no_longer_than_asked(serve: Serve, calls: Calls) -> None:
    """The handler is still at it when the gateway has drained, and the socket is closed."""
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await go_on.wait()
        ended.set()
        return OK

    stuck = Route(calls.handler(wait), two_way=True)
    running = await serve({"$default": stuck}, quotas=Quotas(linger_seconds=0.1))
    client = await running.connect()
    await client.send("x")
    await calls.next("MESSAGE")
    try:
        async with asyncio.timeout(PATIENCE):
            await running.gateway.drain(0.1)
        assert (await closed(client))[0] == 1001
        assert not ended.is_set()
    finally:
        go_on.set()
    await ended.wait()


async def test_an_empty_gateway_drains_at_once(serve: Serve) -> None:
    running = await serve()
    async with asyncio.timeout(PATIENCE / 2):
        await running.gateway.drain(PATIENCE)
    assert running.gateway.connections == 0
