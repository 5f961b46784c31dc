"""Pushes to 500 connections of another gateway, in a process of its own: pushes a second.

python -m tests.benchmarks.pushing PORT signed|unsigned SECONDS
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
import uvloop

from core.delivery.callbacks import MAX_CONNECTIONS, Callbacks
from core.delivery.push import Post, Push
from core.model import ConnectionId, Target

CONNECTIONS = 500
FRAME = b"x" * 300


async def signed(port: str) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    callbacks = Callbacks("us-east-1")
    push = Push(callbacks)
    targets = [
        Target(ConnectionId(f"c{n}="), f"http://127.0.0.1:{port}/ws") for n in range(CONNECTIONS)
    ]

    async def everyone() -> None:
        delivery = await push.deliver(Post([target], FRAME) for target in targets)
        assert len(delivery.taken) == CONNECTIONS

    return everyone, callbacks.close


async def unsigned(
    port: str,
) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS))

    async def one(n: int) -> None:
        async with http.post(f"http://127.0.0.1:{port}/ws/@connections/c{n}", data=FRAME) as said:
            await said.read()
            assert said.status == 200

    async def everyone() -> None:
        await asyncio.gather(*(one(n) for n in range(CONNECTIONS)))

    return everyone, http.close


async def main(port: str, which: str, seconds: str) -> None:
    everyone, close = await {"signed": signed, "unsigned": unsigned}[which](port)
    await everyone()
    rounds, began = 0, time.perf_counter()
    while time.perf_counter() < began + float(seconds):
        await everyone()
        rounds += 1
    took = time.perf_counter() - began
    await close()
    print(json.dumps({"per_second": rounds * CONNECTIONS / took}))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
