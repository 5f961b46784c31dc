"""A small document that every page view needs, outside the database: it need not wake for that."""

import time
from typing import Protocol


class Publication(Protocol):
    """Where the document is. `fresh_seconds`: what was read is good for so long."""

    fresh_seconds: float

    async def read(self) -> bytes | None:
        """The document. None if there is none yet."""
        ...

    async def write(self, document: bytes) -> None:
        """Replace the document."""
        ...


class InMemory:
    """The document of one process. After a time it is none, so that it is made anew."""

    fresh_seconds = 300.0

    def __init__(self) -> None:
        self._document: bytes | None = None
        self._written_at = 0.0

    async def read(self) -> bytes | None:
        is_old = time.monotonic() > self._written_at + self.fresh_seconds
        return None if is_old else self._document

    async def write(self, document: bytes) -> None:
        self._document, self._written_at = document, time.monotonic()
