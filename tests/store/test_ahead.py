"""The right to answer that comes along with a message, in a process that answers by itself."""

import asyncio

import pytest

from core.model import ChatId, ConnectionId, Manager, Target
from core.store import database
from core.store.steps import Claimed
from local import batching
from local.batching import TogetherStore

A, ANNA, USER = ChatId("a"), Manager("anna", "Anna"), ConnectionId("c")


@pytest.fixture
async def ahead(pool: database.Pool) -> TogetherStore:
    store = TogetherStore(pool)
    store.claims_ahead = True
    await store.enter_user(Target(USER, "http://node/ws"), A)
    return store


async def claim(store: TogetherStore) -> Claimed:
    return await store.claim(A, bursts=False, quiet=0, history=1, held=None)


async def test_a_message_brings_a_claim_that_nobody_else_can_have(ahead: TogetherStore) -> None:
    received = await ahead.receive(USER, "hello", "1")
    another = TogetherStore(ahead._pool)
    assert received.owed and (await claim(another)).outcome == "live"
    mine = await claim(ahead)
    assert mine.claim and mine.conversation
    assert (mine.claim.reply_to, mine.conversation.lines[-1].text) == (1, "hello")
    assert (await claim(ahead)).outcome == "live"
    finished = await ahead.finish(mine.claim, "hello")
    assert finished and not finished.owed and finished.told.messages[0].reply_to == 1


async def test_i9_only_what_is_all_that_is_owed_brings_one(ahead: TogetherStore) -> None:
    first = await ahead.receive(USER, "one", "1")
    second = await ahead.receive(USER, "two", "2")
    assert first.claimed and second.claimed is None and second.owed
    for text, seq in (("one", 1), ("two", 2)):
        now = await claim(ahead)
        assert now.claim and now.conversation
        assert (now.claim.reply_to, now.conversation.lines[-1].text) == (seq, text)
        finished = await ahead.finish(now.claim, text)
        assert finished and finished.owed == (seq == 1)


async def test_i5_a_manager_ends_it_like_any_other(ahead: TogetherStore) -> None:
    await ahead.receive(USER, "hello", "1")
    await ahead.take_over(A, ANNA, "I am here", "m1")
    mine = await claim(ahead)
    assert mine.claim and await ahead.finish(mine.claim, "hello") is None
    assert (await ahead.receive(USER, "thanks", "2")).claimed is None


async def test_a_repeat_brings_none_and_takes_none(ahead: TogetherStore) -> None:
    first, again = await asyncio.gather(*(ahead.receive(USER, "hello", "1") for _ in range(2)))
    assert first.claimed and again.claimed is None and again.message == first.message
    mine = await claim(ahead)
    assert mine.claim and await ahead.finish(mine.claim, "hello")


async def test_who_comes_for_it_late_takes_it_anew(
    ahead: TogetherStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "FRESH_SECONDS", 0)
    await ahead.receive(USER, "hello", "1")
    mine = await claim(ahead)
    assert mine.outcome == "claimed" and mine.claim and mine.conversation
    assert mine.conversation.lines[-1].text == "hello"
    assert await ahead.finish(mine.claim, "hello")


async def test_who_comes_too_late_finds_who_took_it(
    ahead: TogetherStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "FRESH_SECONDS", 0)
    await ahead.receive(USER, "hello", "1")
    await ahead._pool.execute("update chats set beat_at = now() - interval '21 seconds'")
    taken = await claim(TogetherStore(ahead._pool))
    assert taken.claim
    assert (await claim(ahead)).outcome == "live"
    assert await ahead.finish(taken.claim, "hello")
    assert (await claim(ahead)).outcome == "nothing"


async def test_how_long_ago_it_was_said_is_known(ahead: TogetherStore) -> None:
    await ahead.receive(USER, "hello", "1")
    said = asyncio.get_running_loop().time()
    await ahead._pool.execute("select pg_sleep(0.2)")
    mine = await claim(ahead)
    assert mine.conversation
    assert 0.2 <= mine.conversation.age <= asyncio.get_running_loop().time() - said + 0.1
