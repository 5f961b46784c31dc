"""`make upgrade`: a database with a million chats of the release before is upgraded at work.

python -m tests.upgrade.at_work [CHATS] [SECONDS]

The release before serves visitors all the time. In the middle a process of this release starts on
the same database, migrates it, and serves others beside it. Prints how long anybody waited for a
lock and for an acknowledgement, and fails if a lock took longer than a second or something is lost.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from websockets.exceptions import WebSocketException

from core import log
from core.store.migrate import index_files
from local.postgres import embedded
from tests.benchmarks.bench import UNLIMITED
from tests.benchmarks.growth import fill
from tests.client import visitor
from tests.server import Server
from tests.unpacked import unpacked

# The last commit of the release before.
BEFORE = "c5b60ea"
MESSAGES, VISITORS, PAUSE = 2, 40, 0.05
LONGEST_LOCK = 1.0
# Sampled by a session of its own. `waitstart` is when somebody began to wait.
WAITING = """
select extract(epoch from clock_timestamp() - l.waitstart)::float8 as seconds, l.locktype, l.mode,
       coalesce(l.relation::regclass::text, '') as relation
from pg_locks l join pg_stat_activity a using (pid)
where not l.granted and l.waitstart is not null and a.datname = current_database()
  -- Processes that migrate wait for each other, and nobody for them; a build of an index waits for
  -- all that is older, and nobody for it.
  and l.locktype <> 'advisory' and a.query not ilike 'create index concurrently%'
  and a.query not ilike '%lock table chats, connections%'
order by 1 desc limit 1
"""
LOST = """
select count(*) from unnest($1::text[], $2::text[]) x (chat_id, client_id)
where (select count(*) from messages m where m.chat_id = x.chat_id and m.role = 'user'
       and m.client_id = x.client_id) <> 1
"""
GAPS = """
select count(*) from chats c where c.chat_id = any ($1)
  and (select array_agg(m.seq order by m.seq) from messages m where m.chat_id = c.chat_id)
      is distinct from nullif(array(select generate_series(1, c.last_seq)), '{}')
"""
UNANSWERED = """
select count(*) from chats where chat_id = any ($1) and answered_seq < last_user_seq
"""


@dataclass
class Load:
    """Visitors of one process: what was acknowledged, and when it took how long."""

    server: Server
    name: str
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    took: list[tuple[float, float]] = field(default_factory=list)
    cuts: int = 0

    @property
    def chats(self) -> list[str]:
        return [f"{self.name}-{n}" for n in range(VISITORS)]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for chat in self.chats:
                tasks.create_task(self._visitor(chat))

    async def _visitor(self, chat: str) -> None:
        number = 0
        while True:
            with suppress(WebSocketException, AssertionError, TimeoutError, OSError):
                async with visitor(self.server, chat) as client:
                    while True:
                        await self._say(client, chat, f"{chat}-{number}")
                        number += 1
                        client.frames.clear()
                        await asyncio.sleep(PAUSE)
            self.cuts += 1

    async def _say(self, client: object, chat: str, name: str) -> None:
        began = time.monotonic()
        while True:
            answer = await client.say("hello", client_id=name)  # type: ignore[attr-defined]
            if answer["type"] == "message":
                break
        self.acknowledged.append((chat, name))
        self.took.append((began, time.monotonic() - began))

    def longest(self, since: float = 0.0) -> float:
        return max((took for began, took in self.took if began + took >= since), default=0.0)


@dataclass
class Locks:
    """The longest that anybody waited for a lock, looked at fifty times a second."""

    seconds: float = 0.0
    what: str = ""

    async def watch(self, dsn: str) -> None:
        connection = await asyncpg.connect(dsn, timeout=60)
        try:
            while True:
                row = await connection.fetchrow(WAITING)
                if row is not None and row["seconds"] > self.seconds:
                    self.seconds = row["seconds"]
                    self.what = f"{row['locktype']} {row['mode']} {row['relation']}".strip()
                await asyncio.sleep(0.02)
        finally:
            await connection.close()


@asynccontextmanager
async def running(*coroutines: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(one) for one in coroutines]  # type: ignore[call-overload]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def main(chats: int, seconds: float) -> int:
    log.configure("ERROR")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old_folder = await asyncio.to_thread(unpacked, BEFORE, folder / "before")
        async with embedded(folder) as dsn:
            return await upgraded(dsn, folder, old_folder, chats, seconds)


async def upgraded(dsn: str, folder: Path, old_folder: Path, chats: int, seconds: float) -> int:
    environment = {"DATABASE_URL": dsn, "ECHO_DELAY": "0", "SWEEP_SECONDS": "5", **UNLIMITED}
    old = await asyncio.to_thread(Server, environment, folder / "before.log", root=old_folder)
    await fill(dsn, 0, chats, MESSAGES, team=False)
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=2, command_timeout=600)
    filled = await pool.fetchval("select count(*) from messages")
    before, after, locks = Load(old, "before"), None, Locks()
    async with running(before.run(), locks.watch(dsn)):
        await asyncio.sleep(seconds)
        quiet = before.longest()
        quiet_lock, locks.seconds, locks.what = locks.seconds, 0.0, ""
        started = time.monotonic()
        new = await asyncio.to_thread(Server, {**environment, "PORT": "0"}, folder / "this.log")
        ready = time.monotonic() - started
        after = Load(new, "this")
        async with running(after.run()):
            await asyncio.sleep(seconds)
    loads = (before, after)
    names = [name for load in loads for name in load.chats]
    async with asyncio.timeout(120):
        while await pool.fetchval(UNANSWERED, names):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    stopped = [await asyncio.to_thread(server.stop) for server in (old, new)]
    said = [one for load in loads for one in load.acknowledged]
    found = {
        "chats": chats,
        "acknowledged by the release before": len(before.acknowledged),
        "acknowledged by this one": len(after.acknowledged),
        "seconds until this one served": round(ready, 1),
        "longest lock before (s)": round(quiet_lock, 3),
        "longest lock from the upgrade on (s)": round(locks.seconds, 3),
        "which": locks.what,
        "longest acknowledgement before (s)": round(quiet, 3),
        "longest acknowledgement from the upgrade on (s)": round(
            max(before.longest(started), after.longest()), 3
        ),
        "sockets that were cut": before.cuts + after.cuts,
        "lost or doubled": await pool.fetchval(
            LOST, [chat for chat, _ in said], [name for _, name in said], timeout=600
        ),
        "chats with gaps": await pool.fetchval(GAPS, names, timeout=600),
        "messages of before that are gone": filled
        - await pool.fetchval(
            "select count(*) from messages where chat_id like 'chat-%'", timeout=600
        ),
        "indexes that are missing": len(index_files())
        - await pool.fetchval(
            "select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid"
            " where i.indisvalid and c.relname = any ($1)",
            [file.stem for file in index_files()],
        ),
        "exit": stopped,
    }
    await pool.close()
    print(json.dumps(found, indent=2))
    wrong = [name for name in ("lost or doubled", "chats with gaps") if found[name]]
    wrong += [name for name in found if ("gone" in name or "missing" in name) and found[name]]
    if locks.seconds > LONGEST_LOCK:
        wrong.append("longest lock from the upgrade on (s)")
    print("Wrong: " + ", ".join(wrong) if wrong else "All is as it should be.")
    return bool(wrong)


if __name__ == "__main__":
    words = sys.argv[1:]
    wanted = int(words[0]) if words else 1_000_000
    sys.exit(asyncio.run(main(wanted, float(words[1]) if words[1:] else 30.0)))
