"""Steps that are stored together: each gets its own result, and none another's error."""

import asyncio
from collections.abc import Sequence

import pytest

from core import database
from core.errors import NotConnected, TooMany
from core.limits import Limits, Rate
from core.model import ChatId, ConnectionId, Target
from core.steps import Results
from local.together import AT_MOST, ENOUGH, Lane, TogetherStore


async def connected(store: TogetherStore, names: Sequence[str], chat: str = "") -> None:
    for name in names:
        target = Target(ConnectionId(name), "http://node/ws")
        await store.enter_user(target, ChatId(chat or f"chat-{name}"))


async def test_a_poisoned_message_fails_alone(pool: database.Pool) -> None:
    store = TogetherStore(pool)
    names = [f"c{n}" for n in range(20)]
    await connected(store, names)
    texts = ["no such byte: \0" if n == 7 else f"text {n}" for n in range(20)]
    found = await asyncio.gather(
        *(
            store.receive(ConnectionId(name), text, "1")
            for name, text in zip(names, texts, strict=True)
        ),
        return_exceptions=True,
    )
    assert [n for n, one in enumerate(found) if isinstance(one, BaseException)] == [7]
    for n, one in enumerate(found):
        if not isinstance(one, BaseException):
            assert (one.message.text, one.message.chat_id) == (f"text {n}", f"chat-c{n}")
            assert [target.connection_id for target in one.told.users] == [f"c{n}"]


async def test_one_chat_keeps_its_order_and_a_duplicate_gets_what_was_stored(
    pool: database.Pool,
) -> None:
    store = TogetherStore(pool)
    await connected(store, ["c"], "A")
    user = ConnectionId("c")
    calls = [store.receive(user, f"text {n}", f"id-{n // 2}") for n in range(40)]
    found = await asyncio.gather(*calls)
    assert [one.message.text for one in found] == [f"text {n // 2 * 2}" for n in range(40)]
    assert [one.message.seq for one in found] == [n // 2 + 1 for n in range(40)]


async def test_who_is_refused_is_refused_alone(pool: database.Pool) -> None:
    store = TogetherStore(pool, Limits(messages=Rate(2, 0.001)))
    await connected(store, ["a", "b"])
    said = [("a", "1"), ("b", "1"), ("nobody", "1"), ("b", "2"), ("b", "3"), ("a", "2")]
    found = await asyncio.gather(
        *(store.receive(ConnectionId(name), "text", id_) for name, id_ in said),
        return_exceptions=True,
    )
    assert [type(one) for one in found if isinstance(one, Exception)] == [NotConnected, TooMany]
    assert isinstance(found[2], NotConnected) and isinstance(found[4], TooMany)


async def test_two_stores_that_meet_in_many_chats_do_not_wait_for_each_other(
    pool: database.Pool,
) -> None:
    stores = [TogetherStore(pool), TogetherStore(pool)]
    names = [f"c{n}" for n in range(30)]
    await connected(stores[0], names)
    for round_ in range(10):
        orders = (names, names[::-1])
        await asyncio.gather(
            *(
                store.receive(ConnectionId(name), "text", f"{which}-{round_}")
                for which, (store, order) in enumerate(zip(stores, orders, strict=True))
                for name in order
            )
        )
    count = await pool.fetchval("select count(*) from messages where text = 'text'")
    assert count == 600


class Held:
    """A `together` whose statements end when they are told to."""

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


def calls(lane: Lane[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(lane.do(n)) for n in numbers]


async def test_who_comes_meanwhile_goes_together_next_and_who_left_is_not_stored() -> None:
    held = Held()
    lane = Lane(held, lambda call: call)
    first = calls(lane, 0)
    await held.until(1)
    others = calls(lane, *range(1, ENOUGH))
    await asyncio.sleep(0)
    others[4].cancel()
    with pytest.raises(asyncio.CancelledError):
        await others.pop(4)
    for event in held.go:
        event.set()
    await asyncio.gather(*first, *others)
    assert held.statements == [[0], [n for n in range(1, ENOUGH) if n != 5]]
    assert await lane.do(7) == 70


async def test_a_second_statement_is_begun_beside_one_of_few_and_no_third() -> None:
    held = Held()
    lane = Lane(held, lambda call: call)
    some = calls(lane, *range(1 + ENOUGH))
    await held.until(2)
    more = calls(lane, *range(100, 100 + 2 * AT_MOST))
    await asyncio.sleep(0)
    assert [len(one) for one in held.statements] == [1, ENOUGH]
    for event in held.go:
        event.set()
    assert await asyncio.gather(*some, *more) == [
        n * 10 for n in (*range(1 + ENOUGH), *range(100, 100 + 2 * AT_MOST))
    ]
    assert [len(one) for one in held.statements[2:]] == [AT_MOST, AT_MOST]


async def test_of_two_calls_about_the_same_the_second_waits_for_the_first() -> None:
    held = Held()
    lane = Lane(held, lambda call: call % 2)
    first = calls(lane, 0)
    await held.until(1)
    others = calls(lane, *range(2, 2 + 2 * ENOUGH))
    await held.until(2)
    odd = [n for n in range(2, 2 + 2 * ENOUGH) if n % 2]
    assert set(held.statements[1]) < set(odd)
    held.go[1].set()
    await held.until(3)
    assert held.statements[1] + held.statements[2] == odd
    held.go[2].set()
    held.go[0].set()
    held.go[3].set()
    await asyncio.gather(*first, *others)
    assert held.statements[3] == [n for n in range(2, 2 + 2 * ENOUGH) if n % 2 == 0]
