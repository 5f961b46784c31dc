"""Every notice arrives, whatever its receivers do and whichever worker dies meanwhile.

The workers are real processes. Two of eight are killed and replaced again and again. What each
receiver got is compared with what was written, by its ids.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from core.auth.sealed import seal
from core.model import SiteId
from core.store.database import Pool, repeatable
from core.store.deliveries import DeliveryStore, NewReceiver
from tests.access.people import begin, signed
from tests.client import Client
from tests.faults.delivery_workers import Workers, workers
from tests.receivers import Answer, Call, Receiver, receiver
from tests.server import PoolOf, Serve
from tests.tickets import SECRET_KEY

pytestmark = pytest.mark.noticed

SITE = SiteId("default")
SECRET = "whsec_" + "A" * 43 + "="
# What they do, and whether what is sent there arrives in the end.
ARRIVES = {"fine": True, "slow": True, "errs": True, "busy": True, "away": False, "gone": False}
MAKE = """
insert into deliveries (id, kind, what, target, site_id, chat_id)
select gen_random_uuid(), 'webhook', 'chat.waiting', ($1::text[])[1 + n % $2], 'default',
       'chat-' || n
from generate_series(1, $3) n returning id, target
"""
LEFT = "select exists (select from deliveries where done_at is null and dead_at is null)"
UNLIMITED = {"MESSAGES_PER_MINUTE": "0"}
TRIED = "select count(*) from deliveries where attempts > 0"


async def add(pool: Pool, outside: Receiver) -> dict[str, str]:
    """A receiver of each kind; gives what each is by its id."""
    found = {}
    for name in ARRIVES:
        receiver_id = uuid4()
        address = json.dumps({"url": f"{outside.url}/{name}", "secret": SECRET})
        sealed = seal(SECRET_KEY, address, str(receiver_id))
        new = NewReceiver(receiver_id, "webhook", name, None, sealed, "en", ())
        await DeliveryStore(pool).add_receiver(SITE, new, "boss")
        found[str(receiver_id)] = name
    return found


def naughty(outside: Receiver, inside: Receiver) -> None:
    """Let each receiver do what its name says."""
    outside.slow["/slow"] = 0.5
    chances: Iterator[int] = iter(range(10**9))

    def errs(call: Call, times: int) -> Answer:
        return (500, {}) if next(chances) % 7 == 0 else (200, {})

    def busy(call: Call, times: int) -> Answer:
        return (429, {"Retry-After": "1"}) if next(chances) % 9 == 0 else (200, {})

    outside.answers |= {
        "/errs": errs,
        "/busy": busy,
        "/away": lambda *_: (307, {"Location": f"{inside.url}/secret"}),
        "/gone": lambda *_: (410, {}),
    }


async def all_ended(pool: Pool, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await repeatable(lambda: pool.fetchval(LEFT, timeout=120)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def check(pool: Pool, outside: Receiver, kinds: dict[str, str], ids: dict[str, str]) -> int:
    """Compare what came with what was written. Gives how many calls were repeats."""
    rows = {
        str(row["id"]): row
        for row in await pool.fetch("select id, target, done_at, dead_at, attempts from deliveries")
    }
    assert set(rows) == set(ids), "none is lost, and none was made up"
    came = {name: Counter(call.id for call in outside.at(f"/{name}")) for name in ARRIVES}
    for delivery, target in ids.items():
        name, row = kinds[target], rows[delivery]
        assert (row["done_at"] is not None) == ARRIVES[name], (name, dict(row))
        if ARRIVES[name]:
            assert came[name][delivery] >= 1, f"{name} never got {delivery}"
            assert came[name][delivery] <= row["attempts"]
    known = {UUID(one) for one in ids}
    assert all(UUID(one) in known for names in came.values() for one in names)
    return sum(times - 1 for names in came.values() for times in names.values())


async def run(dsn: str, pool: Pool, count: int, kills: int, seconds: float) -> tuple[int, int]:
    """Send so many while workers die. Gives the repeats, and how many were killed."""
    async with receiver() as outside, receiver() as inside:
        naughty(outside, inside)
        kinds = await add(pool, outside)
        made = await pool.fetch(MAKE, list(kinds), len(kinds), count, timeout=60)
        ids = {str(row["id"]): row["target"] for row in made}
        async with workers(dsn) as running:
            killing = asyncio.create_task(_kill_often(running, outside, kills, count))
            try:
                await all_ended(pool, seconds)
            finally:
                killing.cancel()
                await asyncio.gather(killing, return_exceptions=True)
            killed = running.killed
        assert not inside.calls, "a redirect was followed"
        return await check(pool, outside, kinds, ids), killed


async def _kill_often(running: Workers, outside: Receiver, kills: int, count: int) -> None:
    """Kill while something is on its way: after each so many calls."""
    for number in range(1, kills + 1):
        due = number * count // (2 * kills)
        await outside.until(lambda one, due=due: len(one.calls) >= due, 600)  # type: ignore[misc]
        await running.kill()


async def test_each_notice_arrives_while_workers_are_killed(dsn: str, pool: Pool) -> None:
    repeats, killed = await run(dsn, pool, count=300, kills=3, seconds=150)
    assert killed == 3
    # Only what was on its way to a killed worker, or failed, may come twice.
    assert repeats <= 300


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_ten_thousand_notices_arrive_while_workers_are_killed(
    serve: Serve, pool_of: PoolOf
) -> None:
    server = signed(serve, ECHO_DELAY="0", OUTBOUND_ALLOW="127.0.0.1", **UNLIMITED)
    pool = await pool_of(server)
    async with begin(server).client() as client:
        alone = await turns(client, 500)
        beside: list[float] = []
        talking = asyncio.create_task(turns(client, 1_000_000, beside))
        began = time.monotonic()
        try:
            repeats, killed = await run(server.dsn, pool, count=10_000, kills=20, seconds=1500)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
        seconds = time.monotonic() - began
        after = await turns(client, 500)
    print(f"10,000 notices in {seconds:.0f} s, {10_000 / seconds:.0f} a second; none is lost;")
    print(f"{repeats} calls came again, {killed} workers were killed. Answers, in ms:")
    for name, taken in {"before": alone, "meanwhile": beside, "after": after}.items():
        print(f"{name}: {len(taken)}, p50 {share(taken, 50)}, p99 {share(taken, 99)}")
    assert killed == 20
    # Ten processes share this machine meanwhile. What must not be is an answer that waits for them.
    assert share(beside, 99) < share(alone, 99) * 3 + 500


def share(taken: list[float], part: int) -> float:
    return round(sorted(taken)[len(taken) * part // 100] * 1000, 1)


async def turns(client: Client, count: int, taken: list[float] | None = None) -> list[float]:
    """Ask so often; gives how long each answer took."""
    taken = [] if taken is None else taken
    for _ in range(count):
        began = time.perf_counter()
        said = await client.say("hello")
        await client.reply_to(said["seq"])
        taken.append(time.perf_counter() - began)
        client.frames.clear()
    return taken


async def test_a_receiver_that_never_answers_delays_no_answer_of_a_chat(
    serve: Serve, pool_of: PoolOf
) -> None:
    """I8: a slow receiver outside is nobody's business but its own."""
    server = signed(serve, OUTBOUND_ALLOW="127.0.0.1", **UNLIMITED)
    pool = await pool_of(server)

    async def sixty() -> list[float]:
        async with begin(server).client() as client:
            return sorted(await turns(client, 60))

    async with receiver() as outside:
        outside.slow["/slow"] = 9.0
        kinds = await add(pool, outside)
        [slow] = [one for one, name in kinds.items() if name == "slow"]
        alone = await sixty()
        await pool.fetch(MAKE, [slow], 1, 200)
        # The sweep finds them, as it does after a restart.
        async with asyncio.timeout(90):
            while not await pool.fetchval(TRIED):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        beside = await sixty()
    # Another process of this machine may take as long for itself.
    assert beside[58] < alone[58] * 3 + 0.5, (alone[58], beside[58])
