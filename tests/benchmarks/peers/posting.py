"""Pushes to sockets through `/@connections`, as AWS's clients sign them: what arrives a second.

python -m tests.benchmarks.peers.posting PORT PATH STAGE SOCKETS CLIENTS SECONDS
"""

import asyncio
import json
import sys
import time

import uvloop

from core.delivery.callbacks import Callbacks
from core.model import ConnectionId, Target
from tests.benchmarks.wire import connect

KEY, SECRET, REGION = "key", "secret", "us-east-1"
FRAME = b"x" * 300
PATIENCE = 60.0


async def named(port: int, path: str, pushed: list[int], patience: float) -> str:
    """Open a socket and ask for its name. From then on its frames are counted."""
    name: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def received(payload: bytes) -> None:
        if not name.done():
            name.set_result(payload.decode())
        elif payload == FRAME:
            pushed[0] += 1

    socket = await connect(port, path, received)
    socket.send(b"who")
    async with asyncio.timeout(patience):
        return await name


async def posted(
    port: int,
    path: str,
    stage: str,
    number: int,
    clients: int,
    seconds: float,
    patience: float = PATIENCE,
) -> dict[str, float]:
    """Frames that came to `number` sockets in a second. `clients` post at the same time."""
    pushed = [0]
    names = [await named(port, path, pushed, patience) for _ in range(number)]
    targets = [Target(ConnectionId(name), f"http://127.0.0.1:{port}{stage}") for name in names]
    callbacks = Callbacks(REGION)
    callbacks.sign_with(KEY, SECRET)
    sent = 0

    async def client(n: int) -> None:
        nonlocal sent
        at = n
        while time.perf_counter() < until:
            status, why = await callbacks.call("POST", targets[at % number], FRAME)
            assert status < 300, why
            sent += 1
            at += clients

    began = time.perf_counter()
    until = began + seconds
    try:
        await asyncio.gather(*(client(n) for n in range(clients)))
        took = time.perf_counter() - began
        async with asyncio.timeout(patience):
            while pushed[0] < sent:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await callbacks.close()
    return {"per_second": sent / took}


def main(port: str, path: str, stage: str, number: str, clients: str, seconds: str) -> None:
    run = posted(int(port), path, stage, int(number), int(clients), float(seconds))
    print(json.dumps(uvloop.run(run)))


if __name__ == "__main__":
    main(*sys.argv[1:])
