"""The published document as a file. Processes with one data folder and one database share it."""

import os
from hashlib import sha256
from pathlib import Path

import structlog

log = structlog.get_logger()


class InFile:
    """A file is read in no time, but not at each page view."""

    fresh_seconds = 2.0

    def __init__(self, folder: Path, database: str) -> None:
        # Other databases' processes may use this folder as well.
        name = sha256(database.encode()).hexdigest()[:16]
        self._path = folder / "published" / f"sites-{name}.json"
        # Where the disk takes nothing, this process has its own.
        self._unwritten: bytes | None = None

    async def read(self) -> bytes | None:
        if self._unwritten is not None:
            return self._unwritten
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    async def write(self, document: bytes) -> None:
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(document)
            beside.replace(self._path)
            self._unwritten = None
        except OSError as error:
            if self._unwritten is None:
                log.warning("document_not_written", reason=type(error).__name__)
            self._unwritten = document
