"""Scenarios of many sockets: broadcasts, idle ones, one that does not read, all coming back."""

import asyncio
import time

import asyncpg

from tests.benchmarks.bench import Machine, Measure, Scenario
from tests.server import ROOT

RAW, BARE = "tests.benchmarks.others.raw", "tests.benchmarks.others.bare"
OURS = "tests.benchmarks.broadcaster"
SOCKETS, SIZE, BIG = 500, 300, 16_384
IDLE = 2_000
BACK, MISSED = 2_000, 20
MANY_MISSED = """
with c as (
    insert into chats (chat_id, last_seq, last_user_seq, answered_seq, listed_at {0})
    select $1 || '-' || n, $3::int, $3::int, $3::int, now() {1}
    from generate_series(0, $2::int - 1) n
    returning *)
insert into messages (chat_id, seq, role, text)
select chat_id, seq, 'user', 'one of those that were missed'
from c, generate_series(1, $3::int) seq
"""
# A chat has a contact since its first visit. Else the sweep would make one during the measure.
CONTACTS = """
insert into contacts (contact_id, root_id, site_id, listed)
select contact_id, contact_id, site_id, true from chats where chat_id like $1 || '-%'
"""
HAVE_CONTACTS = "select to_regclass('contacts') is not null"


def broadcast(program: str, size: int = SIZE, stalled: int = 0) -> Measure:
    def measured(machine: Machine) -> float:
        with machine.other(program, machine.root if program == OURS else ROOT) as port:
            found = machine.crowd(port, "broadcast", SOCKETS, size, stalled, machine.seconds)
            return found["per_second"]

    return measured


def idle_of_ours(machine: Machine) -> float:
    server = machine.start("idle")
    port = server.environment["PORT"]
    name = f"/ws?chat_id=m{time.time_ns()}-*"
    try:
        return machine.crowd(int(port), "idle", name, IDLE, server.pid)["kib"]
    finally:
        server.stop()


def idle_of_bare(machine: Machine) -> float:
    with machine.other(BARE) as port:
        return machine.crowd(port, "idle", "/", IDLE, machine.other_pid)["kib"]


def come_back(machine: Machine) -> float:
    prefix = f"s{time.time_ns()}"
    asyncio.run(_missed(machine.dsn, prefix))
    return machine.crowd(machine.port, "storm", BACK, MISSED, prefix)["per_second"]


async def _missed(dsn: str, prefix: str) -> None:
    connection = await asyncpg.connect(dsn)
    # An older commit may know no contacts.
    known = await connection.fetchval(HAVE_CONTACTS)
    columns = (", contact_id", ", gen_random_uuid()") if known else ("", "")
    await connection.execute(MANY_MISSED.format(*columns), prefix, BACK, MISSED)
    if known:
        await connection.execute(CONTACTS, prefix)
    await connection.close()


def handshakes(machine: Machine) -> float:
    with machine.other(BARE) as port:
        return machine.crowd(port, "handshakes", BACK)["per_second"]


CROWDS = [
    Scenario("B7", "broadcast to 500", broadcast(RAW), broadcast(OURS), "more", 0.5, 0.65),
    Scenario("B8", "KiB an idle socket", idle_of_bare, idle_of_ours, "less", 2.6, 1.8),
    Scenario(
        "B9",
        "one of 500 never reads",
        broadcast(OURS, BIG),
        broadcast(OURS, BIG, 1),
        "more",
        0.95,
        0.99,
    ),
    Scenario("B10", "2,000 come back", handshakes, come_back, "more", 0.4, 0.6),
]
