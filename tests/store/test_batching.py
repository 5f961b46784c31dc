"""Calls of one batch: each gets its own result, and none gets another's error."""

import asyncio
import secrets
from collections.abc import Sequence

import pytest

from core.errors import NotConnected, TooMany
from core.limits import Limits, Rate
from core.model import ChatId, ConnectionId, Target
from core.store import database
from core.store.store import Store
from local.batching import LocalBatching


async def connected(store: Store, names: Sequence[str], chat: str = "") -> None:
    for name in names:
        target = Target(ConnectionId(name), "http://node/ws")
        await store.connections.enter(target, ChatId(chat or f"chat-{name}"))


@pytest.mark.parametrize(
    "wrong",
    [{7: "no such byte: \0"}, {9: "half a character: \ud83d"}, {7: "both: \0", 9: "both: \ud83d"}],
    ids=["nul", "half", "both"],
)
async def test_what_cannot_be_stored_is_replaced_and_harms_nobody(
    pool: database.Pool, wrong: dict[int, str]
) -> None:
    store = Store(pool, batching=LocalBatching())
    names = [f"c{n}" for n in range(20)]
    await connected(store, names)
    found = await asyncio.gather(
        *(
            store.turns.receive(ConnectionId(name), wrong.get(n, f"text {n}"), "1")
            for n, name in enumerate(names)
        )
    )
    for n, one in enumerate(found):
        text = f"{wrong[n][:-1]}\ufffd" if n in wrong else f"text {n}"
        assert (one.message.text, one.message.chat_id) == (text, f"chat-c{n}")
        assert [target.connection_id for target in one.change.users] == [f"c{n}"]


async def test_a_poisoned_call_fails_alone(pool: database.Pool) -> None:
    store = Store(pool, batching=LocalBatching())
    names = [f"c{n}" for n in range(20)]
    await connected(store, names)
    # More than an index takes: the statement fails for all who are in it.
    names_of = [secrets.token_hex(5_000) if n == 7 else "1" for n in range(20)]
    found = await asyncio.gather(
        *(
            store.turns.receive(ConnectionId(name), f"text {n}", names_of[n])
            for n, name in enumerate(names)
        ),
        return_exceptions=True,
    )
    assert [n for n, one in enumerate(found) if isinstance(one, BaseException)] == [7]


async def test_one_chat_keeps_its_order_and_a_duplicate_gets_what_was_stored(
    pool: database.Pool,
) -> None:
    store = Store(pool, batching=LocalBatching())
    await connected(store, ["c"], "A")
    user = ConnectionId("c")
    calls = [store.turns.receive(user, f"text {n}", f"id-{n // 2}") for n in range(40)]
    found = await asyncio.gather(*calls)
    assert [one.message.text for one in found] == [f"text {n // 2 * 2}" for n in range(40)]
    assert [one.message.seq for one in found] == [n // 2 + 1 for n in range(40)]


async def test_who_is_refused_is_refused_alone(pool: database.Pool) -> None:
    store = Store(pool, Limits(messages=Rate(2, 0.001)), LocalBatching())
    await connected(store, ["a", "b"])
    said = [("a", "1"), ("b", "1"), ("nobody", "1"), ("b", "2"), ("b", "3"), ("a", "2")]
    found = await asyncio.gather(
        *(store.turns.receive(ConnectionId(name), "text", id_) for name, id_ in said),
        return_exceptions=True,
    )
    assert [type(one) for one in found if isinstance(one, Exception)] == [NotConnected, TooMany]
    assert isinstance(found[2], NotConnected) and isinstance(found[4], TooMany)


async def test_two_stores_that_meet_in_many_chats_do_not_wait_for_each_other(
    pool: database.Pool,
) -> None:
    stores = [Store(pool, batching=LocalBatching()), Store(pool, batching=LocalBatching())]
    names = [f"c{n}" for n in range(30)]
    await connected(stores[0], names)
    for round_ in range(10):
        orders = (names, names[::-1])
        await asyncio.gather(
            *(
                store.turns.receive(ConnectionId(name), "text", f"{which}-{round_}")
                for which, (store, order) in enumerate(zip(stores, orders, strict=True))
                for name in order
            )
        )
    count = await pool.fetchval("select count(*) from messages where text = 'text'")
    assert count == 600
