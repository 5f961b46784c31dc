"""The bound of every latency: the server we use, and nothing behind it."""

from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from tests.benchmarks.serving import serve


async def app(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


if __name__ == "__main__":
    serve(app)
