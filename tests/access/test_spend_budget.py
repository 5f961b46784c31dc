"""M8: a budget holds for answers that run at once, and leaves others their part."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from core.chat import sentences
from core.store.database import Pool
from tests.access.people import begin, signed
from tests.client import Client, visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server
from tests.spending import RESERVED, asked, budget, nothing_is_reserved, paid, settled

BUDGET_SPENT, FAILED = sentences.BUDGET_SPENT["en"], sentences.FAILED["en"]
DEAR = Behaviour(cost=10_000)


async def said_to(clients: list[Client]) -> list[str]:
    """Each says something at once; what each is answered."""
    await asyncio.gather(*(client.say("hello") for client in clients))
    replies = await asyncio.gather(*(client.reply_to(1) for client in clients))
    return [reply["text"] for reply in replies]


async def test_m8_fifty_chats_at_once_stay_within_the_day(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    """Each answer costs 10,000, and the day has 20,000."""
    server = paid(serve, openai_server, TOKENS_PER_DAY="20000")
    openai_server.script(*[DEAR] * 100)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(visitor(server, f"chat-{n}")) for n in range(50)]
        said = await said_to(clients)
    assert await settled(server) == 20_000
    assert len(openai_server.requests) == 2
    assert said.count(BUDGET_SPENT) == 48
    assert await nothing_is_reserved(pool)


async def test_m8_an_answer_waits_while_others_have_reserved_what_is_left(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="20000")
    openai_server.script(Behaviour(text="Slowly. " * 20, delay=0.1), Behaviour(text="Soon."))
    async with visitor(server, "a") as first, visitor(server, "b") as second:
        await first.say("hello")
        await asked(openai_server, 1)
        assert budget(server)["tokens_reserved"] == RESERVED
        await second.say("and me?")
        await asyncio.to_thread(server.wait_for, "answer_queued")
        assert len(openai_server.requests) == 1 and not second.of("message", role="assistant")
        # More messages of the same chat do not ask more often.
        await second.say("hello?")
        assert (await first.reply_to(1))["state"] == "final"
        assert (await second.reply_to(2))["text"] == "Soon."
    assert await settled(server) < 20_000
    assert await nothing_is_reserved(pool)


async def test_m8_who_has_waited_for_a_minute_gets_a_person(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    """The budget is not spent, so nobody says that it is."""
    server = paid(serve, openai_server, TOKENS_PER_DAY="20000")
    openai_server.script(Behaviour(end="stall"))
    async with visitor(server, "a") as first, visitor(server, "b") as second:
        await first.say("hello")
        await asked(openai_server, 1)
        await second.say("and me?")
        await asyncio.to_thread(server.wait_for, "answer_queued")
        await pool.execute(
            "update chats set queued_since = queued_since - interval '61 seconds'"
            " where chat_id = 'b'"
        )
        reply = await second.reply_to(1)
        assert (reply["state"], reply["text"]) == ("failed", FAILED)
        await first.send("stop")
    waiting = server.get("/manager/chats", filter="waiting").json()["chats"]
    assert [(chat["chat_id"], chat["waiting_for"]) for chat in waiting] == [("b", "failed")]


async def test_m8_a_take_over_ends_the_wait_and_a_hand_back_begins_another(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="20000")
    openai_server.script(Behaviour(end="stall"), Behaviour(text="At last."))
    async with visitor(server, "a") as first, visitor(server, "b") as second:
        await first.say("hello")
        await asked(openai_server, 1)
        await second.say("and me?")
        await asyncio.to_thread(server.wait_for, "answer_queued")
        await pool.execute(
            "update chats set queued_since = queued_since - interval '59 seconds'"
            " where chat_id = 'b'"
        )
        for owner in ("manager", "assistant"):
            server.post("/manager/chats/b/owner", {"owner": owner}).raise_for_status()
        await asyncio.to_thread(server.wait_for, "answer_queued", 2)
        await first.send("stop")
        assert (await second.reply_to(1))["text"] == "At last."


@pytest.fixture(params=["POST /chats", "a socket"])
def people(
    request: pytest.FixtureRequest, serve: Serve, openai_server: OpenAIServer
) -> tuple[Server, str]:
    settings = {"OPENAI_KEY": "key", "OPENAI_BASE_URL": openai_server.base_url}
    settings |= {"QUIET_SECONDS": "0", "TOKENS_PER_DAY": "100000"}
    server = serve(**settings) if request.param == "a socket" else signed(serve, **settings)
    return server, str(request.param)


def person(server: Server, how: str, address: str, name: str) -> Client:
    headers = {"x-forwarded-for": address}
    if how == "a socket":
        return visitor(server, name, additional_headers=headers)
    return begin(server, **headers).client(additional_headers=headers)


async def test_m8_one_address_takes_no_more_than_its_share(
    people: tuple[Server, str], openai_server: OpenAIServer, pool: Pool
) -> None:
    """A fifth of 100,000 is two answers of 10,000. The next address has its own."""
    server, how = people
    openai_server.script(*[DEAR] * 100)
    async with AsyncExitStack() as stack:
        greedy = [
            await stack.enter_async_context(person(server, how, "203.0.113.7", f"chat-{n}"))
            for n in range(6)
        ]
        said = await said_to(greedy)
        assert said.count(BUDGET_SPENT) == 4 and len(openai_server.requests) == 2
        other = await stack.enter_async_context(person(server, how, "203.0.113.8", "other"))
        assert await said_to([other]) != [BUDGET_SPENT]
        # It is over for today only.
        await pool.execute("update address_spending set day = day - 1")
        await pool.execute("update spending set day = day - 1")
        await greedy[0].say("again")
        reply = await greedy[0].reply_to(3)
        assert reply["text"] != BUDGET_SPENT
    assert len(openai_server.requests) == 4
    assert await nothing_is_reserved(pool)


async def test_m8_no_share_is_no_limit(serve: Serve, openai_server: OpenAIServer) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="100000", ADDRESS_SHARE="0")
    openai_server.script(*[DEAR] * 4)
    async with AsyncExitStack() as stack:
        many = [
            await stack.enter_async_context(person(server, "a socket", "203.0.113.7", f"chat-{n}"))
            for n in range(4)
        ]
        assert BUDGET_SPENT not in await said_to(many)


async def test_m8_a_cost_belongs_to_the_day_it_was_reserved_on(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server)
    openai_server.script(Behaviour(text="Slowly. " * 20, delay=0.1, cost=5_000))
    forwarded = {"x-forwarded-for": "203.0.113.7"}
    async with visitor(server, "a", additional_headers=forwarded) as user:
        await user.say("hello")
        await asked(openai_server, 1)
        # Midnight: what was today is yesterday.
        await pool.execute("update spending set day = day - 1")
        await pool.execute("update address_spending set day = day - 1")
        await pool.execute("update chats set reserved_on = reserved_on - 1")
        await user.reply_to(1)
        assert await settled(server) == 0
        await user.say("and today")
        await user.reply_to(3)
    today = await settled(server)
    assert 0 < today < 5_000
    for table in ("spending", "address_spending"):
        rows = await pool.fetch(f"select tokens from {table} order by day")
        assert [row["tokens"] for row in rows] == [5_000, today], table
    assert await pool.fetchval("select spent from chats") == today
    assert await nothing_is_reserved(pool)


async def test_m8_a_worker_runs_a_bounded_number_of_answers(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    server = paid(serve, openai_server, ANSWERS_AT_ONCE="2")
    openai_server.script(*[Behaviour(text="Some words. " * 5, delay=0.1)] * 6)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(visitor(server, f"chat-{n}")) for n in range(6)]
        await asyncio.gather(*(client.say("hello") for client in clients))
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(client.reply_to(1)) for client in clients]
            most = 0
            while not all(task.done() for task in waiting):
                running = [one for one in openai_server.requests if not one.finished.is_set()]
                most = max(most, len(running))
                await asyncio.sleep(0.005)
    assert (most, len(openai_server.requests)) == (2, 6)
