"""An OpenAI whose tokens say when they were sent, 40 a second: as many as the question asks for.

python -m tests.benchmarks.others.openai PORT
"""

import asyncio
import json
from collections.abc import AsyncIterator

from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend
from tests.benchmarks.serving import serve
from tests.openai_events import Behaviour, Json, events

EVERY = 1 / 40


async def paced(body: Json) -> AsyncIterator[Json]:
    loop = asyncio.get_running_loop()
    number = int(body["input"][-1]["content"])
    due = loop.time()
    for event in events(Behaviour(text="token " * number), body, ""):
        if event["type"] == "response.output_text.delta":
            due += EVERY
            await asyncio.sleep(due - loop.time())
            # The monotonic clock is the same one in every process of a machine.
            event["delta"] = f"{loop.time():.6f}"
        yield event


async def app(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for event in paced(json.loads(content)):
        line = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        await send({"type": "http.response.body", "body": line.encode(), "more_body": True})
    await send({"type": "http.response.body"})


if __name__ == "__main__":
    serve(app)
