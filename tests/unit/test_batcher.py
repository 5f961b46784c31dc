"""Who goes with whom, and who waits for whom."""

import asyncio
from collections.abc import Sequence

import pytest

from core.store.batching import Results
from local.batching import ENOUGH_CALLS, MAX_BATCH, Batcher


class Held:
    """A statement that ends when the test lets it end."""

    def __init__(self) -> None:
        self.statements: list[list[int]] = []
        self.begun = asyncio.Condition()
        self.go = [asyncio.Event() for _ in range(9)]

    async def __call__(self, calls: Sequence[int]) -> Results[int]:
        mine = self.go[len(self.statements)]
        self.statements.append(list(calls))
        async with self.begun:
            self.begun.notify_all()
        await mine.wait()
        return [call * 10 for call in calls]

    async def until(self, number: int) -> None:
        async with self.begun:
            await self.begun.wait_for(lambda: len(self.statements) == number)


def calls(batcher: Batcher[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(batcher.do(n)) for n in numbers]


async def test_calls_during_a_statement_form_the_next_batch_but_cancelled_ones() -> None:
    held = Held()
    batcher = Batcher(held, lambda call: call)
    first = calls(batcher, 0)
    await held.until(1)
    others = calls(batcher, *range(1, ENOUGH_CALLS))
    await asyncio.sleep(0)
    others[4].cancel()
    with pytest.raises(asyncio.CancelledError):
        await others.pop(4)
    for event in held.go:
        event.set()
    await asyncio.gather(*first, *others)
    assert held.statements == [[0], [n for n in range(1, ENOUGH_CALLS) if n != 5]]
    assert await batcher.do(7) == 70


async def test_a_second_statement_is_begun_beside_one_of_few_and_no_third() -> None:
    held = Held()
    batcher = Batcher(held, lambda call: call)
    some = calls(batcher, *range(1 + ENOUGH_CALLS))
    await held.until(2)
    more = calls(batcher, *range(100, 100 + 2 * MAX_BATCH))
    await asyncio.sleep(0)
    assert [len(one) for one in held.statements] == [1, ENOUGH_CALLS]
    for event in held.go:
        event.set()
    assert await asyncio.gather(*some, *more) == [
        n * 10 for n in (*range(1 + ENOUGH_CALLS), *range(100, 100 + 2 * MAX_BATCH))
    ]
    assert [len(one) for one in held.statements[2:]] == [MAX_BATCH, MAX_BATCH]


async def test_of_two_calls_with_the_same_key_the_second_waits_for_the_first() -> None:
    held = Held()
    batcher = Batcher(held, lambda call: call % 100)
    first = calls(batcher, 0)
    await held.until(1)
    # Enough for a second statement beside the first; the last two have keys that are under way.
    others = calls(batcher, *range(1, 1 + ENOUGH_CALLS), 100, 101)
    await held.until(2)
    assert held.statements[1] == [*range(1, 1 + ENOUGH_CALLS)]
    held.go[1].set()
    await held.until(3)
    assert held.statements[2] == [101]
    held.go[2].set()
    held.go[0].set()
    await held.until(4)
    assert held.statements[3] == [100]
    held.go[3].set()
    await asyncio.gather(*first, *others)


async def test_one_statement_has_one_call_of_a_key() -> None:
    held = Held()
    batcher = Batcher(held, lambda call: call % 10)
    first = calls(batcher, 0)
    await held.until(1)
    others = calls(batcher, 1, 11, 2, 12, 21)
    for event in held.go:
        event.set()
    await asyncio.gather(*first, *others)
    assert held.statements == [[0], [1, 2], [11, 12], [21]]
