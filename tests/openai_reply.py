"""One call of the local OpenAI, and the answer being given to it."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from tests.chat_chunks import DONE, chunks, completion
from tests.openai_events import Behaviour, Json, error_body, events

POLL_SECONDS = 0.005
BEAT_SECONDS = 0.1
HELD_SECONDS = 60
# One line of a stream: what it is ("delta", "end" or nothing), and its text.
Line = tuple[str, str]
ENDS = ("response.completed", "response.incomplete")
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests"}


class Gone(Exception):
    """The client closed the connection."""


@dataclass
class Request:
    """One call. `finished` is set when its answer is over, whatever way; `disconnected` when the
    client closed before that. `sent` counts the events written. `target` is what was called."""

    body: Json
    headers: dict[str, str]
    target: str = "/v1/responses"
    finished: threading.Event = field(default_factory=threading.Event)
    disconnected: threading.Event = field(default_factory=threading.Event)
    sent: int = 0

    @property
    def question(self) -> str:
        """The text of the last user message."""
        lines = self.body.get("messages") or self.body.get("input", [])
        items = [item for item in lines if item.get("role") == "user"]
        return str(items[-1]["content"]) if items else ""

    @property
    def is_chat(self) -> bool:
        """Whether it asks for chat completions."""
        return self.target.partition("?")[0].endswith("/chat/completions")


@dataclass
class Reply:
    """One answer being given on one connection."""

    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def give(self, behaviour: Behaviour) -> bool:
        try:
            if behaviour.held is not None:
                behaviour.held.asked.set()
                await asyncio.to_thread(behaviour.held.over.wait, HELD_SECONDS)
            await self._pause(behaviour.wait)
            await self._beat(behaviour.early, b"HTTP/1.1 102 Processing\r\n\r\n")
            if behaviour.status != 200:
                body = error_body(behaviour)
                await respond(self.writer, behaviour.status, body, behaviour.headers)
                return True
            if behaviour.late == "body":
                await respond(self.writer, 200, self._whole(behaviour), behaviour.headers)
                return True
            return await self._stream(behaviour)
        except (Gone, ConnectionError):
            self.request.disconnected.set()
            return False
        finally:
            self.request.finished.set()

    def _whole(self, behaviour: Behaviour) -> Json:
        """The answer of a server that does not stream."""
        asked = self.request.body, self.request.question
        if self.request.is_chat:
            return completion(behaviour, *asked)
        *_, last = events(behaviour, *asked)
        response: Json = last["response"]
        return response

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
        quiet = behaviour.quiet
        streamed = chat_lines if self.request.is_chat else lines
        for kind, line in streamed(behaviour, self.request):
            if kind in ("delta", "end") and quiet:
                await self._beat(quiet, framed(behaviour.beat.encode()))
                quiet = 0
                yield "\n\n"
            if kind == "delta":
                await self._pause(behaviour.delay)
            elif kind == "end":
                await self._pause(behaviour.rest)
            yield line
        for line in behaviour.raw:
            yield f"{line}\n\n"

    async def _beat(self, seconds: float, beat: bytes) -> None:
        """Wait, and show meanwhile that somebody is there."""
        until = monotonic() + seconds
        while monotonic() < until:
            self.writer.write(beat)
            await self.writer.drain()
            await self._pause(BEAT_SECONDS)

    async def _send(self, event: str, torn: bool) -> None:
        self._check()
        data = event.encode("utf-8", "surrogatepass")
        size = 7 if torn else len(data)
        for start in range(0, len(data), size):
            self.writer.write(framed(data[start : start + size]))
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


def lines(behaviour: Behaviour, request: Request) -> Iterator[Line]:
    """The lines of a stream of the Responses API."""
    for event in events(behaviour, request.body, request.question):
        name = event["type"]
        kind = "delta" if name.endswith(".delta") else "end" if name in ENDS else ""
        yield kind, f"event: {name}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"


def chat_lines(behaviour: Behaviour, request: Request) -> Iterator[Line]:
    """The lines of a stream of chat completions."""
    for chunk in chunks(behaviour, request.body, request.question):
        choices = chunk.get("choices") or [{"delta": {}, "finish_reason": None}]
        is_text = any(choices[0]["delta"].get(name) for name in ("content", "refusal"))
        kind = "delta" if is_text else "end" if choices[0]["finish_reason"] else ""
        yield kind, f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"
    if behaviour.end in ("completed", "max_output_tokens", "content_filter"):
        yield "", f"data: {DONE}\n\n"


def framed(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


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
