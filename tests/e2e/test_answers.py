"""The way of an answer from OpenAI, against the real server: streamed, failed, stopped."""

import asyncio
from collections.abc import Callable

import pytest

from tests.client import PATIENCE, Client, manager, visitor
from tests.openai_events import Hold
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.server import PoolOf, Serve

# Neither for more of what the visitor writes nor for a second try is anything put off.
Asks = Callable[..., dict[str, str]]
AT_ONCE = {"QUIET_SECONDS": "0", "RETRY_SECONDS": "0"}


@pytest.fixture(params=["responses", "chat"])
def asks(request: pytest.FixtureRequest, openai_of_file: OpenAIServer) -> Asks:
    """The settings of a server that asks the local OpenAI, by either API."""
    base = {"OPENAI_BASE_URL": openai_of_file.base_url, "OPENAI_API": str(request.param)}
    return lambda **more: {"OPENAI_KEY": "key", **base, **more}


async def test_typing_and_deltas_come_only_to_managers_who_watch(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(**AT_ONCE))
    openai_server.script(Behaviour(delay=0.01))
    async with visitor(server, chat_id) as user, manager(server) as boss, manager(server) as other:
        await boss.send("watch", chat_id=chat_id)
        await user.say("tell me")
        for client in (user, boss, other):
            await client.reply_to(1, chat_id=chat_id)
        text = boss.of("message", reply_to=1, chat_id=chat_id)[0]["text"]
        assert text == answer_to("tell me")
        for client in (user, boss):
            # A push may be lost on a busy machine; what came is of this answer, where it says.
            pieces = client.of("delta", chat_id=chat_id)
            assert pieces
            for d in pieces:
                assert text[d["offset"] : d["offset"] + len(d["text"])] == d["text"]
        assert not other.of("delta")


async def test_deltas_come_before_the_final_message_and_usage_is_stored(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, pool_of: PoolOf, chat_id: str
) -> None:
    server = shared(**asks())
    # Longer than several flushes, also on a busy machine.
    openai_server.script(Behaviour(delay=0.15))
    async with visitor(server, chat_id) as user:
        await user.say("hello there")
        final = await user.reply_to(1)
        kinds = [f["type"] for f in user.frames if f["type"] in ("delta", "message")]
    deltas = user.of("delta")
    assert kinds[0] == "message" and kinds[-1] == "message" and len(deltas) >= 2
    assert "".join(d["text"] for d in deltas) == final["text"] == answer_to("hello there")
    assert final["state"] == "final" and final["html"].startswith("<p>")
    offsets = [d["offset"] for d in deltas]
    assert offsets == [sum(len(d["text"]) for d in deltas[:n]) for n in range(len(deltas))]
    pool = await pool_of(server)
    usage = await pool.fetchval(
        "select usage from messages where chat_id = $1 and seq = 2", chat_id
    )
    assert "output_tokens" in usage


FAILURES = {
    "an error event": [Behaviour(end="error", code="server_error")],
    "a failed response": [Behaviour(end="failed", code="server_error")],
    "a cut stream": [Behaviour(end="cut")],
    "a broken connection": [Behaviour(end="abort")],
    "429 for ever": [Behaviour(status=429, code="rate_limit_exceeded")],
    "401": [Behaviour(status=401, code="invalid_api_key")],
    "500": [Behaviour(status=500, code="server_error")],
}


@pytest.mark.parametrize("how", FAILURES)
async def test_i6_each_failure_ends_in_a_message_and_the_chat_waits(
    how: str, shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(**AT_ONCE))
    openai_server.script(*FAILURES[how])
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await fails(user, boss, chat_id)
        await comes_back(user, boss, chat_id)


async def test_i6_a_stall_ends_in_a_message_and_the_chat_waits(
    serve: Serve, asks: Asks, openai_server: OpenAIServer
) -> None:
    server = serve(**asks(**AT_ONCE, OPENAI_STALL_SECONDS="3"))
    openai_server.script(Behaviour(end="stall"))
    async with visitor(server, "a") as user, manager(server) as boss:
        await fails(user, boss, "a")
    # On a busy machine a good answer is silent for as long, too, or nothing was asked in time.
    openai_server.unscript()
    server.environment["OPENAI_STALL_SECONDS"] = "60"
    server.stop()
    server.start()
    async with visitor(server, "a") as user, manager(server) as boss:
        await comes_back(user, boss, "a")


async def fails(user: Client, boss: Client, chat_id: str) -> None:
    await user.say("hello")
    failed = await user.reply_to(1)
    assert failed["state"] == "failed" and len(failed["text"]) > 20
    chat = await boss.next("chat", waiting_for="failed", chat_id=chat_id)
    assert chat["owner"] == "assistant" and chat["waiting_since"]


async def comes_back(user: Client, boss: Client, chat_id: str) -> None:
    """By itself: the next message is tried again."""
    await user.say("and now?")
    answered = await user.wait(
        lambda f: f["type"] == "message" and f["state"] == "final" and f["role"] == "assistant"
    )
    assert answered["text"] == answer_to("and now?")
    assert "waiting_for" not in await boss.next("chat", unanswered=False, chat_id=chat_id)


async def test_429_then_success_is_answered_as_if_nothing_was(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks())
    openai_server.script(Behaviour(status=429, code="rate_limit_exceeded"))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        assert (await user.reply_to(1))["text"] == answer_to("hello")


