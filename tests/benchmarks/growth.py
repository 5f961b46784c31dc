"""`make growth`: what a step costs with a hundred chats, and with a million.

Prints the median of each, in ms, for 10^2 chats with 10^3 messages, 10^4 with 10^6, 10^6 with 10^7.
The last column is the largest size once more, beside 100 messages a second: median and p95.
"""

import asyncio
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import asyncpg
import httpx2

from core import log
from core.model import Filter
from local.postgres import embedded
from tests.benchmarks.bench import Machine

SIZES = ((100, 1_000), (10_000, 1_000_000), (1_000_000, 10_000_000))
TIMES = 40
# Visitors and their messages a second, beside the last column.
BUSY = (50, 100)
Figures = dict[str, tuple[float, float]]
# The chats of the size before stay; those of every kind are spread among them evenly.
CHATS = """
insert into chats (chat_id, last_seq, last_user_seq, answered_seq, owner, manager_id, manager_name,
                   status, waiting_since, waiting_for, listed_at, updated_at, created_at, visitor)
select 'chat-' || n, $3::int, $3::int - 1, $3::int - 1,
       case when n % 50 = 0 then 'manager' else 'assistant' end,
       case when n % 50 = 0 then 'local' end, case when n % 50 = 0 then 'Local' end,
       case when n % 3 = 0 then 'closed' else 'open' end,
       case when n % 100 = 0 then now() - make_interval(secs => n) end,
       case when n % 100 = 0 then 'reply' end,
       now() - make_interval(secs => n), now() - make_interval(secs => n),
       now() - make_interval(secs => n), jsonb_build_object('name', 'Person ' || n)
from generate_series($1::int, $2::int) n
"""
MESSAGES = """
insert into messages (chat_id, seq, role, text, client_id, created_at)
select 'chat-' || n, s, case when s % 2 = 0 then 'user' else 'assistant' end,
       'word' || n || ' in the message number ' || s || ' of chat only' || n || 'th', 'm-' || s,
       now() - make_interval(secs => n)
from generate_series($1::int, $2::int) n, generate_series($3::int, $4::int) s
on conflict do nothing
"""
# A priority of few chats, and of every other one.
PRIORITIES = """
update chats c set priority = case when n % 1000 = 7 then 4 else 3 end
from generate_series($1::int, $2::int) n
where c.chat_id = 'chat-' || n and (n % 1000 = 7 or n % 2 = 0)
"""
# A note in every chat; a tag and a team of few chats, and of every other one.
TEAM = """
insert into tags (site_id, name) values ('default', 'rare'), ('default', 'common')
on conflict do nothing;
insert into teams (team_id, site_id, name) values ('rare', 'default', 'rare'),
('common', 'default', 'common') on conflict do nothing;
"""
NOTES = """
insert into notes (chat_id, text, author_id, author_name, created_at)
select 'chat-' || n, 'A remark about secret' || n || 'th', 'local', 'Local',
       now() - make_interval(secs => n)
from generate_series($1::int, $2::int) n
"""
TAGGED = """
insert into chat_tags (chat_id, tag_id)
select 'chat-' || n, t.tag_id from generate_series($1::int, $2::int) n
join tags t on t.name = case when n % 1000 = 7 then 'rare' when n % 2 = 0 then 'common' end
"""
ASSIGNED = """
insert into assignments (chat_id, team_id, is_open)
select 'chat-' || n, case when n % 1000 = 7 then 'rare' else 'common' end, n % 3 > 0
from generate_series($1::int, $2::int) n where n % 1000 = 7 or n % 2 = 0
"""


