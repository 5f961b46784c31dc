"""I8: what a process sends outside takes little from the answers that the same process gives.

Both share a processor, a loop and a disk. So what is sent is spread over time, and waits for no
disk.
"""

import asyncio
import time
from collections.abc import Callable

import pytest

from core.store.database import Pool
from local.deliveries import PER_SECOND
from tests.access.people import begin, signed
from tests.client import Client
from tests.faults.test_deliveries import LEFT, MAKE, UNLIMITED, add, share, turns
from tests.receivers import Answer, Call, Receiver, receiver
from tests.server import PoolOf, Serve, Server

pytestmark = pytest.mark.noticed

STARTED = "select exists (select from deliveries where attempts > 0 and done_at is null)"
CLAIM = "select count(*) from claim_deliveries(1, 60)"
END = "select end_delivery(id, attempts, 'done', null, 0) from deliveries where done_at is null"
WINDOW_SECONDS = 4.0
EACH, ROUNDS = 100, 100


def sending(serve: Serve) -> Server:
    # The sweep finds what the test writes.
    return signed(
        serve, ECHO_DELAY="0", OUTBOUND_ALLOW="127.0.0.1", SWEEP_SECONDS="0.5", **UNLIMITED
    )


async def target_of(pool: Pool, outside: Receiver) -> str:
    kinds = await add(pool, outside)
    [fine] = [one for one, name in kinds.items() if name == "fine"]
    return fine


async def test_i8_a_process_spreads_what_it_sends(serve: Serve, pool_of: PoolOf) -> None:
    count, took = 100, list[float]()

    def taken(call: Call, times: int) -> Answer:
        took.append(time.monotonic())
        return 200, {}

    async with receiver() as outside:
        outside.answers["/fine"] = taken
        pool = await pool_of(sending(serve))
        await pool.fetch(MAKE, [await target_of(pool, outside)], 1, count)
        await outside.got("/fine", count)
    seconds = took[-1] - took[0]
    # A slow machine is slower still.
    assert (count - 1) / seconds <= PER_SECOND * 1.1, f"{count} notices in {seconds:.1f} s"


async def test_i8_a_claim_and_its_end_wait_for_no_disk(pool: Pool) -> None:
    await pool.fetch(MAKE, ["somebody"], 1, 1)
    for step in (CLAIM, END):
        async with pool.acquire() as session:
            await session.execute("set synchronous_commit = on")
            async with session.transaction():
                assert await session.fetchval(step)
                assert await session.fetchval("show synchronous_commit") == "off", step


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_i8_answers_take_as_long_while_ten_thousand_notices_are_sent(
    serve: Serve, pool_of: PoolOf
) -> None:
    """By the eight workers of the same process.

    Quiet times and busy ones follow each other, so that what else the machine does counts in both.
    """
    alone, beside, busy = list[float](), list[float](), 0.0
    async with receiver() as outside:
        server = sending(serve)
        pool = await pool_of(server)
        target = await target_of(pool, outside)
        async with begin(server).client() as client:
            await turns(client, 300)
            for number in range(ROUNDS):
                await talk(client, alone, _for(WINDOW_SECONDS))
                await pool.fetch(MAKE, [target], 1, EACH)
                while not await pool.fetchval(STARTED):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                began = time.monotonic()
                await talk(client, beside, _until_all(outside, EACH * (number + 1)))
                busy += time.monotonic() - began
        assert not await pool.fetchval(LEFT)
        assert len(outside.repeats()) == EACH * ROUNDS
    print(f"{EACH * ROUNDS} notices, {EACH * ROUNDS / busy:.0f} a second. Answers, in ms:")
    for name, taken in {"quiet": alone, "meanwhile": beside}.items():
        shares = [f"p{part} {share(taken, part)}" for part in (50, 90, 99)]
        print(f"{name}: {len(taken)}, {', '.join(shares)}")
    for part in (50, 99):
        assert share(beside, part) < share(alone, part) * 1.5 + 10, part


async def talk(client: Client, taken: list[float], goes_on: Callable[[], bool]) -> None:
    while goes_on():
        await turns(client, 5, taken)


def _for(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


def _until_all(outside: Receiver, due: int) -> Callable[[], bool]:
    return lambda: len(outside.calls) < due
