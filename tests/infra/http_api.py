"""An HTTP API in front of the function `http`, with payload format 2.0."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend

Event = dict[str, Any]


class HttpApi:
    """An ASGI app. `invoke` calls the function."""

    def __init__(self, invoke: Callable[[Event], Awaitable[Any]]) -> None:
        self._invoke = invoke

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answer = await self._invoke(_event(scope, body))
        text = answer.get("body") or ""
        content = b64decode(text) if answer.get("isBase64Encoded") else text.encode()
        pairs = [*answer["headers"].items()]
        pairs += [("set-cookie", cookie) for cookie in answer.get("cookies", ())]
        raw = [(name.encode(), str(value).encode("latin-1")) for name, value in pairs]
        await send({"type": "http.response.start", "status": answer["statusCode"], "headers": raw})
        await send({"type": "http.response.body", "body": content})


def _event(scope: AsgiScope, body: bytes) -> Event:
    headers = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
    cookies = headers.pop("cookie", "")
    return {
        "version": "2.0",
        "rawPath": scope["path"],
        "rawQueryString": scope["query_string"].decode(),
        "headers": headers,
        "cookies": cookies.split("; ") if cookies else [],
        "requestContext": {
            "http": {"method": scope["method"], "path": scope["path"], "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": body.decode() or None,
        "isBase64Encoded": False,
    }
