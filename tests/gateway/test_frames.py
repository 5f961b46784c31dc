"""Facts §A6: what a handler's answer becomes on the socket."""

import asyncio
import json

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosedOK

from local.gateway.api import Route
from local.gateway.invoke import HANDLER_FAILED
from tests.gateway.harness import OK, Calls, Event, Running, Serve, echo, slow


@pytest.mark.aws("A6 one-way by default", "doc: the response is not passed through")
async def test_a_one_way_route_sends_nothing(serve: Serve, calls: Calls) -> None:
    running = await serve(
        {
            "quiet": Route(calls.handler(echo)),
            "loud": Route(calls.handler(echo), two_way=True),
        }
    )
    client = await running.connect()
    await client.send('{"action": "quiet"}')
    await client.send('{"action": "loud"}')
    assert await client.recv() == '{"action": "loud"}'


@pytest.mark.aws("A6 two-way body byte for byte", "§C2: websocket-twoway test 1")
@pytest.mark.parametrize("text", ["hello", "naïve ☕ 🎈", '{"a": [1, 2]}\n', " ", "\x00"])
async def test_a_two_way_route_answers_its_body(gateway: Running, text: str) -> None:
    client = await gateway.connect()
    await client.send(text)
    assert await client.recv() == text


@pytest.mark.aws("A6 two-way without a body", "issue: API Gateway sends an empty frame")
@pytest.mark.parametrize("answer", [None, {}, OK, OK | {"body": ""}, OK | {"body": None}])
async def test_nothing_answered_is_an_empty_frame(
    serve: Serve, calls: Calls, answer: Event | None
) -> None:
    running = await serve({"$default": Route(calls.handler(answer), two_way=True)})
    client = await running.connect()
    await client.send("x")
    assert await client.recv() == ""


@pytest.mark.aws("A6 status codes mean nothing on MESSAGE", "aws-obs: yai333 chat-app#2")
async def test_a_500_is_delivered_like_any_body(serve: Serve, calls: Calls) -> None:
    answer = {"statusCode": 500, "body": "an ordinary message"}
    running = await serve({"$default": Route(calls.handler(answer), two_way=True)})
    client = await running.connect()
    await client.send("x")
    assert await client.recv() == "an ordinary message"


@pytest.mark.aws("A6 handler exception", "serverless-offline's AWS-run suite; aws-obs spacing")
@pytest.mark.parametrize("two_way", [True, False])
async def test_an_exception_is_a_frame_on_any_route(
    serve: Serve, calls: Calls, two_way: bool
) -> None:
    failing = Route(calls.handler(ValueError("secret")), two_way=two_way)
    running = await serve({"fail": failing})
    client, connection_id = await running.join()
    with capture_logs() as logs:
        await client.send('{"action": "fail", "text": "private"}')
        frame = str(await client.recv())
    request_id = (await calls.next("MESSAGE"))["requestContext"]["requestId"]
    assert frame == (
        f'{{"message": "Internal server error", "connectionId":"{connection_id}", '
        f'"requestId":"{request_id}"}}'
    )
    [line] = logs
    assert (line["event"], line["log_level"]) == (HANDLER_FAILED, "error")
    assert (line["connection_id"], line["request_id"]) == (connection_id, request_id)
    assert line["reason"] == "ValueError"
    assert "private" not in str(line)
    assert "secret" not in str(line)
    await client.send("still open")
    assert await client.recv() == "still open"


@pytest.mark.aws("A6 integration timeout", "aws-obs: mangum#128")
async def test_a_timeout_is_a_frame(serve: Serve, calls: Calls) -> None:
    running = await serve({"slow": Route(slow(), timeout=0.05)})
    client, connection_id = await running.join()
    await client.send('{"action": "slow"}')
    frame = json.loads(await client.recv())
    assert frame.keys() == {"message", "connectionId", "requestId"}
    assert frame["message"] == "Endpoint request timed out"
    assert frame["connectionId"] == connection_id
    await client.send("still open")
    assert await client.recv() == "still open"


@pytest.mark.aws("A6 a handler's own TimeoutError", "src: a crash like any other")
async def test_a_timeout_inside_a_handler_is_a_crash(serve: Serve, calls: Calls) -> None:
    running = await serve({"$default": Route(calls.handler(TimeoutError()), two_way=True)})
    client = await running.connect()
    await client.send("x")
    assert json.loads(await client.recv())["message"] == "Internal server error"