async def fill(dsn: str, before: int, chats: int, each: int, *, team: bool = True) -> None:
    """Make chats `before + 1` to `chats`, with `each` messages in every one.

    `team`: with what a team adds. The release before has no tables for that.
    """
    connection = await asyncpg.connect(dsn, timeout=60, command_timeout=3600)
    await connection.execute(CHATS, before + 1, chats, each)
    if team:
        await connection.execute(TEAM)
        for statement in (PRIORITIES, NOTES, TAGGED, ASSIGNED):
            await connection.execute(statement, before + 1, chats)
    step = max(1, 500_000 // each)
    for first in range(before + 1, chats + 1, step):
        await connection.execute(MESSAGES, first, min(chats, first + step - 1), 1, each)
    await connection.execute("vacuum analyze")
    await connection.execute("checkpoint")
    await connection.close()


def busy(machine: Machine) -> Figures:
    """The same beside visitors who write."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            machine.load("open", *BUSY, 10)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        return measured(machine)
    finally:
        over.set()
        writing.join()


def measured(machine: Machine) -> Figures:
    """Milliseconds of each step: median and p95."""
    ack = machine.load("closed", 1, 0, machine.seconds)
    found = {"a visitor's message": (ack["ack_p50"] * 1e3, ack["ack_p95"] * 1e3)}
    with httpx2.Client(base_url=f"http://127.0.0.1:{machine.port}") as http:

        def get(path: str, **query: str | int) -> Callable[[], object]:
            return lambda: _ok(http.get(path, params=query))

        for name in get_args(Filter):
            found[f"list: {name}"] = median(get("/manager/chats", filter=name))
        page = _ok(http.get("/manager/chats", params={"limit": 50})).json()
        if cursor := page["next_cursor"]:
            found["list: second page"] = median(get("/manager/chats", cursor=cursor))
        found["search: a word of one chat"] = median(get("/manager/chats", q="only77th"))
        found["search: a beginning of 1 %"] = median(get("/manager/chats", q="word77"))
        found["search: a word of all"] = median(get("/manager/chats", q="message"))
        found["search: a common word and one of 1 %"] = median(
            get("/manager/chats", q="message word77")
        )
        found["search: a common word and one of a chat"] = median(
            get("/manager/chats", q="message only77th")
        )
        found["search: a name"] = median(get("/manager/chats", q="Person 77"))
        found["search: notes too, a word of one"] = median(get("/manager/chats", q="secret77th"))
        found["search: notes, a word of all"] = median(get("/manager/chats", q="in:notes remark"))
        found["search: a word of all, from me"] = median(get("/manager/chats", q="message from:me"))
        found["search: a word of all, a time"] = median(
            get("/manager/chats", q="message after:2020-01-01 before:2090-01-01")
        )
        for name in ("rare", "common"):
            for filter in ("open", "closed"):
                found[f"list: {filter}, {name} tag"] = median(
                    get("/manager/chats", filter=filter, q=f"tag:{name}")
                )
                found[f"list: {filter}, {name} team"] = median(
                    get("/manager/chats", filter=filter, team=name)
                )
        for name in ("urgent", "high"):
            for filter in ("open", "closed"):
                found[f"list: {filter}, {name}"] = median(
                    get("/manager/chats", filter=filter, priority=name)
                )
        found["list: open, of me"] = median(get("/manager/chats", filter="open", q="from:me"))
        found["list: closed, of me"] = median(get("/manager/chats", filter="closed", q="from:me"))
        found["list: of a time"] = median(get("/manager/chats", q="before:2090-01-01"))
        found["history: begin"] = median(get("/history", chat_id="chat-77", limit=50))
        found["history: before 9"] = median(get("/history", chat_id="chat-77", before=9))
    return found


def _ok(answer: httpx2.Response) -> httpx2.Response:
    assert answer.status_code == 200, answer.text
    return answer


def median(step: Callable[[], object]) -> tuple[float, float]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        step()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


async def main(most: int) -> None:
    log.configure("ERROR")
    columns: list[Figures] = []
    sizes = [size for size in SIZES if size[0] <= most]
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as dsn:
            machine = Machine(dsn, Path(folder), 3.0)
            before = 0
            for chats, messages in sizes:
                # Migrated by the first start.
                with machine.server():
                    pass
                await fill(dsn, before, chats, messages // chats)
                before = chats
                with machine.server():
                    columns.append(await asyncio.to_thread(measured, machine))
                    if (chats, messages) == sizes[-1]:
                        columns.append(await asyncio.to_thread(busy, machine))
    heads = [f"{chats:,} chats, {messages:,} messages" for chats, messages in sizes]
    print("| | " + " | ".join([*heads, "100 messages/s: p50 / p95"]) + " |")
    print("|---" * (len(heads) + 2) + "|")
    for name in columns[-1]:
        *quiet, (p50, p95) = (column.get(name, (0.0, 0.0)) for column in columns)
        figures = [f"{middle:.2f} ms" for middle, _ in quiet]
        print(f"| {name} | " + " | ".join([*figures, f"{p50:.2f} / {p95:.2f} ms"]) + " |")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1][0]))
