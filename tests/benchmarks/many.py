"""Many answers at once, in a process of its own: the tokens that come, and when.

python -m tests.benchmarks.many PORT direct CHATS SECONDS     (PORT: others/many.py's)
python -m tests.benchmarks.many PORT chats CHATS SECONDS      (ours; a manager watches all)
python -m tests.benchmarks.many PORT quiet CHATS SECONDS      (ours; one more visitor, and acks)
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
import uvloop

from tests.benchmarks.asking import HEADERS, request_body
from tests.benchmarks.dialects import Dialect
from tests.benchmarks.load import Visitor, quantile
from tests.benchmarks.others.many import A_SECOND
from tests.benchmarks.wire import Socket, connect

# Nobody asks in step with the others, and everybody has asked before it counts.
SPREAD = 2.0
# A visitor who says something now and then: fewer would not show a 99th of a hundred.
ACKS_A_SECOND = 50
PATIENCE = 30.0


class Window:
    """What came between two moments. `late` in seconds, of the oldest token of each frame."""

    def __init__(self, seconds: float) -> None:
        self.begin = time.monotonic() + SPREAD + 0.5
        self.end = self.begin + seconds
        self.tokens = 0
        self.late: list[float] = []

    def came(self, text: str) -> None:
        now = time.monotonic()
        if self.begin <= now < self.end:
            stamps = text.split()
            self.tokens += len(stamps)
            self.late.append(now - float(stamps[0]))

    def found(self) -> dict[str, float]:
        return {
            "tokens_per_second": self.tokens / (self.end - self.begin),
            "late_p99": quantile(self.late, 0.99),
        }

    async def over(self) -> None:
        await asyncio.sleep(self.end - time.monotonic())


def wanted(seconds: float) -> int:
    """Tokens enough that no answer ends before the window."""
    return int((SPREAD + 0.5 + seconds + 1) * A_SECOND)


async def direct(port: int, chats: int, seconds: float) -> dict[str, float]:
    """The same request, and the stream read with nothing around it."""
    url = f"http://127.0.0.1:{port}/v1/responses"
    body = request_body(url, 1)
    body["input"] = [{"role": "user", "content": str(wanted(seconds))}]
    content = json.dumps(body, separators=(",", ":")).encode()
    window = Window(seconds)

    async def read(session: aiohttp.ClientSession, n: int) -> None:
        await asyncio.sleep(SPREAD * n / chats)
        async with session.post(url, data=content, headers=HEADERS) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    event = json.loads(line[6:])
                    if event["type"] == "response.output_text.delta":
                        window.came(event["delta"])

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        readers = [asyncio.create_task(read(session, n)) for n in range(chats)]
        await window.over()
        for one in readers:
            one.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return window.found()


async def begin(port: int, chats: int, seconds: float, window: Window, *, watched: bool) -> None:
    """Everybody asks. A manager who watches reads all that visitors do."""
    name = f"m{time.time_ns()}"

    def received(payload: bytes) -> None:
        if payload.startswith(b'{"type":"delta"'):
            window.came(json.loads(payload)["text"])
        elif payload.startswith(b'{"type":"message"') and b'"state":"failed"' in payload:
            raise AssertionError(payload)

    manager: Socket | None = None
    if watched:
        manager = await connect(port, "/manager/ws", lambda payload: None)

    async def ask(n: int) -> None:
        await asyncio.sleep(SPREAD * n / chats)
        chat = f"{name}-{n}"
        socket = await connect(port, f"/ws?chat_id={chat}", received)
        frame = {"action": "message", "text": str(wanted(seconds)), "client_id": "c1"}
        socket.send(json.dumps(frame).encode())
        if manager is not None:
            manager.send(json.dumps({"action": "watch", "chat_id": chat}).encode())

    await asyncio.gather(*(ask(n) for n in range(chats)))


async def through_us(port: int, chats: int, seconds: float) -> dict[str, float]:
    window = Window(seconds)
    await begin(port, chats, seconds, window, watched=True)
    await window.over()
    return window.found()


async def quiet(port: int, chats: int, seconds: float) -> dict[str, float]:
    """What a visitor who only says something waits for the acknowledgement."""
    window = Window(seconds)
    await begin(port, chats, seconds, window, watched=False)
    chat = f"q{time.time_ns()}"
    one = Visitor(port, chat, Dialect())
    one.closed_loop = False
    await one.enter()
    await taken(port, chat)
    await asyncio.sleep(window.begin - time.monotonic())
    began = time.perf_counter()
    for n in range(int(seconds * ACKS_A_SECOND)):
        due = began + n / ACKS_A_SECOND
        await asyncio.sleep(due - time.perf_counter())
        one.say(due)
    await window.over()
    return {"ack_p50": quantile(one.acks, 0.5), "ack_p99": quantile(one.acks, 0.99)}


async def taken(port: int, chat: str) -> None:
    """A person has the chat, so nothing answers in it."""
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}/manager/chats/{chat}/owner"
        async with http.post(url, json={"owner": "manager"}) as response:
            assert response.status == 200, await response.text()


async def main(port: str, which: str, chats: str, seconds: str) -> None:
    run: Callable[[int, int, float], Awaitable[dict[str, float]]]
    run = {"direct": direct, "chats": through_us, "quiet": quiet}[which]
    async with asyncio.timeout(float(seconds) + SPREAD + PATIENCE):
        print(json.dumps(await run(int(port), int(chats), float(seconds))))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
