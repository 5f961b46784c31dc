"""Only calls signed with the configured credentials pass; of all others nothing is delivered."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection
from yarl import URL

from local.gateway.signature import LARGEST_SKEW, Credentials
from tests.gateway.harness import KEYS, Calls, Running, Serve
from tests.gateway.signed import Received, send, sign, url_of

WITH_TOKEN = Credentials("ASIAEXAMPLE", "temporary", "a/session+token==", "eu-west-1")


class Target:
    """One open socket, and the proof of what reached it."""

    def __init__(self, running: Running, client: ClientConnection, connection_id: str) -> None:
        self.running = running
        self.client = client
        self.connection_id = connection_id
        self.url = url_of(running.callback_url, connection_id)

    async def received(self) -> str:
        """The next message: posts a marker, so that whatever came earlier would show."""
        assert self.running.gateway.post(self.connection_id, b"marker") == 200
        return str(await self.client.recv())

    async def refuses(self, headers: dict[str, str], body: bytes = b"forged") -> Received:
        answer = await send("POST", self.url, headers, body)
        assert answer.status == 403
        assert answer.body.startswith(b'{"message":"')
        assert await self.received() == "marker"
        return answer


@pytest.fixture
async def target(gateway: Running) -> AsyncIterator[Target]:
    yield Target(gateway, *(await gateway.join()))


def error_of(answer: Received) -> str:
    return answer.headers["x-amzn-ErrorType"]


async def test_a_well_signed_call_passes(target: Target) -> None:
    answer = await send("POST", target.url, sign("POST", target.url, b"hi"), b"hi")
    assert answer.status == 200
    assert await target.received() == "hi"


@pytest.mark.aws("B3 unsigned is 403", "memory: Missing Authentication Token")
async def test_an_unsigned_call(target: Target) -> None:
    answer = await target.refuses({})
    assert answer.body == b'{"message":"Missing Authentication Token"}'
    assert error_of(answer) == "MissingAuthenticationTokenException"


async def test_a_wrong_secret(target: Target) -> None:
    keys = replace(KEYS, secret_access_key="guessed")
    answer = await target.refuses(sign("POST", target.url, b"forged", keys=keys))
    assert error_of(answer) == "InvalidSignatureException"


async def test_a_wrong_key_id(target: Target) -> None:
    keys = replace(KEYS, access_key_id="AKIDOTHER")
    answer = await target.refuses(sign("POST", target.url, b"forged", keys=keys))
    assert error_of(answer) == "UnrecognizedClientException"


@pytest.mark.parametrize("headers", [{}, {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}])
async def test_a_replay_with_another_body(target: Target, headers: dict[str, str]) -> None:
    signed = sign("POST", target.url, b"the real body", headers=headers)
    answer = await target.refuses(signed, b"another body")
    assert error_of(answer) == "InvalidSignatureException"


async def test_a_declared_hash_that_differs(target: Target) -> None:
    headers = {"X-Amz-Content-SHA256": "0" * 64}
    await target.refuses(sign("POST", target.url, b"forged", headers=headers))


@pytest.mark.parametrize(
    "declared", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED"]
)
async def test_a_body_that_is_not_signed(target: Target, declared: str) -> None:
    headers = {"X-Amz-Content-SHA256": declared}
    await target.refuses(sign("POST", target.url, b"forged", headers=headers))


@pytest.mark.parametrize("seconds", [-70, 70])
async def test_an_expired_call_and_one_from_the_future(target: Target, seconds: int) -> None:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    answer = await target.refuses(sign("POST", target.url, b"forged", at=at))
    assert error_of(answer) == "InvalidSignatureException"


@pytest.mark.parametrize("seconds", [-45, 45])
async def test_a_clock_that_is_a_little_off(target: Target, seconds: int) -> None:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    assert abs(seconds) < LARGEST_SKEW.total_seconds()
    answer = await send("POST", target.url, sign("POST", target.url, b"hi", at=at), b"hi")
    assert answer.status == 200


async def test_a_signature_for_another_connection(target: Target) -> None:
    other = url_of(target.running.callback_url, "AAAAAAAAAAAAAAA=")
    await target.refuses(sign("POST", other, b"forged"))


async def test_a_signature_for_another_stage(target: Target) -> None:
    other = target.url.replace("/ws/", "/manager/")
    await target.refuses(sign("POST", other, b"forged"))


async def test_a_signature_for_another_method(target: Target) -> None:
    await target.refuses(sign("GET", target.url, b"forged"))


async def test_a_signature_for_another_query(target: Target) -> None:
    await target.refuses(sign("POST", target.url + "?a=1", b"forged"))


@pytest.mark.parametrize("change", [{"region": "us-east-1"}, {"service": "sqs"}])
async def test_a_signature_for_another_scope(target: Target, change: dict[str, str]) -> None:
    keys = replace(KEYS, region=change.get("region", KEYS.region))
    service = change.get("service", "execute-api")
    answer = await target.refuses(sign("POST", target.url, b"forged", keys=keys, service=service))
    assert error_of(answer) == "InvalidSignatureException"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=" + "é" * 64,
    ],
)
async def test_a_malformed_authorization(target: Target, authorization: str) -> None:
    await target.refuses({"Authorization": authorization})


@pytest.mark.parametrize("date", ["", "yesterday", "20261341T000000Z"])
async def test_a_malformed_date(target: Target, date: str) -> None:
    await target.refuses(sign("POST", target.url, b"forged") | {"X-Amz-Date": date})


async def test_a_changed_date(target: Target) -> None:
    signed = sign("POST", target.url, b"forged", at=datetime.now(UTC) - timedelta(minutes=2))
    await target.refuses(signed | {"X-Amz-Date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"})


@pytest.mark.parametrize("left_out", ["host", "x-amz-date"])
async def test_host_and_date_have_to_be_signed(target: Target, left_out: str) -> None:
    signed = sign("POST", target.url, b"forged")
    names = "host;x-amz-date"
    kept = names.replace(left_out, "").strip(";")
    signed["Authorization"] = signed["Authorization"].replace(names, kept)
    await target.refuses(signed)


async def test_a_signed_header_that_is_missing(target: Target) -> None:
    signed = sign("POST", target.url, b"forged", headers={"X-Extra": "1"})
    del signed["X-Extra"]
    await target.refuses(signed)


async def test_an_amz_header_that_was_added(target: Target) -> None:
    await target.refuses(sign("POST", target.url, b"forged") | {"X-Amz-Other": "1"})


async def test_extra_signed_headers_pass(target: Target) -> None:
    headers = {"X-Extra": "a   b", "Content-Type": "text/plain", "Amz-Sdk-Invocation-Id": "x"}
    signed = sign("POST", target.url, b"hi", headers=headers)
    assert "content-type" in signed["Authorization"]
    assert (await send("POST", target.url, signed, b"hi")).status == 200


async def test_a_chunked_body_is_hashed_whole(target: Target) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"in "
        yield b"pieces"

    signed = sign("POST", target.url, b"in pieces")
    async with (
        aiohttp.ClientSession() as http,
        http.post(URL(target.url, encoded=True), data=pieces(), headers=signed) as answer,
    ):
        assert answer.status == 200
    assert await target.received() == "in pieces"


async def test_a_body_without_end_is_not_kept(target: Target) -> None:
    body = b"x" * 1_000_000
    answer = await send("POST", target.url, sign("POST", target.url, body), body)
    assert answer.status == 413


async def test_temporary_credentials_need_their_token(serve: Serve, calls: Calls) -> None:
    running = await serve(credentials=WITH_TOKEN)
    target = Target(running, *(await running.join()))
    signed = sign("POST", target.url, b"hi", keys=WITH_TOKEN)
    assert (await send("POST", target.url, signed, b"hi")).status == 200
    assert await target.received() == "hi"
    assert await target.client.recv() == "marker"
    without = replace(WITH_TOKEN, session_token=None)
    await target.refuses(sign("POST", target.url, b"forged", keys=without))
    other = replace(WITH_TOKEN, session_token="other")
    await target.refuses(sign("POST", target.url, b"forged", keys=other))


async def test_without_credentials_every_call_is_refused(serve: Serve, calls: Calls) -> None:
    running = await serve(credentials=None)
    target = Target(running, *(await running.join()))
    answer = await target.refuses(sign("POST", target.url, b"forged"))
    assert error_of(answer) == "ForbiddenException"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_reading_and_closing_are_signed_too(target: Target, method: str) -> None:
    answer = await send(method, target.url, {})
    assert answer.status == 403
    assert await target.received() == "marker"


async def test_any_host_name_will_do(target: Target) -> None:
    """A signed call needs no list of hosts: the name it came by is part of the signature."""
    named = target.url.replace("127.0.0.1", "node-a.internal")
    signed = sign("POST", named, b"hi") | {
        "Host": f"node-a.internal:{target.running.port}",
    }
    assert (await send("POST", target.url, signed, b"hi")).status == 200
