"""Many calls share one timer, and each still ends at its own time."""

import asyncio
from collections.abc import Callable

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
    # The timer that was set for this one fires in the middle of the others.
    with Deadline(deadlines) as limit:
        pass
    assert not limit.expired
    await asyncio.sleep(SECONDS / 2)
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


async def test_what_begins_again_when_it_is_late_needs_no_timer_more() -> None:
    deadlines = Deadlines(SECONDS)
    looks, begun, called = 0, 0, 0
    look = deadlines._look

    def counted() -> None:
        nonlocal looks
        looks += 1
        look()

    def begin(late: Callable[[], object]) -> None:
        nonlocal begun
        begun += 1
        deadlines.begin(late)

    def again() -> None:
        nonlocal called
        called += 1
        begin(again)

    deadlines._look = counted  # type: ignore[method-assign]
    begin(again)
    while called < 5:
        # It is due later, so that the next look has one to wait for.
        begin(lambda: None)
        await asyncio.sleep(SECONDS / 3)
    # A timer for each moment at which something is due. Each that is too many looks on and on.
    assert looks <= begun


async def test_one_that_fails_leaves_the_others_their_time() -> None:
    deadlines = Deadlines(SECONDS)

    def fails() -> None:
        raise ValueError

    failures: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: failures.append(type(context["exception"]).__name__)
    )
    deadlines.begin(fails)
    assert await late(deadlines) < PATIENCE
    assert failures == ["ValueError"]


def test_in_another_loop_it_still_ends() -> None:
    deadlines = Deadlines(SECONDS)
    left: list[str] = []

    async def begin() -> None:
        deadlines.begin(lambda: left.append("called"))

    asyncio.run(begin())
    assert asyncio.run(late(deadlines)) >= SECONDS * 0.9
    assert left == []
