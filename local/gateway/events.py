"""The three events of an API Gateway WebSocket API, with each field as captured on AWS.

Shapes: the WebSocket events in powertools-lambda-python's `tests/events`, and
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import re
import secrets
import string
import time
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

GatewayEvent = dict[str, Any]

_CONNECTION_ID = re.compile(r"[A-Za-z0-9_-]{15}=")
_NOT_PASSED_ON = {"connection", "upgrade", "content-length"}
# AWS keeps the case of a client's header names, and ASGI does not. These get their usual case back.
_TITLE_CASED = {
    "accept", "accept-encoding", "accept-language", "authorization", "cache-control", "cookie",
    "forwarded", "host", "origin", "pragma", "referer", "user-agent", "via",
}  # fmt: skip


def new_api_id() -> str:
    """Ten lower-case letters and digits, as in `a1b2c3d4e5.execute-api…`."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))


def _as_id(token: bytes, mark: str) -> str:
    """11 bytes in base64url. The twelfth character separates connection ids from request ids."""
    text = urlsafe_b64encode(token).decode()
    return f"{text[:11]}{mark}{text[12:]}"


# Secure random bytes: clients read their ids, and must not guess the ids of others.
def new_connection_id() -> str:
    return _as_id(secrets.token_bytes(11), "C")


def new_request_id() -> str:
    return _as_id(secrets.token_bytes(11), "F")


def is_connection_id(text: str) -> bool:
    """Whether the text has the form of a connection id. The connection may not exist."""
    return _CONNECTION_ID.fullmatch(text) is not None


class ConnectionInfo(NamedTuple):
    """The fields that all events of one connection share. `connected_at` is in epoch ms."""

    stage: str
    api_id: str
    domain_name: str
    connection_id: str
    connected_at: int
    # None: a program of this machine, whose address nobody counts.
    source_ip: str | None
    user_agent: str | None
    host: str

    @property
    def identity(self) -> dict[str, str]:
        identity = {} if self.source_ip is None else {"sourceIp": self.source_ip}
        if self.user_agent is not None:
            identity["userAgent"] = self.user_agent
        return identity

    def request_context(self, route_key: str, event_type: str, **more: Any) -> GatewayEvent:
        # On AWS a request is always later than its connection: by 1 to 8 ms in the captures.
        now = max(time.time_ns() // 1_000_000, self.connected_at + 1)
        request_id = new_request_id()
        return {
            "routeKey": route_key,
            **more,
            "eventType": event_type,
            "extendedRequestId": request_id,
            "requestTime": common_log_time(now),
            "messageDirection": "IN",
            "stage": self.stage,
            "connectedAt": self.connected_at,
            "requestTimeEpoch": now,
            "identity": self.identity,
            "requestId": request_id,
            "domainName": self.domain_name,
            "connectionId": self.connection_id,
            "apiId": self.api_id,
        }


def read_connection_info(
    scope: Mapping[str, Any], stage: str, api_id: str, domain_name: str | None
) -> ConnectionInfo:
    """Read an ASGI `websocket` scope. Without a `domain_name` it is the server's address.

    It is never the Host header: with it a client could choose the receiver of its pushes.
    """
    headers = dict(scope["headers"])
    agent = headers.get(b"user-agent")
    server, client = scope.get("server") or ("localhost", None), scope.get("client")
    return ConnectionInfo(
        stage=stage,
        api_id=api_id,
        domain_name=domain_name or ":".join(str(part) for part in server if part),
        connection_id=new_connection_id(),
        connected_at=time.time_ns() // 1_000_000,
        source_ip=client[0] if client else None,
        user_agent=None if agent is None else agent.decode("latin-1"),
        host=headers.get(b"host", b"").decode("latin-1"),
    )


def connect_event(info: ConnectionInfo, scope: Mapping[str, Any]) -> GatewayEvent:
    """The `$connect` event. It has headers always, and query dictionaries only with a query."""
    event: GatewayEvent = {
        **_single_and_multi("headers", "multiValueHeaders", _headers(info, scope)),
        "requestContext": info.request_context("$connect", "CONNECT"),
        "isBase64Encoded": False,
    }
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if query:
        event |= _single_and_multi(
            "queryStringParameters", "multiValueQueryStringParameters", query
        )
    return event


def message_event(info: ConnectionInfo, route_key: str, body: str) -> GatewayEvent:
    """A message's event, without headers. Its message id ends like the connection id."""
    message_id = urlsafe_b64encode(secrets.token_bytes(6)).decode() + info.connection_id[8:]
    context = info.request_context(route_key, "MESSAGE", messageId=message_id)
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect_event(info: ConnectionInfo, code: int, reason: str) -> GatewayEvent:
    """The `$disconnect` event, with the four headers that AWS adds to it."""
    headers = {"Host": info.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    context = info.request_context(
        "$disconnect", "DISCONNECT", disconnectStatusCode=code, disconnectReason=reason
    )
    return {
        **_single_and_multi("headers", "multiValueHeaders", headers.items()),
        "requestContext": context,
        "isBase64Encoded": False,
    }


def error_frame(message: str, event: GatewayEvent) -> str:
    """The frame for a client when a route fails. Its uneven spaces are AWS's own."""
    context = event["requestContext"]
    return (
        f'{{"message": "{message}", "connectionId":"{context["connectionId"]}", '
        f'"requestId":"{context["requestId"]}"}}'
    )


def common_log_time(epoch_ms: int) -> str:
    """`11/Nov/2024:13:51:49 +0000`."""
    return _common_log_second(epoch_ms // 1000)


@lru_cache(maxsize=16)
def _common_log_second(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def iso_time(epoch_ms: int) -> str:
    """`2024-11-11T13:51:49.123Z`."""
    at = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"


def _headers(info: ConnectionInfo, scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The client's headers, and the four that AWS adds."""
    sent = [
        (cased, value.decode("latin-1"))
        for name, value in scope["headers"]
        if (cased := _cased(name)) is not None
    ]
    hops = ", ".join(value for name, value in sent if name == "X-Forwarded-For")
    if info.source_ip is not None and info.source_ip not in hops.split(", "):
        hops = f"{hops}, {info.source_ip}" if hops else info.source_ip
    secure = scope.get("scheme") in ("wss", "https")
    port = (scope.get("server") or ("", None))[1]
    added = {
        "X-Amzn-Trace-Id": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}",
        "X-Forwarded-For": hops,
        "X-Forwarded-Port": str(port or (443 if secure else 80)),
        "X-Forwarded-Proto": "https" if secure else "http",
    }
    return [header for header in sent if header[0] not in added] + list(added.items())


@lru_cache(maxsize=256)
def _cased(raw: bytes) -> str | None:
    """A header's name in its usual case. None: it is not passed on."""
    name = raw.decode("latin-1").lower()
    if name in _NOT_PASSED_ON:
        return None
    if name.startswith("sec-websocket-"):
        return "Sec-WebSocket-" + name[14:].title()
    if name in _TITLE_CASED or name.startswith(("x-", "sec-")):
        return name.title()
    return name


def _single_and_multi(single: str, multi: str, pairs: Collection[tuple[str, str]]) -> GatewayEvent:
    """Both dictionaries of AWS: one has the last value of each name, the other has all values."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {single: dict(pairs), multi: values}
