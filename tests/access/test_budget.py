"""The assistant's price is bounded by the day; then a person answers."""

from core.chat import sentences
from core.store.database import Pool
from tests.client import manager, visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server


def start(serve: Serve, openai: OpenAIServer, **budget: str) -> Server:
    return serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai.base_url, QUIET_SECONDS="0", **budget)


async def test_a_spent_day_gives_the_next_visitor_a_person(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = start(serve, openai_server, TOKENS_PER_DAY="1")
    async with visitor(server, "a") as first, manager(server) as boss:
        await first.say("hello")
        assert (await first.reply_to(1))["state"] == "final"
        async with visitor(server, "b") as second:
            await second.say("and me?")
            reply = await second.reply_to(1)
            assert (reply["state"], reply["text"]) == ("final", sentences.BUDGET_SPENT["en"])
        pushed = await boss.wait(lambda f: f.get("waiting_for") == "budget")
        assert (pushed["chat_id"], pushed["owner"]) == ("b", "assistant")
    assert len(openai_server.requests) == 1
    waiting = server.get("/manager/chats", filter="waiting").json()["chats"]
    assert [chat["chat_id"] for chat in waiting] == ["b"]
    budget = server.get("/manager/budget").json()
    assert budget["tokens_today"] >= 1 == budget["tokens_per_day"]
    # A new day: the next message is answered without anyone's help, and nobody has to come.
    await pool.execute("update spending set day = day - 1")
    async with visitor(server, "b") as second:
        await second.say("again")
        await second.reply_to(3)
    assert len(openai_server.requests) == 2
    assert server.get("/manager/chats", filter="waiting").json()["chats"] == []


async def test_a_spent_chat_leaves_the_others_their_answers(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    server = start(serve, openai_server, TOKENS_PER_CHAT="1")
    async with visitor(server, "a") as first, visitor(server, "b") as second:
        await first.say("hello")
        await first.reply_to(1)
        await first.say("more")
        assert (await first.reply_to(3))["text"] == sentences.BUDGET_SPENT["en"]
        await second.say("hello")
        assert (await second.reply_to(1))["text"] != sentences.BUDGET_SPENT["en"]
    assert len(openai_server.requests) == 2


async def test_an_answer_that_was_stopped_has_its_price(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    server = start(serve, openai_server)
    openai_server.script(Behaviour(delay=0.05))
    async with visitor(server, "a") as user:
        await user.say("tell me a long story " * 20)
        await user.next("delta")
        await user.send("stop")
        await user.next("message", state="interrupted")
        # It is noted by the writer once it sees that it was stopped.
        openai_server.requests[0].disconnected.wait(60)
        await user.say("and now")
        await user.wait(lambda f: f.get("role") == "assistant" and f["state"] == "final")
    spent = server.get("/manager/budget").json()["tokens_today"]
    billed = 0
    async with visitor(server, "b") as other:
        await other.say("and now")
        await other.reply_to(1)
        billed = server.get("/manager/budget").json()["tokens_today"] - spent
    assert spent > billed + 50
