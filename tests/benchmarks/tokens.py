"""How late the tokens of 50 answers come, in a process of its own: p50 and p99 in seconds.

python -m tests.benchmarks.tokens PORT direct|chats SECONDS     (PORT: others/openai.py's, or ours)
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from functools import cache

import uvloop
from openai import AsyncOpenAI

from tests.benchmarks.load import quantile
from tests.benchmarks.wire import connect

CHATS = 50
A_SECOND = 40
# Nobody asks in step with the others.
SPREAD = 1.0
PATIENCE = 10.0


async def direct(port: int, tokens: int, late: list[float]) -> None:
    """The stream as OpenAI's own client reads it."""
    client = connected(port)

    async def read(n: int) -> None:
        await asyncio.sleep(SPREAD * n / CHATS)
        async for event in await client.responses.create(
            model="none", input=[{"role": "user", "content": str(tokens)}], stream=True
        ):
            if event.type == "response.output_text.delta":
                late.append(time.monotonic() - float(event.delta))

    await asyncio.gather(*(read(n) for n in range(CHATS)))


@cache
def connected(port: int) -> AsyncOpenAI:
    return AsyncOpenAI(api_key="none", base_url=f"http://127.0.0.1:{port}/v1")


async def chats(port: int, tokens: int, late: list[float]) -> None:
    """As visitors see it; what a token waited for its flush is taken off."""
    name = time.time_ns()

    async def ask(n: int) -> None:
        await asyncio.sleep(SPREAD * n / CHATS)
        over = asyncio.Event()

        def received(payload: bytes) -> None:
            now = time.monotonic()
            frame = json.loads(payload)
            if frame["type"] == "delta":
                came, _, flushed = frame["text"].rpartition("|")
                out = now - float(flushed)
                late.extend(int(token) / 1e6 + out for token in came.split())
            elif frame["type"] == "message" and frame["role"] == "assistant":
                assert frame["state"] == "final"
                over.set()

        socket = await connect(port, f"/ws?chat_id=t{name}-{n}", received)
        frame = {"action": "message", "text": str(tokens), "client_id": "c1"}
        socket.send(json.dumps(frame).encode())
        await over.wait()

    await asyncio.gather(*(ask(n) for n in range(CHATS)))


async def main(port: str, which: str, seconds: str) -> None:
    read: Callable[[int, int, list[float]], Awaitable[None]]
    read = {"direct": direct, "chats": chats}[which]
    late: list[float] = []
    tokens = int(float(seconds) * A_SECOND)
    async with asyncio.timeout(float(seconds) + PATIENCE):
        # Who asks first after a start waits for an import or two; that is another figure.
        await read(int(port), 1, [])
        await read(int(port), tokens, late)
    # The last of an answer come with the message that ends it, if no flush was due any more.
    assert len(late) > 0.8 * CHATS * tokens, len(late)
    print(json.dumps({"p50": quantile(late, 0.5), "p99": quantile(late, 0.99)}))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