@pytest.mark.aws("A6 malformed answer", "doc: as for every proxy integration", "an error frame")
@pytest.mark.parametrize("answer", [{"statusCode": 200, "body": {"not": "text"}}, "text", [1]])
async def test_a_malformed_answer_is_an_error_frame(
    serve: Serve, calls: Calls, answer: Event
) -> None:
    async def wrong(_: Event, __: object) -> Event:
        return answer

    running = await serve({"$default": Route(wrong, two_way=True)})
    client = await running.connect()
    await client.send("x")
    assert json.loads(await client.recv())["message"] == "Internal server error"


@pytest.mark.aws("A6 an answer over 128 KB", "doc: message quota", "an error frame")
async def test_too_long_an_answer(serve: Serve, calls: Calls) -> None:
    answer = OK | {"body": "x" * (128 * 1024 + 1)}
    running = await serve({"$default": Route(calls.handler(answer), two_way=True)})
    client = await running.connect(max_size=None)
    await client.send("x")
    assert json.loads(await client.recv())["message"] == "Internal server error"


class Gate:
    """A handler that waits for its own message's turn."""

    def __init__(self) -> None:
        self.events = {text: asyncio.Event() for text in ("first", "second")}

    async def __call__(self, event: Event, _: object) -> Event:
        await self.events[event["body"]].wait()
        return await echo(event, _)


@pytest.mark.aws(
    "A6 order of responses",
    "doc: not necessarily the order of the messages; serialisation is undocumented",
    "one after the other by default",
)
async def test_frames_are_handled_one_after_the_other(serve: Serve, calls: Calls) -> None:
    gate = Gate()
    running = await serve({"$default": Route(calls.handler(gate), two_way=True)})
    client, _ = await running.join()
    await client.send("first")
    await client.send("second")
    await calls.next("MESSAGE")
    gate.events["second"].set()
    assert calls.count("MESSAGE") == 0
    gate.events["first"].set()
    assert [await client.recv(), await client.recv()] == ["first", "second"]


@pytest.mark.aws("A6 order of responses, side by side", "doc", "with ordered=False")
async def test_frames_are_handled_side_by_side_on_request(serve: Serve, calls: Calls) -> None:
    gate = Gate()
    running = await serve({"$default": Route(calls.handler(gate), two_way=True)}, ordered=False)
    client, _ = await running.join()
    await client.send("first")
    await client.send("second")
    await calls.next("MESSAGE")
    await calls.next("MESSAGE")
    gate.events["second"].set()
    assert await client.recv() == "second"
    gate.events["first"].set()
    assert await client.recv() == "first"


@pytest.mark.parametrize("ordered", [True, False])
async def test_a_connection_ends_after_its_handlers(
    serve: Serve, calls: Calls, ordered: bool
) -> None:
    """No task is left behind: the gateway waits for a handler whose client has gone."""
    gate, done = asyncio.Event(), asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await gate.wait()
        done.set()
        return OK

    running = await serve({"$default": Route(calls.handler(wait))}, ordered=ordered)
    client = await running.connect()
    await client.send("x")
    await calls.next("MESSAGE")
    client.transport.abort()
    gate.set()
    assert (await calls.ended())[0] == 1006
    await running.gateway.drain(5)
    assert done.is_set()


async def test_a_post_goes_out_before_the_answer_that_follows_it(
    serve: Serve, calls: Calls
) -> None:
    """Order on a connection is the order of the puts: a handler's push, then its answer."""

    async def push(event: Event, _: object) -> Event:
        connection_id = event["requestContext"]["connectionId"]
        assert running.gateway.post(connection_id, b"pushed") == 200
        return OK | {"body": "answered"}

    running = await serve({"$default": Route(calls.handler(push), two_way=True)})
    client = await running.connect()
    await client.send("x")
    assert [await client.recv(), await client.recv()] == ["pushed", "answered"]


async def test_what_is_pushed_in_one_turn_arrives_in_order_and_before_the_close(
    serve: Serve, calls: Calls
) -> None:
    running = await serve()
    client, connection_id = await running.join()
    for n in range(50):
        assert running.gateway.post(connection_id, f"{n} {'x' * 4000}".encode()) == 200
    assert running.gateway.close(connection_id) == 204
    assert [int(str(await client.recv()).split()[0]) for _ in range(50)] == list(range(50))
    with pytest.raises(ConnectionClosedOK):
        await client.recv()
    assert await calls.ended() == (1000, "Connection Closed Normally")
