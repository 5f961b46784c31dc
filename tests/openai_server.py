"""A local OpenAI: a real HTTP server that streams the Responses API's events and fails on demand.

What it does with a request is decided by, in this order:

1. the queue: `server.script(Behaviour(...), ...)`, or `POST /script` with a JSON list of the same
   fields, one behaviour per request;
2. the last user message, if it begins with one of the `COMMANDS`, such as `!stall`; a command of
   several behaviours takes the next one each time the same text comes, and stays with its last;
3. otherwise it does the `usual`: it answers `answer_to(question)`, token by token.

`with OpenAIServer() as server:` runs it in a thread, on a free port of 127.0.0.1. In a process of
its own, `python -m tests.openai_server [PORT]` prints its base URL. `GET /requests` returns the
recorded request bodies.
"""

import asyncio
import json
import sys
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Self

from tests.openai_events import COMMANDS, Behaviour, Json, answer_to, error_body, events

__all__ = ["COMMANDS", "Behaviour", "OpenAIServer", "Request", "answer_to"]

POLL_SECONDS = 0.005
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests"}


class Gone(Exception):
    """The client closed the connection."""


@dataclass
class Request:
    """One call of /responses. `finished` is set when its answer is over, whatever way;
    `disconnected` when the client closed before that. `sent` counts the events written."""

    body: Json
    headers: dict[str, str]
    finished: threading.Event = field(default_factory=threading.Event)
    disconnected: threading.Event = field(default_factory=threading.Event)
    sent: int = 0

    @property
    def question(self) -> str:
        """The text of the last user message."""
        items = [item for item in self.body.get("input", []) if item.get("role") == "user"]
        return str(items[-1]["content"]) if items else ""


class OpenAIServer:
    """The server and what it has seen. `requests` grows as requests come."""

    def __init__(self, port: int = 0, usual: Behaviour | None = None) -> None:
        self.port = port
        self._usual = usual or Behaviour()
        self.requests: list[Request] = []
        self.connections = 0
        self._scripted: deque[Behaviour] = deque()
        self._times: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL is set to."""
        return f"http://127.0.0.1:{self.port}/v1"

    def script(self, *behaviours: Behaviour) -> None:
        """What to do with the next requests, one each."""
        self._scripted.extend(behaviours)

    def reset(self) -> None:
        """Forget what was scripted, and what was asked."""
        self.unscript()
        self._times.clear()
        self.requests = []
        self.connections = 0

    def unscript(self) -> None:
        """Forget what was scripted and has not been asked for."""
        self._scripted.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(60):
            raise RuntimeError("the OpenAI server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop and self._stop
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def serve(self) -> None:
        """Serve until `__exit__`, or until cancelled."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (Gone, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. False once the connection is not to be used again."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (h.partition(":") for h in head[1:]) if k}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        match method, path:
            case "POST", "/v1/responses":
                request = Request(json.loads(content), headers)
                self.requests.append(request)
                return await Reply(request, reader, writer).give(self._choose(request))
            case "POST", "/script":
                self.script(*(Behaviour(**fields) for fields in json.loads(content)))
                await respond(writer, 200, {})
            case "GET", "/requests":
                await respond(writer, 200, [request.body for request in self.requests])
            case _:
                await respond(writer, 404, error_body(404, "unknown_url"))
        return True

    def _choose(self, request: Request) -> Behaviour:
        if self._scripted:
            return self._scripted.popleft()
        question = request.question
        found = COMMANDS.get(question.split(" ", 1)[0])
        if not found:
            return self._usual
        self._times[question] += 1
        return found[min(self._times[question], len(found)) - 1]


@dataclass
class Reply:
    """One answer being given on one connection."""

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def give(self, behaviour: Behaviour) -> bool:
        try:
            await self._pause(behaviour.wait)
            if behaviour.status != 200:
                body = error_body(behaviour.status, behaviour.code)
                await respond(self.writer, behaviour.status, body, behaviour.headers)
                return True
            return await self._stream(behaviour)
        except (Gone, ConnectionError):
            self.request.disconnected.set()
            return False
        finally:
            self.request.finished.set()

    async def _stream(self, behaviour: Behaviour) -> bool:
        self.writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        async for event in self._paced(behaviour):
            await self._send(event, behaviour.torn)
        match behaviour.end:
            case "stall":
                await self._pause(3600)
            case "abort":
                self.writer.transport.abort()
                return False
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()
        return True

    async def _paced(self, behaviour: Behaviour) -> AsyncIterator[str]:
        for event in events(behaviour, self.request.body, self.request.question):
            if event["type"].endswith(".delta"):
                await self._pause(behaviour.delay)
            elif event["type"] == "response.completed":
                await self._pause(behaviour.rest)
            yield f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        for line in behaviour.raw:
            yield f"{line}\n\n"

    async def _send(self, event: str, torn: bool) -> None:
        self._check()
        data = event.encode("utf-8", "surrogatepass")
        size = 7 if torn else len(data)
        for start in range(0, len(data), size):
            part = data[start : start + size]
            self.writer.write(b"%x\r\n%b\r\n" % (len(part), part))
        await self.writer.drain()
        self.request.sent += 1

    def _check(self) -> None:
        # A client that leaves bytes unread resets the connection: that is no end of file.
        if self.reader.at_eof() or self.writer.is_closing():
            raise Gone

    async def _pause(self, seconds: float) -> None:
        """Wait, and notice at once when the client goes away."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self._check()
            await asyncio.sleep(min(POLL_SECONDS, left))


async def respond(
    writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    content = json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}",
        "content-type: application/json",
        f"content-length: {len(content)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
    await writer.drain()


def main(port: int) -> None:
    """Serve until the process gets a signal to end."""
    with OpenAIServer(port) as server:
        print(server.base_url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
