"""Facts §A1: the three events, field by field as captured from AWS."""

import json
import re
import subprocess
import sys
import time

import pytest

from tests.gateway.harness import Calls, Running, Serve
from tests.server import ROOT

POWERTOOLS = "aws-obs: powertools-lambda-python tests/events/apiGatewayWebSocketApi*.json"
ALWAYS = {
    "routeKey", "eventType", "extendedRequestId", "requestId", "requestTime", "requestTimeEpoch",
    "connectedAt", "messageDirection", "stage", "domainName", "connectionId", "apiId", "identity",
}  # fmt: skip
ID = re.compile(r"[A-Za-z0-9_-]{15}=")


@pytest.mark.aws("A1 CONNECT keys", POWERTOOLS)
async def test_connect_event_has_exactly_these_keys(gateway: Running, calls: Calls) -> None:
    await gateway.connect()
    event = await calls.next("CONNECT")
    assert event.keys() == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    assert event["requestContext"].keys() == ALWAYS
    assert event["isBase64Encoded"] is False


@pytest.mark.aws("A1 MESSAGE keys", POWERTOOLS)
async def test_message_event_has_no_headers(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect("?a=1")
    await client.send("hello")
    event = await calls.next("MESSAGE")
    assert event.keys() == {"requestContext", "body", "isBase64Encoded"}
    assert event["requestContext"].keys() == ALWAYS | {"messageId"}
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)


