"""Our gateway under a handler that pushes to everyone: what one client sends is a frame's size.

python -m tests.benchmarks.broadcaster PORT
"""

from typing import Any

from local.gateway.api import Api, Route
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.gateway import Gateway
from tests.benchmarks.serving import serve

names: set[str] = set()


async def connected(event: dict[str, Any], context: Any) -> dict[str, Any]:
    names.add(event["requestContext"]["connectionId"])
    return {"statusCode": 200}


async def left(event: dict[str, Any], context: Any) -> dict[str, Any]:
    names.discard(event["requestContext"]["connectionId"])
    return {"statusCode": 200}


async def said(event: dict[str, Any], context: Any) -> dict[str, Any]:
    frame = b"x" * int(event["body"])
    for name in tuple(names):
        gateway.post(name, frame)
    return {"statusCode": 200}


gateway = Gateway(
    Api("ws", {"$connect": Route(connected), "$disconnect": Route(left), "$default": Route(said)})
)


async def app(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    if scope["type"] == "websocket":
        await gateway(scope, receive, send)


if __name__ == "__main__":
    serve(app)
