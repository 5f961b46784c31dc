"""The right to answer that comes along with a message, in a process that answers by itself."""

import asyncio

import pytest

from core.model import ChatId, ConnectionId, Manager, ManagerId, Target
from core.store import answers, database
from core.store.answers import Claimed, Terms
from core.store.store import Store
from local.batching import LocalBatching

A, ANNA, USER = ChatId("a"), Manager(ManagerId("anna"), "Anna"), ConnectionId("c")


@pytest.fixture
async def ahead(pool: database.Pool) -> Store:
    store = Store(pool, batching=LocalBatching(claims_ahead=True))
    await store.connections.enter(Target(USER, "http://node/ws"), A)
    return store


async def claim(store: Store) -> Claimed:
    return await store.answers.claim(A, Terms(False, 0, 1))


async def test_a_message_brings_a_claim_that_nobody_else_can_have(ahead: Store) -> None:
    received = await ahead.turns.receive(USER, "hello", "1")
    another = Store(ahead._pool, batching=LocalBatching())
    assert received.pending and (await claim(another)).outcome == "live"
    mine = await claim(ahead)
    assert mine.claim and mine.conversation
    assert (mine.claim.reply_to, mine.conversation.lines[-1].text) == (1, "hello")
    assert (await claim(ahead)).outcome == "live"
    finished = await ahead.turns.finish(mine.claim, "hello")
    assert finished and not finished.pending and finished.change.messages[0].reply_to == 1


async def test_i9_only_a_message_that_is_all_that_is_pending_brings_a_claim(ahead: Store) -> None:
    await ahead.turns.receive(USER, "one", "1")
    first = ahead.turns.ahead[A]
    second = await ahead.turns.receive(USER, "two", "2")
    assert ahead.turns.ahead[A] is first and second.pending
    for text, seq in (("one", 1), ("two", 2)):
        now = await claim(ahead)
        assert now.claim and now.conversation
        assert (now.claim.reply_to, now.conversation.lines[-1].text) == (seq, text)
        finished = await ahead.turns.finish(now.claim, text)
        assert finished and finished.pending == (seq == 1)


async def test_i5_a_manager_ends_it_like_any_other(ahead: Store) -> None:
    await ahead.turns.receive(USER, "hello", "1")
    await ahead.inbox.take_over(A, ANNA, "I am here", "m1")
    mine = await claim(ahead)
    assert mine.claim and await ahead.turns.finish(mine.claim, "hello") is None
    await ahead.turns.receive(USER, "thanks", "2")
    assert not ahead.turns.ahead


async def test_a_repeat_brings_none_and_takes_none(ahead: Store) -> None:
    first, again = await asyncio.gather(
        *(ahead.turns.receive(USER, "hello", "1") for _ in range(2))
    )
    assert again.message == first.message
    mine = await claim(ahead)
    assert mine.claim and await ahead.turns.finish(mine.claim, "hello")


async def test_who_comes_for_it_late_takes_it_anew(
    ahead: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "FRESH_SECONDS", 0)
    await ahead.turns.receive(USER, "hello", "1")
    mine = await claim(ahead)
    assert mine.outcome == "claimed" and mine.claim and mine.conversation
    assert mine.conversation.lines[-1].text == "hello"
    assert await ahead.turns.finish(mine.claim, "hello")


async def test_who_comes_too_late_finds_who_took_it(
    ahead: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "FRESH_SECONDS", 0)
    await ahead.turns.receive(USER, "hello", "1")
    await ahead._pool.execute("update chats set beat_at = now() - interval '21 seconds'")
    taken = await claim(Store(ahead._pool, batching=LocalBatching()))
    assert taken.claim
    assert (await claim(ahead)).outcome == "live"
    assert await ahead.turns.finish(taken.claim, "hello")
    assert (await claim(ahead)).outcome == "nothing"


async def test_how_long_ago_it_was_said_is_known(ahead: Store) -> None:
    await ahead.turns.receive(USER, "hello", "1")
    said = asyncio.get_running_loop().time()
    await ahead._pool.execute("select pg_sleep(0.2)")
    mine = await claim(ahead)
    assert mine.conversation
    assert 0.2 <= mine.conversation.age <= asyncio.get_running_loop().time() - said + 0.1
