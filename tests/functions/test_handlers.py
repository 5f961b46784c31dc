"""Each function as Lambda calls it: `handler(event, context)`, three times on one loop and pool."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import boto3
import pytest

from core.app import App
from core.model import ChatId
from functions.runtime import container
from local.gateway.context import LambdaContext
from tests.apart import apart
from tests.tickets import KEYS, SECRET_KEY, user_ticket_now

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def socket_event(route: str, kind: str, number: int, **more: Any) -> dict[str, Any]:
    """As API Gateway sends it; https://docs.aws.amazon.com/apigateway/latest/developerguide/"""
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "extendedRequestId": f"BFaT_fALIAM{number}F=",
            "requestId": f"BFaT_fALIAM{number}F=",
            "requestTime": "11/Nov/2024:13:51:49 +0000",
            "requestTimeEpoch": 1731333109875,
            "connectedAt": 1731333109871,
            "messageDirection": "IN",
            "stage": "ws",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "connectionId": "BFaVtfGSIAMCKug=",
            "apiId": "abcdef1234",
            "identity": {"sourceIp": "203.0.113.7"},
            **more.pop("context", {}),
        },
        "isBase64Encoded": False,
        **more,
    }


def connect_event(number: int, ticket: str) -> dict[str, Any]:
    return socket_event(
        "$connect",
        "CONNECT",
        number,
        headers={"Host": "x", "Sec-WebSocket-Protocol": "other, switchboard.v1"},
        queryStringParameters={"chat_id": "a", "ticket": ticket},
        multiValueQueryStringParameters={"chat_id": ["a"], "ticket": [ticket]},
    )


def message_event(number: int, **frame: Any) -> dict[str, Any]:
    context = {"messageId": f"BFaVtfGSIAM{number}ug="}
    return socket_event("$default", "MESSAGE", number, context=context, body=json.dumps(frame))


