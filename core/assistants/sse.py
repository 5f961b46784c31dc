"""The body of a provider's response, event by event.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

Event = dict[str, Any]
"""The object in an event's data. `type` is the event's name where the object has none."""

DONE: Event = {"type": "[DONE]"}
LINGER_SECONDS = 0.2
# A carriage return at the end may be the first half of a line's end.
LINE_END = re.compile(rb"\r\n|\n|\r(?=[^\n])")


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

    def _read(self, chunk: bytes) -> Iterator[Event]:
        if self._is_whole:
            self._decoder.rest += chunk
            return iter(())
        return self._decoder.feed(chunk)

    def _rest(self) -> Iterator[Event]:
        if self._is_whole:
            body = json.loads(self._decoder.rest)
            return iter([{"type": "", **body}] if isinstance(body, dict) else [])
        return self._decoder.end()


class Decoder:
    """Decodes the lines of a stream. Comments and events without data are left out."""

    def __init__(self) -> None:
        self.rest = b""
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[Event]:
        *lines, self.rest = LINE_END.split(self.rest + chunk)
        for line in lines:
            yield from self._line(line.removesuffix(b"\r").decode("utf-8", "replace"))

    def end(self) -> Iterator[Event]:
        """The last event, if only the empty line after it is missing."""
        with suppress(ValueError):
            # The end may have torn the event.
            yield from self.feed(b"\n\n")

    def _line(self, line: str) -> Iterator[Event]:
        if not line:
            yield from self._event()
            return
        field, _, value = line.removeprefix("\ufeff").partition(":")
        if field == "data":
            self._data.append(value.removeprefix(" "))
        elif field == "event":
            self._name = value.removeprefix(" ")

    def _event(self) -> Iterator[Event]:
        data, name = "\n".join(self._data).strip(), self._name
        self._data, self._name = [], ""
        if data == "[DONE]":
            yield DONE
        elif data:
            event = json.loads(data)
            if isinstance(event, dict):
                yield event if "type" in event else {"type": name, **event}
