"""The body of a provider's response, event by event.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from pydantic_core import from_json

Event = dict[str, Any]
"""The object in an event's data. `type` is the event's name where the object has none."""

DONE: Event = {"type": "[DONE]"}
LINGER_SECONDS = 0.2
# A carriage return at the end may be the first half of a line's end.
LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")
# A byte order mark, with which a stream may begin.
MARK = b"\xef\xbb\xbf"


class EventStream:
    """Reads the chunks of one response. A server that does not stream sends one event."""

    def __init__(self, chunks: AsyncIterator[bytes], content_type: str) -> None:
        self._chunks = chunks
        self._is_whole = content_type.partition(";")[0].strip().lower() == "application/json"
        self._decoder = Decoder()
        self._ready: deque[Event] = deque()
        self._over = False

    async def next(self) -> Event | None:
        """The next event, or None at the end. Raises `ValueError` for data that is no JSON.

        Errors of the connection are raised as they are.
        """
        while not self._ready and not self._over:
            chunk = await anext(self._chunks, None)
            self._over = chunk is None
            self._ready.extend(self._rest() if chunk is None else self._read(chunk))
        return self._ready.popleft() if self._ready else None

    async def drain(self, *, ended: bool) -> None:
        """Read to the end, for a moment only.

        The chunks come through nested generators. A generator that ran to its end needs no task of
        the event loop to close it later. After a good end the connection can be used again.
        """
        with suppress(Exception):
            async with asyncio.timeout(LINGER_SECONDS if ended else 0):
                async for _ in self._chunks:
                    pass

    def _read(self, chunk: bytes) -> list[Event]:
        if self._is_whole:
            self._decoder.rest += chunk
            return []
        return self._decoder.feed(chunk)

    def _rest(self) -> list[Event]:
        if self._is_whole:
            body = json.loads(self._decoder.rest)
            return [{"type": "", **body}] if isinstance(body, dict) else []
        return self._decoder.end()


class Decoder:
    """Decodes the lines of a stream. Comments and events without data are left out."""

    def __init__(self) -> None:
        self.rest = b""
        self._mark = MARK
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that the chunk completes. Raises `ValueError` for data that is no JSON."""
        data = self.rest + chunk
        *lines, self.rest = LINE_END.split(data) if b"\r" in data else data.split(b"\n")
        found = []
        for line in lines:
            if not line:
                found += self._event()
                continue
            field, _, value = line.removeprefix(self._mark).partition(b":")
            self._mark = b""
            if field == b"data":
                self._data.append(value)
            elif field == b"event":
                self._name = value
        return found

    def end(self) -> list[Event]:
        """The last event, if only the empty line after it is missing."""
        with suppress(ValueError):
            # The end may have torn the event.
            return self.feed(b"\n\n")
        return []

    def _event(self) -> list[Event]:
        data, name = b"\n".join(self._data).strip(), self._name
        self._data, self._name = [], b""
        if not data:
            return []
        if data == b"[DONE]":
            return [DONE]
        event = _parsed(data)
        if not isinstance(event, dict):
            return []
        if "type" not in event:
            event["type"] = name.removeprefix(b" ").decode("utf-8", "replace")
        return [event]


def _parsed(data: bytes) -> Any:
    try:
        return from_json(data, cache_strings="keys")
    except ValueError:
        # It takes neither half a character nor a broken byte.
        return json.loads(data.decode("utf-8", "replace"))
