"""A local OpenAI: a real HTTP server that streams and fails on demand.

It speaks the Responses API at `/responses` and chat completions at `/chat/completions`, below `/v1`
and below the paths that Azure has.

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
import re
import sys
import threading
from collections import Counter, deque
from contextlib import suppress
from typing import Self

from tests.openai_events import COMMANDS, Behaviour, answer_to, error_body
from tests.openai_reply import Gone, Reply, Request, respond

__all__ = ["COMMANDS", "Behaviour", "OpenAIServer", "Request", "answer_to"]

ASKED = re.compile(r".*/(v1|openai|deployments/[^/]+)/(responses|chat/completions)")
UNKNOWN = Behaviour(status=404, code="unknown_url")


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
        method, target, _ = head[0].split(" ", 2)
        path = target.partition("?")[0]
        headers = {k.lower(): v.strip() for k, _, v in (h.partition(":") for h in head[1:]) if k}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        match method, path:
            case "POST", asked if ASKED.fullmatch(asked):
                request = Request(json.loads(content), headers, target)
                self.requests.append(request)
                return await Reply(request, reader, writer).give(self._choose(request))
            case "POST", "/script":
                self.script(*(Behaviour(**fields) for fields in json.loads(content)))
                await respond(writer, 200, {})
            case "GET", "/requests":
                await respond(writer, 200, [request.body for request in self.requests])
            case _:
                await respond(writer, 404, error_body(UNKNOWN))
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


def main(port: int) -> None:
    """Serve until the process gets a signal to end."""
    with OpenAIServer(port) as server:
        print(server.base_url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
