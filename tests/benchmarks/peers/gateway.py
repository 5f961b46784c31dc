"""Our gateway under the same echo, with its `/@connections`. One who asks "who" is told its name.

python -m tests.benchmarks.peers.gateway PORT
"""

from typing import Any

from local.gateway.api import Api, Route
from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from local.gateway.callback import CallbackApp
from local.gateway.gateway import Gateway
from local.gateway.signature import Credentials
from tests.benchmarks.peers.posting import KEY, REGION, SECRET
from tests.benchmarks.serving import serve


async def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    body = event.get("body")
    who = event["requestContext"]["connectionId"]
    return {"statusCode": 200, "body": who if body == "who" else body}


routes = {"$connect": Route(echo), "$disconnect": Route(echo), "$default": Route(echo, True)}
gateway = Gateway(Api("ws", routes))
callbacks = CallbackApp(gateway, Credentials(KEY, SECRET, None, REGION))


async def app(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    if scope["type"] == "websocket":
        await gateway(scope, receive, send)
    else:
        await callbacks({**scope, "root_path": "/ws"}, receive, send)


if __name__ == "__main__":
    serve(app)
