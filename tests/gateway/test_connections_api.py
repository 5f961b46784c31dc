"""Facts §B: `/@connections`, called by AWS's own clients."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.gateway.api import Quotas, Route
from local.gateway.events import new_connection_id
from tests.gateway.harness import KEYS, OK, Calls, Event, Running, Serve, closed
from tests.gateway.signed import signed_call

if TYPE_CHECKING:
    from types_aiobotocore_apigatewaymanagementapi import ApiGatewayManagementApiClient as Client
else:
    Client = Any

MODEL = "src: botocore apigatewaymanagementapi/2018-11-29"


@pytest.mark.aws("B1 PostToConnection is 200", MODEL)
async def test_post(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    answer = await management.post_to_connection(ConnectionId=connection_id, Data=b"caf\xc3\xa9")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert await client.recv() == "café"


@pytest.mark.aws("B1 the same from boto3", MODEL)
async def test_post_from_boto3(gateway: Running) -> None:
    client, connection_id = await gateway.join()
    management = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=gateway.callback_url,
        region_name=KEYS.region,
        aws_access_key_id=KEYS.access_key_id,
        aws_secret_access_key=KEYS.secret_access_key,
    )
    await asyncio.to_thread(
        management.post_to_connection, ConnectionId=connection_id, Data=b"from boto3"
    )
    assert await client.recv() == "from boto3"
    management.close()


@pytest.mark.aws("B1 GetConnection is 200", MODEL)
async def test_get(gateway: Running, management: Client) -> None:
    _, connection_id = await gateway.join(user_agent_header="Tester/1.0")
    about = await management.get_connection(ConnectionId=connection_id)
    assert about["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert about["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "Tester/1.0"}
    now = datetime.now(UTC)
    for at in (about["ConnectedAt"], about["LastActiveAt"]):
        assert abs(now - at) < timedelta(seconds=10)
    assert about["LastActiveAt"] >= about["ConnectedAt"] - timedelta(milliseconds=2)


@pytest.mark.aws("B1 DeleteConnection is 204", MODEL)
async def test_delete(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    answer = await management.delete_connection(ConnectionId=connection_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert (await closed(client))[0] == 1000


@pytest.mark.aws("B3 after DELETE, $disconnect has 1000", "aws-obs: boto3#3789")
async def test_disconnect_after_delete(gateway: Running, management: Client, calls: Calls) -> None:
    _, connection_id = await gateway.join()
    await management.delete_connection(ConnectionId=connection_id)
    assert await calls.ended() == (1000, "Connection Closed Normally")


@pytest.mark.aws(
    "B3 unknown id of the right form is 410", "aws-obs; a 2019 comment says 403", "410"
)
@pytest.mark.parametrize("verb", ["post_to_connection", "get_connection", "delete_connection"])
async def test_unknown_is_gone(management: Client, verb: str) -> None:
    data = {"Data": b"x"} if verb.startswith("post") else {}
    with pytest.raises(management.exceptions.GoneException):
        await getattr(management, verb)(ConnectionId=new_connection_id(), **data)


@pytest.mark.aws("B3 closed is 410", "doc; §C2 AWS-run suite")
@pytest.mark.parametrize("verb", ["post_to_connection", "get_connection", "delete_connection"])
async def test_closed_is_gone(gateway: Running, management: Client, verb: str) -> None:
    client, connection_id = await gateway.join()
    await client.close()
    await gateway.calls.next("DISCONNECT")
    data = {"Data": b"x"} if verb.startswith("post") else {}
    with pytest.raises(management.exceptions.GoneException):
        await getattr(management, verb)(ConnectionId=connection_id, **data)


@pytest.mark.aws("B3 closing is 410", "aws-obs: DELETE of a closed id")
async def test_closing_is_gone(gateway: Running, management: Client) -> None:
    _, connection_id = await gateway.join()
    await management.delete_connection(ConnectionId=connection_id)
    with pytest.raises(management.exceptions.GoneException):
        await management.delete_connection(ConnectionId=connection_id)


@pytest.mark.aws("B2 410 has an empty body and the header", "tried; laravel-echo-api-gateway#9")
async def test_the_form_of_gone(gateway: Running) -> None:
    answer = await signed_call("POST", gateway.callback_url, new_connection_id(), b"x")
    assert (answer.status, answer.body) == (410, b"")
    assert answer.headers["x-amzn-ErrorType"] == "GoneException"


@pytest.mark.aws("B3 malformed id is 400", "aws-obs: localstack#4694, serverless-offline#749")
@pytest.mark.parametrize("wrong", ["7d5c1b0e-3f8c-4f0e-9d2a-1f2e3d4c5b6a", "short", "x" * 16])
async def test_malformed_id(management: Client, wrong: str) -> None:
    with pytest.raises(ClientError) as raised:
        await management.post_to_connection(ConnectionId=wrong, Data=b"x")
    error = raised.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert error["Message"] == f"Invalid connectionId: {wrong}"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.aws(
    "B1 Data of 131072 bytes", "src; doc: frames of 32 KB for @connections too", "up to 128 KB pass"
)
async def test_the_largest_post(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    await management.post_to_connection(ConnectionId=connection_id, Data=b"x" * 131072)
    assert len(await client.recv()) == 131072


@pytest.mark.aws("B2 a larger one is 413: boto3 does not check", "tried")
async def test_too_large_a_post(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    with pytest.raises(management.exceptions.PayloadTooLargeException):
        await management.post_to_connection(ConnectionId=connection_id, Data=b"x" * 131073)
    assert gateway.gateway.post(connection_id, b"x" * 131073) == 413
    assert gateway.gateway.post(connection_id, b"next") == 200
    assert await client.recv() == "next"


@pytest.mark.aws(
    "B1 LimitExceeded when the client-side buffer is full", MODEL, "and the connection is closed"
)
async def test_a_full_outbox_is_429(serve: Serve, calls: Calls, management: Client) -> None:
    running = await serve(quotas=Quotas(outbox_bytes=100_000, linger_seconds=0.1))
    client, connection_id = await running.join()
    client.transport.pause_reading()
    statuses = set()
    while 429 not in statuses:
        statuses.add(running.gateway.post(connection_id, b"x" * 16384))
    assert statuses == {200, 429}
    assert running.gateway.post(connection_id, b"x") == 410
    assert await calls.ended() == (1013, "Client-side buffer full")


@pytest.mark.aws(
    "B2 path of the request: = encoded or not, @ encoded or not", "tried; awscurl docs"
)
@pytest.mark.parametrize("at", ["@", "%40"])
@pytest.mark.parametrize("equals", ["=", "%3D"])
async def test_encodings_of_the_path(gateway: Running, at: str, equals: str) -> None:
    client, connection_id = await gateway.join()
    path = f"/{at}connections/{connection_id[:-1]}{equals}"
    answer = await signed_call("POST", gateway.callback_url, "", b"here", path=path)
    assert (answer.status, await client.recv()) == (200, "here")


@pytest.mark.aws("B3 the callback URL is https://{domainName}/{stage}", "doc")
async def test_the_callback_url_of_an_event_works(
    gateway: Running, management: Client, calls: Calls
) -> None:
    await gateway.connect()
    asked = (await calls.next("CONNECT"))["requestContext"]
    url = f"http://{asked['domainName']}/{asked['stage']}"
    answer = await signed_call("GET", url, asked["connectionId"])
    assert answer.status == 200


@pytest.mark.aws("B3 during $connect the connection does not exist yet", "doc: re:Post")
async def test_post_during_connect(serve: Serve, calls: Calls) -> None:
    async def greet(event: Event, _: object) -> Event:
        connection_id = event["requestContext"]["connectionId"]
        answer = await signed_call("POST", running.callback_url, connection_id, b"hello")
        statuses.append(answer.status)
        return OK

    statuses: list[int] = []
    running = await serve({"$connect": Route(calls.handler(greet))})
    await running.connect()
    assert statuses == [410]


@pytest.mark.aws("B1 an empty message", "not documented", "an empty frame")
async def test_an_empty_post(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    await management.post_to_connection(ConnectionId=connection_id, Data=b"")
    assert await client.recv() == ""


@pytest.mark.aws("B1 bytes that are not UTF-8", "not documented", "replaced, in a text frame")
async def test_a_post_that_is_not_text(gateway: Running, management: Client) -> None:
    client, connection_id = await gateway.join()
    await management.post_to_connection(ConnectionId=connection_id, Data=b"a\xffb")
    assert await client.recv() == "a\ufffdb"


@pytest.mark.aws("B1 no other verbs or paths", "memory: API Gateway's answer to unknown routes")
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", None), ("PATCH", None), ("GET", "/connections")]
)
async def test_other_verbs(gateway: Running, method: str, path: str | None) -> None:
    answer = await signed_call(method, gateway.callback_url, new_connection_id(), path=path)
    assert answer.status == 403
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
