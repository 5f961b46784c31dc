"""An hour of hostile people beside those who behave: `python -m tests.access.hostile [MINUTES]`.

20 visitors behind a proxy write every few seconds, and 2 managers answer them. After the first
minute the attackers of `attacks.py` come. A line a minute says how long an acknowledgement takes,
and what the server and its database have grown to. At the end every chat is compared with what its
visitor was told.
"""

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil

from core.store import database
from tests.client import Client, Frame
from tests.faults.postgres import Postgres
from tests.openai_server import OpenAIServer
from tests.server import ROOT, Server
from tests.tickets import SECRET_KEY, manager_token

VISITORS, MANAGERS = 20, 2
PAUSE, STEP_IN, RECONNECT = 4.0, 5.0, 60.0
MINUTE = 60
TOKENS_PER_DAY = 50_000_000
SETTINGS = {
    "SECRET_KEY": SECRET_KEY,
    "OPENAI_KEY": "key",
    "TRUSTED_PROXIES": "127.0.0.1",
    "TOKENS_PER_DAY": str(TOKENS_PER_DAY),
    "TOKENS_PER_CHAT": "0",
    "WATCH_TASKS": "0",
}


@dataclass
class Times:
    """Seconds, by what was waited for, of this minute and of all."""

    now: dict[str, list[float]] = field(default_factory=dict)
    all: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, seconds: float) -> None:
        for kept in (self.now, self.all):
            kept.setdefault(what, []).append(seconds)

    def taken(self) -> str:
        """What this minute was like, and begin the next one."""
        now, self.now = self.now, {}
        return line(now)


def line(times: dict[str, list[float]]) -> str:
    said = []
    for what, all_ in sorted(times.items()):
        all_ = sorted(all_)
        p50, p99 = (1000 * all_[int(len(all_) * part)] for part in (0.5, 0.99))
        said.append(
            f"{what} n={len(all_)} p50={p50:.0f} p99={p99:.0f} max={1000 * all_[-1]:.0f} ms"
        )
    return "; ".join(said)


def caller(server: Server, **headers: str) -> httpx2.AsyncClient:
    """Each call has a connection of its own: a kept one may end just when it is used again."""
    once = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.AsyncClient(base_url=server.url, headers=headers, limits=once, timeout=60)


class Visitor:
    """Writes, waits for the acknowledgement, and opens a new socket once a minute."""

    def __init__(self, server: Server, n: int, times: Times) -> None:
        self._server = server
        self._times = times
        self._from = {"x-forwarded-for": f"198.51.100.{n}"}
        self.stored: list[Frame] = []
        self.chat_id = ""
        self.begun = asyncio.Event()

    async def live(self, http: httpx2.AsyncClient, end: float) -> None:
        made = (await http.post("/chats", json={}, headers=self._from)).raise_for_status().json()
        self.chat_id = made["chat_id"]
        self._signed = {**self._from, "authorization": f"Bearer {made['token']}"}
        self.begun.set()
        while time.monotonic() < end:
            async with Client(
                self._server, await self._path(http), additional_headers=self._from
            ) as client:
                await client.resume(self.stored[-1]["seq"] if self.stored else 0)
                until = min(end, time.monotonic() + RECONNECT)
                while time.monotonic() < until:
                    await self._say(client)

    async def _say(self, client: Client) -> None:
        began = time.monotonic()
        frame = await client.insist(f"question {len(self.stored)}")
        self._times.add("acknowledged", time.monotonic() - began)
        self.stored.append(frame)
        await asyncio.sleep(PAUSE * random.uniform(0.7, 1.3))

    async def _path(self, http: httpx2.AsyncClient) -> str:
        began = time.monotonic()
        answer = await http.post("/tickets", json={}, headers=self._signed)
        self._times.add("ticket", time.monotonic() - began)
        return str(answer.raise_for_status().json()["ws_url"]).removeprefix(
            self._server.socket_url("")
        )

    async def kept(self, http: httpx2.AsyncClient) -> list[Frame]:
        """The chat as it is stored."""
        messages: list[Frame] = []
        more = True
        while more:
            after = messages[-1]["seq"] if messages else 0
            asked = {"chat_id": self.chat_id, "after": after}
            answer = await http.get("/history", params=asked, headers=self._signed)
            if answer.status_code == 429:
                await asyncio.sleep(float(answer.headers["retry-after"]))
                continue
            page = answer.raise_for_status().json()
            messages += page["messages"]
            more = page["has_more"]
        return messages


