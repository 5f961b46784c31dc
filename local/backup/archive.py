"""The file of a backup: a zip with the database's dump, the data folder's files and a manifest.

Nothing is compressed twice, so `unzip` and `pg_restore` alone can read it as well. The manifest
comes last, and its hashes are checked before anything is restored.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import BaseModel, ValidationError

from core.errors import Invalid, NotFound
from core.store.migrate import TOO_NEW

FORMAT = 1
MANIFEST, DUMP, FILES = "switchboard.json", "database.dump", "files/"
CHUNK = 1 << 20
NO_FILE = "There is no file {file}."
DAMAGED = (
    "{file} is no whole backup: it is damaged, cut off, or something else. Nothing was changed."
)


class Counts(BaseModel):
    chats: int
    messages: int
    managers: int

    def __str__(self) -> str:
        return ", ".join(f"{n:,} {name if n != 1 else name[:-1]}" for name, n in self)


class Form(BaseModel):
    """What every manifest has, those of later formats too."""

    format: int


class Manifest(Form):
    """What a backup is of. `secret_key` only tells whether a `SECRET_KEY` is the same."""

    made_at: datetime
    release: int
    tables: list[str]
    server_schema: str
    server: int
    programs: int
    secret_key: str | None
    counts: Counts
    sha256: dict[str, str] = {}


def write(folder: Path, manifest: Manifest, dump: Path, data: Path) -> Path:
    """A whole backup, in `folder`. Its files are those of `data` that are no database."""
    made = folder / "backup.zip"
    sources = {DUMP: dump} | {
        f"{FILES}{file.relative_to(data).as_posix()}": file for file in files(data)
    }
    hashes = {}
    with made.open("xb") as raw:
        os.fchmod(raw.fileno(), 0o600)
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as packed:
            for name, source in sources.items():
                with source.open("rb") as read, packed.open(name, "w", force_zip64=True) as into:
                    hashes[name] = _copy(read, into)
            whole = manifest.model_copy(update={"sha256": hashes})
            packed.writestr(MANIFEST, whole.model_dump_json(indent=2))
        raw.flush()
        os.fsync(raw.fileno())
    return made


def files(data: Path) -> Iterator[Path]:
    """All of the data folder but the databases, and what other programs left there."""
    for entry in sorted(data.glob("*")) if data.is_dir() else ():
        if entry.name.startswith(("postgres", ".")):
            continue
        found = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        yield from (file for file in found if file.is_file() and not file.is_symlink())


class Archive:
    """A backup to restore. `folder` gets the dump. Raises `Invalid` and `NotFound`."""

    def __init__(self, file: Path, folder: Path, name: str) -> None:
        self._folder = folder
        try:
            self._packed = zipfile.ZipFile(file)
            self.manifest = _manifest(self._packed.read(MANIFEST))
            self._check()
        except FileNotFoundError:
            raise NotFound(NO_FILE.format(file=name)) from None
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, NotImplementedError):
            raise Invalid(DAMAGED.format(file=name)) from None

    @property
    def names(self) -> list[str]:
        """The data folder's files, relative to it."""
        return [name.removeprefix(FILES) for name in self.manifest.sha256 if name != DUMP]

    def dump(self) -> Path:
        with self._packed.open(DUMP) as read, (self._folder / "dump").open("xb") as into:
            shutil.copyfileobj(read, into, CHUNK)
        return self._folder / "dump"

    def put_files(self, data: Path) -> None:
        for name in self.names:
            file = data / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with self._packed.open(FILES + name) as read, file.open("wb") as into:
                os.fchmod(into.fileno(), 0o600)
                shutil.copyfileobj(read, into, CHUNK)

    def _check(self) -> None:
        if set(self._packed.namelist()) != {*self.manifest.sha256, MANIFEST}:
            raise ValueError
        for name, expected in self.manifest.sha256.items():
            parts = PurePosixPath(name).parts
            if name != DUMP and (parts[0] + "/" != FILES or ".." in parts or "\\" in name):
                raise ValueError
            with self._packed.open(name) as read:
                if _copy(read) != expected:
                    raise ValueError


def _manifest(text: bytes) -> Manifest:
    if Form.model_validate_json(text).format > FORMAT:
        raise Invalid(TOO_NEW)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise ValueError from error


def _copy(read: IO[bytes], into: IO[bytes] | None = None) -> str:
    """The SHA-256 of all that was read."""
    whole = hashlib.sha256()
    while chunk := read.read(CHUNK):
        whole.update(chunk)
        if into is not None:
            into.write(chunk)
    return whole.hexdigest()
