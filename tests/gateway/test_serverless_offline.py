"""Facts §C2 that no other table has, and §C3: what serverless-offline does and AWS does not."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from local.gateway.api import Route
from local.gateway.events import is_connection_id
from local.gateway.invoke import TASK_LEAKED
from local.gateway.leaked_tasks import watch
from tests.gateway.harness import OK, Calls, Event, Running, Serve, closed
from tests.gateway.signed import signed_call

SUITE = "§C2: serverless-offline tests/manual/websocket, run against AWS"
SOURCE = "§C3: serverless-offline 14.8.0 source"
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.aws("C2 get one's own connection id", SUITE)
async def test_a_handler_can_tell_its_connection_id(serve: Serve, calls: Calls) -> None:
    async def whoami(event: Event, _: object) -> Event:
        return OK | {"body": event["requestContext"]["connectionId"]}

    running = await serve({"whoami": Route(whoami, two_way=True)})
    client, connection_id = await running.join()
    await client.send('{"action": "whoami"}')
    assert await client.recv() == connection_id


@pytest.mark.aws("C2 one client sends to another", SUITE)
async def test_a_handler_can_push_to_others(serve: Serve, calls: Calls) -> None:
    async def send(event: Event, _: object) -> Event:
        asked = json.loads(event["body"])
        for to in asked["to"]:
            answer = await signed_call("POST", running.callback_url, to, asked["text"].encode())
            assert answer.status == 200
        return OK

    running = await serve({"send": Route(send)})
    (one, first), (two, second) = await running.join(), await running.join()
    await one.send(json.dumps({"action": "send", "to": [first, second], "text": "to both"}))
    assert (await one.recv(), await two.recv()) == ("to both", "to both")


@pytest.mark.aws("C2 a third listener hears of connects and disconnects", SUITE)
async def test_handlers_can_push_to_a_listener(serve: Serve, calls: Calls) -> None:
    listeners: list[str] = []

    def pushing(word: str) -> Callable[[Event, object], Awaitable[Event]]:
        async def answer(event: Event, _: object) -> Event:
            for listener in listeners:
                running.gateway.post(listener, word.encode())
            return OK

        return answer

    running = await serve(
        {
            "$connect": Route(calls.handler(pushing("connected"))),
            "$disconnect": Route(calls.handler(pushing("disconnected"))),
        }
    )
    listener, connection_id = await running.join()
    listeners.append(connection_id)
    visitor, _ = await running.join()
    assert await listener.recv() == "connected"
    await visitor.close()
    assert await listener.recv() == "disconnected"


@pytest.mark.aws("C2 connectedAt is not leaked across connections", "§C2 unit tests")
async def test_connected_at_is_each_connections_own(gateway: Running, calls: Calls) -> None:
    origins = []
    for _ in range(2):
        await gateway.connect()
        asked = (await calls.next("CONNECT"))["requestContext"]
        origins.append(asked["connectedAt"])
        await asyncio.sleep(0.005)
    assert origins[0] < origins[1]


@pytest.mark.aws("C3 @connections is under the stage, the SDK's endpoint works (#1163)", SOURCE)
async def test_the_callback_is_under_the_stage(serve: Serve, calls: Calls) -> None:
    running = await serve(stage="manager")
    _, connection_id = await running.join()
    assert running.callback_url.endswith("/manager")
    assert (await signed_call("GET", running.callback_url, connection_id)).status == 200


@pytest.mark.aws("C3 ids are of AWS's form and no UUIDs (#749)", SOURCE)
async def test_ids_are_no_uuids(gateway: Running) -> None:
    _, connection_id = await gateway.join()
    assert is_connection_id(connection_id)
    assert not is_connection_id("0f0e9d2a-1f2e-4d4c-9b6a-3f8c4f0e9d2a")


@pytest.mark.aws("C3 messageId on messages only", SOURCE)
async def test_message_id_is_on_messages_only(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send("x")
    await client.close()
    kinds = ("CONNECT", "MESSAGE", "DISCONNECT")
    having = ["messageId" in (await calls.next(kind))["requestContext"] for kind in kinds]
    assert having == [False, True, False]


@pytest.mark.aws("C3 disconnectStatusCode, GET and 413 exist", SOURCE)
async def test_what_it_lacks(gateway: Running, calls: Calls) -> None:
    client, connection_id = await gateway.join()
    url = gateway.callback_url
    assert (await signed_call("GET", url, connection_id)).status == 200
    assert (await signed_call("POST", url, connection_id, b"x" * 131073)).status == 413
    assert (await signed_call("POST", url, "not-an-id", b"x")).status == 400
    await client.close(4000, "done")
    assert await calls.ended() == (4000, "done")


@pytest.mark.aws("C3 binary is not handed to a handler", SOURCE)
async def test_binary_reaches_no_handler(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send(b"{}")
    assert (await closed(client))[0] == 1003
    assert calls.count("MESSAGE") == 0


@pytest.mark.aws("C3 unroutable messages are not dropped silently", SOURCE)
async def test_unroutable_messages_are_answered(serve: Serve, calls: Calls) -> None:
    running = await serve({"$default": None})
    client = await running.connect()
    await client.send("x")
    assert json.loads(await client.recv())["message"] == "Forbidden"


@pytest.mark.aws("C3 identity has no nulls, sourceIp is the client's", SOURCE)
async def test_identity_is_the_clients(serve: Serve, calls: Calls) -> None:
    running = await serve(proxy_headers=True)
    await running.connect(additional_headers={"X-Forwarded-For": "203.0.113.7"})
    identity = (await calls.next("CONNECT"))["requestContext"]["identity"]
    assert identity["sourceIp"] == "203.0.113.7"
    assert None not in identity.values()


@pytest.mark.aws("C3 pending handshakes are not keyed by sec-websocket-key", SOURCE)
async def test_two_pending_handshakes_with_one_key(serve: Serve, calls: Calls) -> None:
    go_on = asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await go_on.wait()
        return OK

    running = await serve({"$connect": Route(calls.handler(wait))})
    streams = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(2)]
    for _, writer in streams:
        writer.write(UPGRADE)
    ids = {(await calls.next("CONNECT"))["requestContext"]["connectionId"] for _ in streams}
    go_on.set()
    for reader, _ in streams:
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
    assert len(ids) == running.gateway.connections == 2
    for _, writer in streams:
        writer.close()


@pytest.mark.aws("C3 a refused handshake leaves nothing behind", SOURCE)
async def test_a_refusal_leaves_nothing(serve: Serve, calls: Calls) -> None:
    running = await serve({"$connect": Route(calls.handler({"statusCode": 403}))})
    with pytest.raises(InvalidStatus):
        await running.connect()
    refused = (await calls.next("CONNECT"))["requestContext"]["connectionId"]
    assert running.gateway.connections == 0
    assert running.gateway.post(refused, b"x") == 410


@pytest.mark.aws("C3 a route key that is an object is no [object Object] (#1387)", "issue 1387")
async def test_an_object_as_action(serve: Serve, calls: Calls) -> None:
    running = await serve()
    client = await running.connect()
    await client.send('{"action": {"a": 1}}')
    assert await client.recv() == '{"action": {"a": 1}}'


@pytest.mark.aws("C3 work that is not awaited is lost on AWS", "§C3: dai.codes", "it is flagged")
async def test_a_task_left_behind_is_flagged(serve: Serve, calls: Calls) -> None:
    watch(asyncio.get_running_loop())
    go_on = asyncio.Event()
    left: list[asyncio.Task[bool]] = []

    async def forgetful(event: Event, _: object) -> Event:
        await asyncio.create_task(asyncio.sleep(0), name="awaited")
        if event["body"] == "forget":
            left.append(asyncio.create_task(go_on.wait(), name="forgotten push"))
        return OK

    running = await serve({"$default": Route(forgetful, two_way=True)})
    client, connection_id = await running.join()
    with capture_logs() as logs:
        for text in ("remember", "forget"):
            await client.send(text)
            await client.recv()
    [line] = logs
    assert (line["event"], line["connection_id"]) == (TASK_LEAKED, connection_id)
    assert line["task"] == "forgotten push"
    go_on.set()
    await asyncio.gather(*left)
