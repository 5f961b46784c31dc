"""`/@connections/{connectionId}`: the management API, for AWS's own clients.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.events import is_connection_id
from local.gateway.gateway import Gateway
from local.gateway.signature import (
    Call,
    Credentials,
    SignatureRefused,
    check_caller,
    check_signature,
)

REQUEST_BYTES = 10 * 1024 * 1024

_MARK = "/@connections/"


@dataclass(frozen=True)
class Reply:
    """A status, an error header and a body. AWS's 410 has an empty body; SDKs read the header."""

    status: int
    error: str | None = None
    body: bytes = b""


GONE = Reply(410, "GoneException")
TOO_LARGE = Reply(413, "PayloadTooLargeException", b'{"message":"Message too long"}')
TOO_MANY = Reply(429, "LimitExceededException", b'{"message":"Limit exceeded"}')
_POSTED = {200: Reply(200), 410: GONE, 413: TOO_LARGE, 429: TOO_MANY}


class CallbackApp:
    """POST, GET and DELETE of one connection, for mounting at `/{stage}`.

    It takes only calls signed with its credentials. Without credentials it refuses every call.
    """

    def __init__(self, gateway: Gateway, credentials: Credentials | None) -> None:
        self._gateway = gateway
        self._credentials = credentials

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        try:
            reply = await self._reply(scope, receive)
        except SignatureRefused as refused:
            reply = Reply(403, refused.code, _message(refused.message))
        await _respond(send, reply)

    async def _reply(self, scope: AsgiScope, receive: AsgiReceive) -> Reply:
        """Check the caller first and the call second, as AWS does. Raises SignatureRefused."""
        call = _call(scope)
        if self._credentials is None:
            raise SignatureRefused("ForbiddenException", "Forbidden")
        check_caller(call, self._credentials, datetime.now(UTC))
        body = await _read(receive, self._gateway.quotas.message_bytes)
        if body is None:
            return TOO_LARGE
        check_signature(call, body, self._credentials)
        _, mark, connection_id = scope["path"].rpartition(_MARK)
        if not mark:
            raise SignatureRefused(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
        return self._act(call.method, connection_id, body)

    def _act(self, method: str, connection_id: str, body: bytes) -> Reply:
        if not is_connection_id(connection_id):
            text = f"Invalid connectionId: {connection_id}"
            return Reply(400, "BadRequestException", _message(text))
        match method:
            case "POST":
                # AWS pushes text frames only. It is not known what it does with other bytes.
                text = body.decode(errors="replace")
                return _POSTED[self._gateway.post(connection_id, text.encode())]
            case "DELETE":
                return GONE if self._gateway.close(connection_id) == 410 else Reply(204)
            case "GET":
                about = self._gateway.describe(connection_id)
                return GONE if about is None else Reply(200, body=json.dumps(about).encode())
        raise SignatureRefused(
            "MissingAuthenticationTokenException", "Missing Authentication Token"
        )


def _call(scope: AsgiScope) -> Call:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Call(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
    )


async def _read(receive: AsgiReceive, most: int) -> bytes | None:
    """The whole body, or None if it is longer than `most` bytes.

    The rest of a longer body is read and dropped, up to API Gateway's limit for a request. A client
    that is still sending would not see the answer.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= REQUEST_BYTES:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= most else None


def _message(text: str) -> bytes:
    return json.dumps({"message": text}, separators=(",", ":")).encode()


async def _respond(send: AsgiSend, reply: Reply) -> None:
    headers = {"x-amzn-requestid": str(uuid.uuid4())}
    if reply.status != 204:
        headers |= {"content-type": "application/json", "content-length": str(len(reply.body))}
    if reply.error is not None:
        headers["x-amzn-errortype"] = reply.error
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
