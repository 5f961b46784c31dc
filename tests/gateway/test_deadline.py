"""Many calls share one timer, and each still ends at its own time."""

import asyncio

import pytest

from local.gateway.deadline import Deadline, Deadlines
from tests.client import PATIENCE

SECONDS = 0.05


async def late(deadlines: Deadlines) -> float:
    """How long a call that does not end may take."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    limit = Deadline(deadlines)
    with pytest.raises(TimeoutError), limit:
        await asyncio.sleep(PATIENCE)
    assert limit.expired
    return loop.time() - began


async def test_each_ends_at_its_own_time() -> None:
    deadlines = Deadlines(SECONDS)
    # This one ends in time. The timer that was set for it fires in the middle of the others.
    with Deadline(deadlines) as limit:
        await asyncio.sleep(SECONDS / 2)
    assert not limit.expired
    first = asyncio.create_task(late(deadlines))
    await asyncio.sleep(SECONDS / 4)
    took = await asyncio.gather(first, late(deadlines), late(deadlines))
    assert all(one >= SECONDS * 0.9 for one in took), took
    assert await late(deadlines) >= SECONDS * 0.9


async def test_who_is_cancelled_by_others_is_not_late() -> None:
    deadlines = Deadlines(PATIENCE)
    entered = asyncio.Event()

    async def call() -> None:
        with Deadline(deadlines):
            entered.set()
            await asyncio.sleep(PATIENCE)

    task = asyncio.create_task(call())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_was_late_is_not_cancelled_any_more() -> None:
    await late(Deadlines(SECONDS))
    task = asyncio.current_task()
    assert task is not None and not task.cancelling()


def test_in_another_loop_it_still_ends() -> None:
    deadlines = Deadlines(SECONDS)

    async def begin() -> None:
        deadlines.begin(lambda: None)

    asyncio.run(begin())
    assert asyncio.run(late(deadlines)) >= SECONDS * 0.9