def sqs_event(*bodies: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    return {
        "Records": [
            {
                "messageId": f"059f36b4-87a3-44ab-83d2-66197595767{n}",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:rings",
                "awsRegion": "eu-central-1",
            }
            for n, body in enumerate(bodies)
        ]
    }


def http_event(path: str, token: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    raw_path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": {"host": "localhost", "authorization": f"Bearer {token}"},
        "requestContext": {
            "http": {"method": "GET", "path": raw_path, "sourceIp": "203.0.113.7"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


@pytest.fixture
def lambda_environment(dsn: str, monkeypatch: pytest.MonkeyPatch, sqs: str) -> Iterator[None]:
    """What a deployed function finds: its environment, and a queue (moto's) at its URL."""
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("RING_QUEUE_URL", f"{sqs}/123456789012/rings")
    monkeypatch.setenv("AWS_ENDPOINT_URL", sqs)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("ECHO_DELAY", "0")
    # Open mode is refused on Lambda.
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    yield
    container.close()


def handler(name: str) -> Handler:
    found: Handler = importlib.import_module(f"functions.{name}").handler
    return found


@pytest.mark.usefixtures("lambda_environment")
def test_every_handler_answers_three_times_on_one_loop_and_pool(dsn: str) -> None:
    apps, token = set(), KEYS.user_token(ChatId("a"))
    for number in range(3):
        accepted = handler("connect")(connect_event(number, user_ticket_now(dsn, "a")), None)
        assert accepted["statusCode"] == 200
        assert accepted["headers"] == {"Sec-WebSocket-Protocol": "switchboard.v1"}
        frame = message_event(number, action="message", text="hi", client_id=f"c{number}")
        said = handler("message")(frame, None)
        stored = json.loads(said["body"])
        assert (stored["type"], stored["seq"]) == ("message", 2 * number + 1)
        job = sqs_event(json.dumps({"chat_id": "a"}))
        assert handler("responder")(job, None) == {"batchItemFailures": []}
        page = handler("http")(http_event("/history?chat_id=a", token), None)
        assert page["statusCode"] == 200
        assert len(json.loads(page["body"])["messages"]) == 2 * number + 2
        assert handler("sweep")({}, None)["pending"] == 0
        assert handler("disconnect")(
            socket_event("$disconnect", "DISCONNECT", number, headers={}), None
        ) == {"statusCode": 200}
        apps.add(id(container.runner.run(container.app(App))))
    assert len(apps) == 1


@pytest.mark.usefixtures("lambda_environment")
def test_i3_a_job_delivered_three_times_gives_one_answer(dsn: str) -> None:
    token = KEYS.user_token(ChatId("a"))
    handler("connect")(connect_event(0, user_ticket_now(dsn, "a")), None)
    handler("message")(message_event(0, action="message", text="hi"), None)
    job = json.dumps({"chat_id": "a"})
    assert handler("responder")(sqs_event(job, job, job), None) == {"batchItemFailures": []}
    assert handler("responder")(sqs_event(job), None) == {"batchItemFailures": []}
    page = json.loads(handler("http")(http_event("/history?chat_id=a", token), None)["body"])
    assert [m["role"] for m in page["messages"]] == ["user", "assistant"]


@pytest.mark.usefixtures("lambda_environment")
def test_a_sweep_that_runs_out_of_time_goes_on_by_a_job(dsn: str, sqs: str) -> None:
    addresses = (
        "insert into addresses (address, allowance, allowed_at)"
        " select n::text, 1, now() - interval '2 days' from generate_series(1, 1200) n"
    )
    execute(dsn, addresses)
    # No time but for the first round, which does 500.
    assert handler("sweep")({}, LambdaContext("sweep", 20))["stale"] == 500
    jobs = 0
    while body := taken(sqs):
        # Other tests have left theirs.
        jobs += "sweep" in body
        answer = handler("responder")(sqs_event(body), LambdaContext("responder", 20))
        assert answer == {"batchItemFailures": []}
    assert jobs == 2
    assert execute(dsn, "select count(*) from addresses") == 0


def execute(dsn: str, statement: str) -> Any:
    """Run a statement, for tests without a loop."""

    async def done() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return apart(done())


def taken(sqs: str) -> str | None:
    """The body of the queue's next job, which is deleted."""
    client = boto3.client("sqs", endpoint_url=sqs, region_name="us-east-1")
    url = f"{sqs}/123456789012/rings"
    for message in client.receive_message(QueueUrl=url).get("Messages", []):
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return str(message["Body"])
    return None


@pytest.mark.usefixtures("lambda_environment")
def test_only_the_bad_record_of_a_batch_comes_again() -> None:
    answer = handler("responder")(sqs_event('{"chat_id": "a"}', "nonsense"), None)
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975957671"}]
    }


@pytest.mark.usefixtures("lambda_environment")
def test_i1_without_a_queue_the_sender_must_try_again(
    monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    handler("connect")(connect_event(0, user_ticket_now(dsn, "a")), None)
    frame = message_event(0, action="message", text="hi", client_id="mine")
    error = json.loads(handler("message")(frame, None)["body"])
    assert (error["type"], error["code"], error["client_id"]) == ("error", "try_again", "mine")


@pytest.mark.usefixtures("lambda_environment")
def test_a_bad_chat_id_is_refused_with_400() -> None:
    event = connect_event(0, "any")
    event["queryStringParameters"]["chat_id"] = "a b"
    assert handler("connect")(event, None)["statusCode"] == 400


@pytest.mark.usefixtures("lambda_environment")
def test_a_ticket_opens_one_socket_of_its_chat_once(dsn: str) -> None:
    ticket = user_ticket_now(dsn, "a")
    assert handler("connect")(connect_event(0, ticket), None)["statusCode"] == 200
    second = connect_event(1, ticket)
    second["requestContext"]["connectionId"] = "BFaVtfGSIAMCKuh="
    assert handler("connect")(second, None)["statusCode"] == 401
    del second["queryStringParameters"]["ticket"]
    assert handler("connect")(second, None)["statusCode"] == 401
    other = connect_event(2, user_ticket_now(dsn, "b"))
    other["requestContext"]["connectionId"] = "BFaVtfGSIAMCKui="
    assert handler("connect")(other, None)["statusCode"] == 401


@pytest.mark.parametrize("name", ["connect", "message", "disconnect"])
def test_the_sockets_handlers_import_neither_openai_nor_fastapi(name: str) -> None:
    script = f"import sys, functions.{name}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"functions.{name}" in loaded
    assert not {"openai", "fastapi", "mangum", "aioboto3", "botocore", "jwt"} & set(loaded)
    # Each module takes time at a cold start.
    assert not {"core.app", "core.store.store", "core.chat.answering"} & set(loaded)
    assert len([one for one in loaded if one.startswith("core.")]) <= 65
