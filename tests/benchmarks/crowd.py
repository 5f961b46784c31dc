"""Many sockets at once, in a process of their own: prints what it measured as JSON.

python -m tests.benchmarks.crowd PORT broadcast SOCKETS SIZE STALLED SECONDS [FAN]
python -m tests.benchmarks.crowd PORT idle PATH SOCKETS PID      (KiB a socket, of process PID)
python -m tests.benchmarks.crowd PORT storm SOCKETS MISSED PREFIX (resumed a second)
python -m tests.benchmarks.crowd PORT handshakes SOCKETS          (echoed a second)
python -m tests.benchmarks.crowd PORT echoes PATH SOCKETS SECONDS (echoed a second, one by one each)
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import uvloop

from tests.benchmarks.dialects import FANS, Fan
from tests.benchmarks.wire import Socket, connect

OFFER = "\r\nsec-websocket-extensions: permessage-deflate; client_max_window_bits"
AT_ONCE = 100
PATIENCE = 60.0


async def broadcast(
    port: int,
    number: int,
    size: int,
    stalled: int,
    seconds: float,
    fan: Fan,
    patience: float = PATIENCE,
) -> dict[str, float]:
    """Deliveries a second to those who read; the last `stalled` ones never do."""
    readers = number - stalled
    got = 0
    all_got = asyncio.Event()

    def received(payload: bytes) -> None:
        nonlocal got
        got += len(payload) >= size
        if got == readers:
            all_got.set()

    sockets = [await fan.open(port, received) for _ in range(readers)]
    for _ in range(stalled):
        still = await fan.open(port, lambda _: None)
        still.transport.pause_reading()
    rounds, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        got = 0
        all_got.clear()
        sockets[0].send(fan.asked(size))
        async with asyncio.timeout(patience):
            await all_got.wait()
        rounds += 1
    return {"per_second": rounds * readers / (time.perf_counter() - began)}


async def idle(port: int, path: str, number: int, pid: int) -> dict[str, float]:
    """What one more open socket costs a server, whose client offers compression."""
    # What the first ones cost is the server's own.
    kept = [await _offering(port, path.replace("*", f"w{n}")) for n in range(100)]
    before = _resident(pid)
    for at in range(0, number, AT_ONCE):
        names = [path.replace("*", f"i{at + n}") for n in range(AT_ONCE)]
        kept += await asyncio.gather(*(_offering(port, name) for name in names))
    return {"kib": (_resident(pid) - before) / number}


async def _offering(port: int, path: str) -> Socket:
    loop = asyncio.get_running_loop()
    host = f"127.0.0.1:{port}{OFFER}"
    _, socket = await loop.create_connection(
        lambda: Socket(path, host, lambda _: None), "127.0.0.1", port
    )
    await socket.ready
    return socket


def _resident(pid: int) -> int:
    """KiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


async def storm(port: int, number: int, missed: int, prefix: str) -> dict[str, float]:
    """Everyone comes back at once and asks for what they missed. Fails if one message is lost,
    doubled or out of order."""
    places = asyncio.Semaphore(AT_ONCE)
    got: list[bytes] = []

    async def back(n: int) -> None:
        async with places:
            ready: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

            def received(payload: bytes) -> None:
                if payload.startswith(b'{"type":"ready"') and not ready.done():
                    ready.set_result(payload)

            socket = await connect(port, f"/ws?chat_id={prefix}-{n}", received)
            socket.send(b'{"action":"resume","after":0}')
            got.append(await ready)

    began = time.perf_counter()
    await asyncio.gather(*(back(n) for n in range(number)))
    took = time.perf_counter() - began
    for payload in got:
        messages = json.loads(payload)["messages"]
        assert [message["seq"] for message in messages] == list(range(1, missed + 1))
    return {"per_second": number / took}


async def handshakes(port: int, number: int) -> dict[str, float]:
    """The same crowd at a bare echo."""
    places = asyncio.Semaphore(AT_ONCE)

    async def come() -> None:
        async with places:
            echoed = asyncio.Event()
            socket = await connect(port, "/", lambda _: echoed.set())
            socket.send(b"hello")
            await echoed.wait()

    began = time.perf_counter()
    await asyncio.gather(*(come() for _ in range(number)))
    return {"per_second": number / (time.perf_counter() - began)}


async def echoes(
    port: int, path: str, number: int, seconds: float, patience: float = PATIENCE
) -> dict[str, float]:
    """Each socket says something again as soon as it has the echo. The others go on meanwhile."""
    frame = b'{"action":"message","text":"message of a visitor who has something to ask"}'
    got = [0] * number
    sockets: list[Socket] = []
    for n in range(number):

        def received(payload: bytes, n: int = n) -> None:
            if payload == frame:
                got[n] += 1
                sockets[n].send(frame)

        sockets.append(await connect(port, path, received))
    for socket in sockets:
        socket.send(frame)
    # Until then a peer may start what it starts for the first frames.
    async with asyncio.timeout(patience):
        while not all(got):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    before, began = sum(got), time.perf_counter()
    await asyncio.sleep(seconds)
    echoed = sum(got) - before
    assert echoed, "nothing was echoed any more"
    return {"per_second": echoed / (time.perf_counter() - began)}


def main(port: str, kind: str, *given: str) -> None:
    run: Callable[[], Coroutine[None, None, dict[str, float]]] = {
        "broadcast": lambda: broadcast(
            *(int(port), int(given[0]), int(given[1]), int(given[2])),
            *(float(given[3]), FANS["".join(given[4:])]()),
        ),
        "idle": lambda: idle(int(port), given[0], int(given[1]), int(given[2])),
        "storm": lambda: storm(int(port), int(given[0]), int(given[1]), given[2]),
        "handshakes": lambda: handshakes(int(port), int(given[0])),
        "echoes": lambda: echoes(int(port), given[0], int(given[1]), float(given[2])),
    }[kind]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run())))


if __name__ == "__main__":
    main(*sys.argv[1:])
