"""M8: reservations and their settlement, step by step and many at once."""

import asyncio
import itertools
import random

from core.limits import Limits
from core.model import CallCost, ChatId, Claim, ConnectionId, Manager, ManagerId, Target, Usage
from core.store.answers import Spent, Terms
from core.store.database import Pool
from core.store.store import Store
from local.batching import LocalBatching

COST = CallCost(instructions=500, history=6000, output=3500)
MOST = 10_000
TERMS = Terms(merge=True, quiet=0, history=60, cost=COST)
ANNA = Manager(ManagerId("anna"), "Anna")
numbers = itertools.count()


async def asks(store: Store, name: str, address: str = "203.0.113.7") -> ChatId:
    """A chat with a question, from an address."""
    socket = ConnectionId(f"socket-{name}")
    await store.connections.enter(Target(socket, "http://node/ws"), ChatId(name), address=address)
    await store.turns.receive(socket, "hello", f"m-{next(numbers)}")
    return ChatId(name)


async def claimed(store: Store, chat: ChatId) -> Claim:
    found = (await store.answers.claim(chat, TERMS)).claim
    assert found is not None
    return found


async def test_m8_a_renewed_claim_replaces_its_reservation(pool: Pool) -> None:
    store = Store(pool, Limits(tokens_per_day=1_000_000))
    first = await claimed(store, await asks(store, "a"))
    assert await store.answers.spent_today() == Spent(0, MOST)
    again = await store.answers.claim(first.chat_id, TERMS, first.attempt, 300)
    assert again.claim and await store.answers.spent_today() == Spent(300, MOST)
    # The result was lost, and the call is repeated.
    repeated = await store.answers.claim(first.chat_id, TERMS, first.attempt, 300)
    assert repeated.outcome == "fenced" and await store.answers.spent_today() == Spent(300, MOST)
    for _ in range(2):
        await store.answers.settle(first, 900)
        await store.turns.finish(again.claim, "done", usage=Usage("m", 40, 60))
    assert await store.answers.spent_today() == Spent(400, 0)


async def test_m8_a_retry_waits_when_it_fits_no_more(pool: Pool) -> None:
    store = Store(pool, Limits(tokens_per_day=2 * MOST))
    first = await claimed(store, await asks(store, "a"))
    second = await claimed(store, await asks(store, "b"))
    retried = await store.answers.claim(first.chat_id, TERMS, first.attempt, 5_000)
    assert (retried.outcome, retried.delay, retried.claim) == ("queued", 1, None)
    assert await store.answers.spent_today() == Spent(5_000, MOST)
    # Its job comes in a second. Another one has nothing to do until then.
    assert (await store.answers.claim(first.chat_id, TERMS)).outcome == "nothing"
    await store.turns.finish(second, "done", usage=Usage("m", 40, 60))
    await pool.execute("update chats set queued_until = clock_timestamp()")
    assert (await claimed(store, first.chat_id)).attempt == first.attempt + 1
    assert await store.answers.spent_today() == Spent(5_100, MOST)


async def test_m8_an_answer_that_lost_its_claim_is_settled_by_its_count(pool: Pool) -> None:
    store = Store(pool, Limits(tokens_per_day=1_000_000))
    claim = await claimed(store, await asks(store, "a"))
    await store.inbox.take_over(claim.chat_id, ANNA, None, None)
    assert await store.turns.finish(claim, "too late", usage=Usage("m", 40, 60)) is None
    assert await store.answers.spent_today() == Spent(100, 0)


async def test_m8_an_answer_that_gives_way_is_settled_once_whatever_is_repeated(pool: Pool) -> None:
    """By the claim that follows; or where its writer stops, by what gives the claim back."""
    store = Store(pool, Limits(tokens_per_day=1_000_000))
    for chat, stops in (("a", False), ("b", True)):
        spent = (await store.answers.spent_today()).tokens
        claim = await claimed(store, await asks(store, chat))
        await store.turns.receive(ConnectionId(f"socket-{chat}"), "and", f"m-{next(numbers)}")
        for _ in range(3):
            # The result was lost, and the call is repeated.
            assert await store.turns.finish(claim, "done", tokens=300, unless_newer=True) is None
        if stops:
            await store.answers.release(claim, 300)
            assert await store.answers.spent_today() == Spent(spent + 300, 0)
            continue
        again = await store.answers.claim(claim.chat_id, TERMS, claim.attempt, 300)
        assert again.claim and await store.answers.spent_today() == Spent(spent + 300, MOST)
        for _ in range(2):
            await store.turns.finish(again.claim, "done", tokens=50, unless_newer=True)
        assert await store.answers.spent_today() == Spent(spent + 350, 0)


async def test_m8_a_stale_claim_is_settled_by_whoever_takes_it(pool: Pool) -> None:
    store = Store(pool, Limits(tokens_per_day=1_000_000))
    claim = await claimed(store, await asks(store, "a"))
    await store.answers.save(claim, 0, "x" * 400, merge=True)
    await pool.execute("update chats set beat_at = beat_at - interval '21 seconds'")
    await claimed(store, claim.chat_id)
    assert await store.answers.spent_today() == Spent(500 + 1 + 100, MOST)


async def test_m8_what_many_do_at_once_is_counted_once(pool: Pool) -> None:
    """Two processes, three addresses, and every way to end an answer. Nobody waits for ever."""
    limits = Limits(tokens_per_day=10**9, tokens_per_address=10**9)
    stores = [Store(pool, limits, LocalBatching()) for _ in range(2)]
    chats = [await asks(stores[0], f"chat-{n}", f"203.0.113.{n % 3}") for n in range(30)]
    costs: list[int] = []

    async def live(chat: ChatId, dice: random.Random) -> None:
        for _ in range(8):
            store = dice.choice(stores)
            claim = await claimed(store, chat)
            costs.append(cost := dice.randrange(1, 5_000))
            match dice.randrange(4):
                case 0:
                    await store.turns.finish(claim, "done", usage=Usage("m", 0, cost))
                case 1:
                    await store.answers.release(claim, cost)
                case 2:
                    renewed = await store.answers.claim(chat, TERMS, claim.attempt, cost)
                    assert renewed.claim
                    await store.answers.release(renewed.claim, 0)
                case _:
                    await store.inbox.stop(chat, ANNA)
                    await store.answers.settle(claim, cost)
            await asks(store, chat)

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for n, chat in enumerate(chats):
            group.create_task(live(chat, random.Random(n)))
    assert await stores[0].answers.spent_today() == Spent(sum(costs), 0)
    assert await pool.fetchval("select sum(tokens) from address_spending") == sum(costs)
    assert await pool.fetchval("select sum(spent) from chats") == sum(costs)
    assert await pool.fetchval("select max(reserved) from address_spending") == 0