async def test_i5_a_manager_silences_the_assistant_in_the_middle_of_a_sentence(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(**AT_ONCE))
    openai_server.script(Behaviour(delay=0.05, text="word " * 200))
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("tell me a story")
        await user.next("delta")
        await user.next("delta")
        sent = server.post("/manager/send", {"chat_id": chat_id, "text": "Anna here, I take over."})
        assert sent.status_code == 201
        kept = await user.reply_to(1)
        shown = "".join(d["text"] for d in user.of("delta"))
        assert kept["state"] == "interrupted" and kept["text"].startswith(shown)
        request = openai_server.requests[-1]
        assert await asyncio.to_thread(request.disconnected.wait, PATIENCE)
        own = await user.wait(lambda f: f["type"] == "message" and f["role"] == "manager")
        assert own["seq"] == kept["seq"] + 1 and own["author"]["name"]
        chat = await boss.next("chat", owner="manager", chat_id=chat_id)
        assert chat["epoch"] == 2 and not chat["unanswered"]
        # What the visitor writes now waits for a person, and the machine is silent.
        await user.say("oh, hello Anna")
        assert (await boss.next("chat", waiting_for="reply", chat_id=chat_id))["waiting_since"]
        asked = len(openai_server.requests)
        handed = server.post(f"/manager/chats/{chat_id}/owner", {"owner": "assistant"}).json()
        assert handed["owner"] == "assistant" and handed["unanswered"]
        answer = await user.wait(
            lambda f: f["type"] == "message" and f["state"] == "final" and f["role"] == "assistant"
        )
        assert len(openai_server.requests) == asked + 1
        assert "Anna here, I take over." in str(openai_server.requests[-1].body)
        assert answer["reply_to"] == own["seq"] + 1
    assert len(user.of("message", role="assistant")) == 2


async def test_i9_a_burst_gets_one_answer_from_openai(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks())
    async with visitor(server, chat_id) as user:
        for text in ("hi", "I have", "a question"):
            await user.say(text)
        await user.reply_to(3)
        await user.resume()
    assert len(openai_server.requests) == 1
    assert len(user.of("message", role="assistant")) == 1


async def test_i9_who_writes_during_a_call_gets_one_answer_to_all(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    """Nothing was shown yet when the first call ended, all at once."""
    server = shared(**asks(**AT_ONCE))
    hold = Hold()
    openai_server.script(Behaviour(held=hold), Behaviour())
    async with visitor(server, chat_id) as user:
        await user.say("my name is Ada")
        assert await asyncio.to_thread(hold.asked.wait, PATIENCE)
        await user.say("who am I?")
        await user.next("message", role="user", text="who am I?")
        hold.over.set()
        answer = await user.reply_to(2)
        await user.resume()
    assert "who am I?" in answer["text"]
    assert len(user.of("message", role="assistant")) == 1
    assert len(openai_server.requests) == 2


async def test_a_provider_that_fails_once_is_asked_again_and_the_reply_starts_anew(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks())
    # What comes at once needs no delta.
    half, whole = Behaviour(end="cut", delay=0.05, text="half of it " * 10), Behaviour(delay=0.05)
    openai_server.script(half, whole)
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        final = await user.reply_to(1)
    attempts = sorted({d["try"] for d in user.of("delta")})
    assert len(attempts) == 2
    assert "".join(d["text"] for d in user.of("delta", **{"try": attempts[1]})) == final["text"]


async def test_the_assistant_asks_for_a_person(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks())
    openai_server.script(Behaviour(text="", ask="wants a refund"))
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("I want to talk to somebody")
        assert len((await user.reply_to(1))["text"]) > 10
        event = await boss.next("message", kind="event", chat_id=chat_id)
        assert (
            event["role"] == "assistant"
            and event["text"] == "A person was asked for: wants a refund"
        )
        assert event["event"] == {"name": "asked_for_person", "reason": "wants a refund"}
        chat = await boss.next("chat", waiting_for="asked", chat_id=chat_id)
        assert chat["owner"] == "assistant"
        # The assistant goes on until a person writes.
        openai_server.script(Behaviour(text="meanwhile"))
        await user.say("and another thing")
        assert (await user.next("message", role="assistant", text="meanwhile"))["state"] == "final"


async def test_stop_keeps_what_was_shown(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(**AT_ONCE))
    openai_server.script(Behaviour(delay=0.05, text="word " * 200))
    async with visitor(server, chat_id) as user:
        await user.say("go on")
        await user.next("delta")
        await user.send("stop")
        kept = await user.reply_to(1)
        shown = "".join(d["text"] for d in user.of("delta"))
        assert kept["state"] == "interrupted" and kept["text"].startswith(shown)
        request = openai_server.requests[0]
        assert await asyncio.to_thread(request.disconnected.wait, PATIENCE)
        assert not (await user.resume())["chat"]["unanswered"]


async def test_a_manager_stops_an_answer_without_taking_over(
    shared: Serve, asks: Asks, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(**AT_ONCE))
    openai_server.script(Behaviour(delay=0.05, text="word " * 200))
    async with visitor(server, chat_id) as user:
        await user.say("go on")
        await user.next("delta")
        stopped = server.post(f"/manager/chats/{chat_id}/stop").json()
        assert (stopped["owner"], stopped["unanswered"]) == ("assistant", False)
        assert (await user.reply_to(1))["state"] == "interrupted"
    named = server.get("/manager/chats", chat_id=[chat_id, "nobody"]).json()
    assert [chat["chat_id"] for chat in named["chats"]] == [chat_id]
