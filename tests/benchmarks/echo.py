"""The bound of every latency: the server we use, and nothing behind it."""

from local.gateway.server import Receive, Scope, Send
from tests.benchmarks.serving import serve


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


if __name__ == "__main__":
    serve(app)
