"""Facts §A5: the handshake waits for `$connect`, which may refuse it."""

import asyncio
import json

import aiohttp
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import NegotiationError

from local.gateway.api import Route
from local.gateway.invoke import HANDLER_FAILED
from tests.gateway.harness import OK, Calls, Event, Running, Serve, slow

BODY = "the body of a refusal is not documented: the handler's own"


@pytest.mark.aws("A5 pending until the integration completes", "doc")
async def test_the_upgrade_waits_for_connect(serve: Serve, calls: Calls) -> None:
    go_on = asyncio.Event()

    async def wait(_: Event, __: object) -> Event:
        await go_on.wait()
        return OK

    running = await serve({"$connect": Route(calls.handler(wait))})
    connecting = asyncio.create_task(running.connect())
    await calls.next("CONNECT")
    assert not connecting.done()
    go_on.set()
    await connecting
    assert running.gateway.connections == 1


@pytest.mark.aws("A5 $connect is optional", "doc")
async def test_an_api_without_connect_accepts(serve: Serve) -> None:
    running = await serve({"$connect": None})
    client = await running.connect()
    await client.send("hello")
    assert await client.recv() == "hello"


@pytest.mark.aws("A5 a status that is not 2xx refuses with it", "doc: Lambda 400", BODY)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500, 501, 502])
async def test_status_of_the_refusal(serve: Serve, calls: Calls, status: int) -> None:
    answer = {"statusCode": status, "body": '{"why": "so"}'}
    running = await serve({"$connect": Route(calls.handler(answer))})
    assert await running.refusal() == (status, '{"why": "so"}')
    assert running.gateway.connections == 0
    assert calls.count("DISCONNECT") == 0


@pytest.mark.aws("A5 every 2xx accepts", "src: serverless-offline, parity PR 1301")
@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_two_hundreds_accept(serve: Serve, calls: Calls, status: int) -> None:
    running = await serve({"$connect": Route(calls.handler({"statusCode": status}))})
    await running.connect()
    assert running.gateway.connections == 1


@pytest.mark.aws("A5 Lambda crash", "aws-obs: serverless-websockets-plugin#13", BODY)
async def test_a_crash_is_502(serve: Serve, calls: Calls) -> None:
    running = await serve({"$connect": Route(calls.handler(RuntimeError("secret")))})
    with capture_logs() as logs:
        status, body = await running.refusal()
    asked = (await calls.next("CONNECT"))["requestContext"]
    assert status == 502
    assert json.loads(body) == {
        "message": "Internal server error",
        "connectionId": asked["connectionId"],
        "requestId": asked["requestId"],
    }
    [line] = logs
    assert (line["event"], line["connection_id"]) == (HANDLER_FAILED, asked["connectionId"])
    assert "secret" not in str(line)


@pytest.mark.aws("A5 timeout", "memory: 504")
async def test_a_timeout_is_504(serve: Serve, calls: Calls) -> None:
    running = await serve({"$connect": Route(slow(), timeout=0.05)})
    status, body = await running.refusal()
    assert status == 504
    assert json.loads(body)["message"] == "Endpoint request timed out"


@pytest.mark.aws("A5 malformed answer", "doc: as for every proxy integration", "502")
@pytest.mark.parametrize("answer", [None, {}, {"statusCode": "200"}, {"statusCode": 99}])
async def test_an_answer_without_a_status_is_502(
    serve: Serve, calls: Calls, answer: Event | None
) -> None:
    running = await serve({"$connect": Route(calls.handler(answer))})
    assert (await running.refusal())[0] == 502


async def test_a_handler_that_is_cancelled_by_itself_is_a_crash(serve: Serve, calls: Calls) -> None:
    async def cancelled(_: Event, __: object) -> Event:
        raise asyncio.CancelledError

    running = await serve({"$connect": Route(cancelled)})
    assert (await running.refusal())[0] == 502


@pytest.mark.aws("A5 registered only after the 2xx", "doc: re:Post on 410 causes")
async def test_a_post_during_connect_is_gone(serve: Serve, calls: Calls) -> None:
    seen = []

    async def greet(event: Event, _: object) -> Event:
        seen.append(running.gateway.post(event["requestContext"]["connectionId"], b"hi"))
        return OK

    running = await serve({"$connect": Route(calls.handler(greet))})
    _, connection_id = await running.join()
    assert seen == [410]
    assert running.gateway.post(connection_id, b"hi") == 200


@pytest.mark.aws("A5 no subprotocol unless the handler answers one", "doc; serverless-offline#1176")
async def test_subprotocol_is_not_echoed_by_itself(gateway: Running) -> None:
    client = await gateway.connect(subprotocols=["a", "b"])
    assert client.subprotocol is None


@pytest.mark.aws("A5 subprotocol from the answer's header", "doc")
@pytest.mark.parametrize(
    "answer",
    [
        {"headers": {"Sec-WebSocket-Protocol": "b"}},
        {"headers": {"sec-websocket-protocol": "b"}},
        {"multiValueHeaders": {"Sec-WebSocket-Protocol": ["b"]}},
    ],
)
async def test_subprotocol_of_the_handler(serve: Serve, calls: Calls, answer: Event) -> None:
    running = await serve({"$connect": Route(calls.handler(OK | answer))})
    client = await running.connect(subprotocols=["a", "b"])
    assert client.subprotocol == "b"


@pytest.mark.aws("A5 subprotocol that was not offered", "doc", "echoed all the same: clients fail")
async def test_subprotocol_not_offered(serve: Serve, calls: Calls) -> None:
    answer = OK | {"headers": {"Sec-WebSocket-Protocol": "other"}}
    running = await serve({"$connect": Route(calls.handler(answer))})
    with pytest.raises(NegotiationError):
        await running.connect(subprotocols=["a"])


@pytest.mark.aws("C2 plain HTTP GET", "serverless-offline's AWS-run suite: 426")
async def test_plain_http_must_upgrade(gateway: Running) -> None:
    url = f"http://127.0.0.1:{gateway.port}/ws"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 426
        assert response.headers["Upgrade"] == "websocket"


async def test_a_server_without_denial_responses_answers_403() -> None:
    """Without the ASGI extension a refusal has no status of its own."""
    from local.gateway.handshake import Verdict, refuse

    sent = []

    async def send(message: object) -> None:
        sent.append(message)

    await refuse({"type": "websocket"}, send, Verdict(401))
    assert sent == [{"type": "websocket.close"}]