@pytest.mark.aws("A1 DISCONNECT keys", POWERTOOLS)
async def test_disconnect_event_has_status_and_reason(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect("?a=1")
    await client.close()
    event = await calls.next("DISCONNECT")
    assert event.keys() == {"headers", "multiValueHeaders", "requestContext", "isBase64Encoded"}
    ended = {"disconnectStatusCode", "disconnectReason"}
    assert event["requestContext"].keys() == ALWAYS | ended


@pytest.mark.aws("A1 routeKey, eventType, direction", POWERTOOLS)
async def test_each_event_says_its_route_and_type(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send("x")
    await client.close()
    said = [
        (asked["routeKey"], asked["eventType"], asked["messageDirection"])
        for kind in ("CONNECT", "MESSAGE", "DISCONNECT")
        for asked in [(await calls.next(kind))["requestContext"]]
    ]
    assert said == [
        ("$connect", "CONNECT", "IN"),
        ("$default", "MESSAGE", "IN"),
        ("$disconnect", "DISCONNECT", "IN"),
    ]


@pytest.mark.aws("A1 requestId is extendedRequestId, new each time", "doc; aws-obs")
async def test_request_ids_are_new_and_doubled(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send("one")
    await client.send("two")
    events = [await calls.next(kind) for kind in ("CONNECT", "MESSAGE", "MESSAGE")]
    ids = [event["requestContext"]["requestId"] for event in events]
    assert ids == [event["requestContext"]["extendedRequestId"] for event in events]
    assert len(set(ids)) == 3
    assert all(ID.fullmatch(one) and one[11] == "F" for one in ids)


@pytest.mark.aws("A1 connectionId form", "aws-obs: six decoded examples")
async def test_connection_id_is_eleven_bytes_of_base64url(serve: Serve, calls: Calls) -> None:
    running = await serve()
    ids = {(await running.join())[1] for _ in range(20)}
    assert len(ids) == 20
    assert all(ID.fullmatch(one) and one[11] == "C" for one in ids)


@pytest.mark.aws("A1 messageId shares the connection id's tail", "aws-obs: BFaT_fALIAMCKug=")
async def test_message_id_ends_as_the_connection_id(gateway: Running, calls: Calls) -> None:
    client, connection_id = await gateway.join()
    await client.send("one")
    await client.send("two")
    ids = [(await calls.next("MESSAGE"))["requestContext"]["messageId"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(ID.fullmatch(one) and one[8:] == connection_id[8:] for one in ids)


@pytest.mark.aws("A1 connectedAt constant, requestTimeEpoch later", "aws-obs; §C2 manual suite")
async def test_connected_at_stays_and_request_time_is_later(gateway: Running, calls: Calls) -> None:
    before = time.time_ns() // 1_000_000
    client = await gateway.connect()
    await client.send("x")
    await client.close()
    asked = [
        (await calls.next(kind))["requestContext"] for kind in ("CONNECT", "MESSAGE", "DISCONNECT")
    ]
    assert len({one["connectedAt"] for one in asked}) == 1
    assert before <= asked[0]["connectedAt"] < asked[0]["requestTimeEpoch"]
    assert all(type(one["requestTimeEpoch"]) is int for one in asked)


@pytest.mark.aws("A1 requestTime is in common log format", POWERTOOLS)
async def test_request_time_is_common_log_format(gateway: Running, calls: Calls) -> None:
    await gateway.connect()
    asked = (await calls.next("CONNECT"))["requestContext"]
    at = time.strptime(asked["requestTime"], "%d/%b/%Y:%H:%M:%S +0000")
    assert time.strftime("%Y%m%d%H%M%S", at) == time.strftime(
        "%Y%m%d%H%M%S", time.gmtime(asked["requestTimeEpoch"] // 1000)
    )


@pytest.mark.aws("A1 stage, apiId", POWERTOOLS)
async def test_stage_and_api_id(serve: Serve, calls: Calls) -> None:
    running = await serve(stage="manager")
    await running.connect()
    asked = (await calls.next("CONNECT"))["requestContext"]
    assert asked["stage"] == "manager"
    assert re.fullmatch(r"[a-z0-9]{10}", asked["apiId"])
    assert asked["apiId"] == running.gateway.api.api_id


@pytest.mark.aws(
    "A1 domainName",
    "doc: https://{domainName}/{stage} is the callback URL",
    "the address connected to, with its port; never the Host header",
)
async def test_domain_name_and_stage_make_the_callback_url(gateway: Running, calls: Calls) -> None:
    await gateway.connect(additional_headers={"X-Forwarded-Host": "evil.example"})
    asked = (await calls.next("CONNECT"))["requestContext"]
    assert f"http://{asked['domainName']}/{asked['stage']}" == gateway.callback_url


@pytest.mark.aws("A1 identity", "aws-obs: userAgent only if the client sent one")
async def test_identity_has_the_user_agent_only_if_sent(gateway: Running, calls: Calls) -> None:
    await gateway.connect(user_agent_header="Tester/1.0")
    await gateway.connect(user_agent_header=None)
    with_agent, without = [(await calls.next("CONNECT"))["requestContext"] for _ in range(2)]
    assert with_agent["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "Tester/1.0"}
    assert without["identity"] == {"sourceIp": "127.0.0.1"}


@pytest.mark.aws("A1 query dictionaries absent without a query", "aws-obs: absent, not null")
@pytest.mark.parametrize("query", ["", "?"])
async def test_no_query_no_dictionaries(gateway: Running, calls: Calls, query: str) -> None:
    await gateway.connect(query)
    event = await calls.next("CONNECT")
    assert not {"queryStringParameters", "multiValueQueryStringParameters"} & event.keys()


@pytest.mark.aws("A1 repeated query parameters", "serverless-offline: the last value wins")
async def test_repeated_parameters(gateway: Running, calls: Calls) -> None:
    await gateway.connect("?foo=bar&foo=baz&empty=&caf%C3%A9=a%20b")
    event = await calls.next("CONNECT")
    assert event["queryStringParameters"] == {"foo": "baz", "empty": "", "café": "a b"}
    assert event["multiValueQueryStringParameters"] == {
        "foo": ["bar", "baz"],
        "empty": [""],
        "café": ["a b"],
    }


@pytest.mark.aws(
    "A1 header case",
    "aws-obs: the client's own case is kept",
    "ASGI lower-cases names: well-known ones get their usual case back, others stay lower",
)
async def test_header_case(gateway: Running, calls: Calls) -> None:
    sent = {"Authorization": "Bearer x", "test": "1", "X-Custom": "2", "Cookie": "c=1"}
    await gateway.connect(additional_headers=sent, origin="http://localhost")
    headers = (await calls.next("CONNECT"))["headers"]
    assert sent.items() <= headers.items()
    usual = {"Host", "Origin", "User-Agent", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}
    assert usual <= headers.keys()


@pytest.mark.aws("A1 headers added and left out", POWERTOOLS)
async def test_hop_headers_go_and_forwarding_headers_come(gateway: Running, calls: Calls) -> None:
    await gateway.connect(additional_headers={"X-Forwarded-For": "10.0.0.1"})
    headers = (await calls.next("CONNECT"))["headers"]
    assert not {"connection", "upgrade", "content-length"} & {name.lower() for name in headers}
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["X-Amzn-Trace-Id"])
    assert headers["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-Port"] == str(gateway.port)


async def test_a_trusted_proxy_is_not_taken_for_the_client(serve: Serve, calls: Calls) -> None:
    running = await serve(proxy_headers=True)
    await running.connect(additional_headers={"X-Forwarded-For": "10.0.0.1"})
    event = await calls.next("CONNECT")
    assert event["requestContext"]["identity"]["sourceIp"] == "10.0.0.1"
    assert event["headers"]["X-Forwarded-For"] == "10.0.0.1"


@pytest.mark.aws("A1 repeated headers", "aws-obs: multiValueHeaders keeps all")
async def test_repeated_headers(gateway: Running, calls: Calls) -> None:
    await gateway.connect(additional_headers=[("X-Twice", "a"), ("X-Twice", "b")])
    event = await calls.next("CONNECT")
    assert event["headers"]["X-Twice"] == "b"
    assert event["multiValueHeaders"]["X-Twice"] == ["a", "b"]
    assert event["multiValueHeaders"].keys() == event["headers"].keys()


@pytest.mark.aws("A1 DISCONNECT headers are four made-up ones", POWERTOOLS)
async def test_disconnect_headers(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.close()
    event = await calls.next("DISCONNECT")
    host = f"127.0.0.1:{gateway.port}"
    made_up = {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    assert event["headers"] == made_up
    assert event["multiValueHeaders"] == {name: [value] for name, value in made_up.items()}


@pytest.mark.aws("A1 stageVariables absent when none", "aws-obs", "absent, as captured; not {}")
async def test_no_stage_variables(gateway: Running, calls: Calls) -> None:
    client = await gateway.connect()
    await client.send("x")
    for kind in ("CONNECT", "MESSAGE"):
        assert "stageVariables" not in await calls.next(kind)


@pytest.mark.aws("A1 no legacy keys", "aws-obs: none in the 2024 captures")
async def test_events_are_json_without_legacy_keys(gateway: Running, calls: Calls) -> None:
    await gateway.connect()
    event = await calls.next("CONNECT")
    legacy = {"accountId", "resourcePath", "httpMethod", "version", "path", "authorizer"}
    assert not legacy & event["requestContext"].keys()
    assert json.loads(json.dumps(event)) == event


def test_no_id_follows_from_what_a_process_knew_before() -> None:
    # After a fork both have the same memory: what a generator in it gives next is the same, too.
    script = """if True:
        import os
        from local.gateway.events import message_event, read_connection_info
        scope = {"headers": [], "server": ("h", 1), "client": ("h", 2)}
        message_event(read_connection_info(scope, "ws", "a", None), "$default", "x")
        child = os.fork()
        info = read_connection_info(scope, "ws", "a", None)
        context = message_event(info, "$default", "x")["requestContext"]
        message_id = context["messageId"].removesuffix(info.connection_id[8:])
        print(info.connection_id, message_id, context["requestId"], flush=True)
        if child:
            os.waitpid(child, 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, cwd=ROOT
    )
    one, other = (line.split() for line in done.stdout.splitlines())
    assert len(one) == 3 and not set(one) & set(other), done.stderr