async def manage(
    server: Server, token: str, visitors: list[Visitor], times: Times, end: float
) -> int:
    """Say something in a chat, and hand it back. Returns how often."""
    said = 0
    headers = {"authorization": f"Bearer {token}", "x-forwarded-for": "198.51.100.200"}
    async with caller(server, **headers) as http:
        ticket = (await http.post("/tickets", json={})).raise_for_status().json()["ws_url"]
        async with Client(server, ticket.removeprefix(server.socket_url(""))) as client:
            while time.monotonic() < end:
                await asyncio.sleep(STEP_IN * random.uniform(0.5, 1.5))
                chat_id = random.choice(visitors).chat_id
                began = time.monotonic()
                body = {"chat_id": chat_id, "text": "I am here"}
                (await http.post("/manager/send", json=body)).raise_for_status()
                times.add("sent", time.monotonic() - began)
                owner = {"owner": "assistant"}
                path = f"/manager/chats/{chat_id}/owner"
                (await http.post(path, json=owner)).raise_for_status()
                began = time.monotonic()
                (await http.get("/manager/chats", params={"filter": "open"})).raise_for_status()
                times.add("listed", time.monotonic() - began)
                assert not client.closed
                client.frames.clear()
                said += 1
    return said


class Size:
    """What the server and its database take."""

    def __init__(self, server: Server, pool: database.Pool, log: Path, data: Path) -> None:
        self._process = psutil.Process(server.pid)
        self._pool = pool
        self._log = log
        self._data = data

    async def line(self) -> str:
        size = await self._pool.fetchval("select pg_database_size(current_database())")
        disk = sum(file.stat().st_size for file in self._data.rglob("*") if file.is_file())
        return (
            f"memory {self._process.memory_info().rss / 2**20:.1f} MiB,"
            f" handles {self._process.num_fds()}, database {size / 2**20:.1f} MiB,"
            f" disk {disk / 2**20:.0f} MiB, log {self._log.stat().st_size / 2**20:.2f} MiB"
        )


async def minutes(count: int, url: str, size: Size, times: Times) -> None:
    """Report each minute; the attackers come after the first one."""
    attackers: asyncio.subprocess.Process | None = None
    try:
        for minute in range(count):
            print(f"{minute:3} {await size.line()}; {times.taken()}", flush=True)
            if minute == 1:
                words = ("-m", "tests.access.attacks", url)
                attackers = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)
            assert attackers is None or attackers.returncode is None
            await asyncio.sleep(MINUTE)
    finally:
        if attackers is not None:
            attackers.terminate()
            await attackers.wait()


def compared(visitor: Visitor, kept: list[Frame]) -> list[str]:
    """What is wrong with a chat."""
    wrong = []
    if [m["seq"] for m in kept] != list(range(1, len(kept) + 1)):
        wrong.append("there is a gap")
    by_seq = {m["seq"]: m for m in kept}
    for frame in visitor.stored:
        if by_seq.get(frame["seq"], {}).get("id") != frame["id"]:
            wrong.append(f"{frame['seq']} was acknowledged and is not there")
    names = [m["client_id"] for m in kept if m["role"] == "user"]
    if len(set(names)) != len(names) or len(names) != len(visitor.stored):
        wrong.append(f"{len(visitor.stored)} were written, and {len(names)} are there")
    return [f"{visitor.chat_id}: {what}" for what in wrong]


async def run(count: int, folder: Path) -> list[str]:
    times, log = Times(), folder / "log"
    with OpenAIServer() as openai:
        async with Postgres(folder / "data", {}) as postgres:
            settings = {**SETTINGS, "DATABASE_URL": postgres.dsn}
            server = Server({**settings, "OPENAI_BASE_URL": openai.base_url}, log)
            pool = await database.open_pool(postgres.dsn, 1)
            tokens = [await manager_token(pool, f"boss-{n}") for n in range(MANAGERS)]
            visitors = [Visitor(server, n + 1, times) for n in range(VISITORS)]
            end = time.monotonic() + count * MINUTE
            size = Size(server, pool, log, folder / "data")
            async with caller(server) as http:
                reporting = asyncio.create_task(minutes(count, server.url, size, times))
                living = [asyncio.create_task(v.live(http, end)) for v in visitors]
                await asyncio.gather(*(visitor.begun.wait() for visitor in visitors))
                managing = [manage(server, token, visitors, times, end) for token in tokens]
                said = await asyncio.gather(*managing)
                await asyncio.gather(reporting, *living)
                wrong = [w for v in visitors for w in compared(v, await v.kept(http))]
            spent = await pool.fetchval("select coalesce(sum(tokens), 0) from spending")
            print(f"all: {await size.line()}; {line(times.all)}")
            print(f"managers said {sum(said)}; {spent:,} tokens of {TOKENS_PER_DAY:,}")
            if "Traceback" in log.read_text():
                wrong.append("the log has a traceback")
            await database.close_pool(pool)
            server.stop()
    return wrong


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MINUTE
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        wrong = asyncio.run(run(count, Path(folder)))
        if wrong:
            kept = Path(tempfile.mkdtemp()) / "server.log"
            kept.write_bytes((Path(folder) / "log").read_bytes())
            print("the log is kept in", kept)
    print("\n".join(wrong) or "nothing was lost")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
