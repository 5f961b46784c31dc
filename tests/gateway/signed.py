"""Calls to `/@connections` that botocore signed, sent byte for byte, wrong ones included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from unittest import mock

import aiohttp
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from yarl import URL

from local.gateway.signature import Credentials
from tests.gateway.harness import KEYS

NOBODY = "AAAAAAAAAAAAAAA="


@dataclass
class Received:
    """The answer to a call."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def sign(
    method: str,
    url: str,
    body: bytes = b"",
    *,
    keys: Credentials = KEYS,
    service: str = "execute-api",
    at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a signed request, as botocore makes them."""
    request = AWSRequest(method, url, headers=dict(headers or {}), data=body)
    credentials = BotocoreCredentials(
        keys.access_key_id or "any", keys.secret_access_key, keys.session_token
    )
    signer = auth.SigV4Auth(credentials, service, keys.region)
    if at is None:
        signer.add_auth(request)
    else:
        with mock.patch.object(auth, "get_current_datetime", return_value=at):
            signer.add_auth(request)
    return dict(request.headers.items())


def url_of(callback_url: str, connection_id: str) -> str:
    return f"{callback_url}/@connections/{connection_id.replace('=', '%3D')}"


async def send(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Received:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, URL(url, encoded=True), headers=headers, data=body) as answer,
    ):
        return Received(answer.status, answer.headers, await answer.read())


async def signed_call(
    method: str,
    callback_url: str,
    connection_id: str,
    body: bytes = b"",
    *,
    path: str | None = None,
) -> Received:
    """A well signed call."""
    url = url_of(callback_url, connection_id) if path is None else callback_url + path
    return await send(method, url, sign(method, url, body), body)


async def forged(node: str, secret: str) -> int:
    """What a node answers a call that this secret signed, for a connection that nobody has."""
    url = url_of(f"{node}/ws", NOBODY)
    signed = sign("POST", url, b"forged", keys=Credentials("local", secret, None, "us-east-1"))
    return (await send("POST", url, signed, b"forged")).status
