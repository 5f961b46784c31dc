"""The whole way of a message, against the real server: raw frames in, raw frames out."""

import asyncio
import signal

import pytest

from core.store.database import Pool
from tests.client import PATIENCE, Client, manager, visitor
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.server import PoolOf, Serve

# Neither for more of what the visitor writes nor for a second try is anything put off.
AT_ONCE = {"QUIET_SECONDS": "0", "RETRY_SECONDS": "0"}


def asks(openai: OpenAIServer, **more: str) -> dict[str, str]:
    return {"OPENAI_KEY": "key", "OPENAI_BASE_URL": openai.base_url, **more}


async def test_plain_text_is_stored_and_echoed_after_the_delay(shared: Serve, chat_id: str) -> None:
    server = shared(ECHO_DELAY="0.3")
    async with visitor(server, chat_id) as user:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await user.socket.send("hello")
        stored = await user.next("message", role="user")
        echo = await user.reply_to(1)
        assert loop.time() - began >= 0.3
    assert (stored["seq"], stored["text"]) == (1, "hello")
    assert (echo["seq"], echo["text"], echo["state"]) == (2, "hello", "final")
    page = server.get("/history", chat_id=chat_id).json()
    assert [m["text"] for m in page["messages"]] == ["hello", "hello"]


async def test_i2_resume_returns_exactly_what_was_missed(shared: Serve, chat_id: str) -> None:
    server = shared()
    async with visitor(server, chat_id) as user:
        await user.say("one")
        await user.reply_to(1)
    async with visitor(server, chat_id) as elsewhere:
        await elsewhere.say("two")
        await elsewhere.reply_to(3)
    async with visitor(server, chat_id) as user:
        ready = await user.resume(after=2)
        assert [(m["seq"], m["text"]) for m in ready["messages"]] == [(3, "two"), (4, "two")]
        assert not ready["has_more"]
        assert (await user.resume(after=4))["messages"] == []
        everything = await user.resume()
        assert [m["seq"] for m in everything["messages"]] == [1, 2, 3, 4]


async def test_a_long_history_comes_in_pages_that_fit_a_frame(shared: Serve, chat_id: str) -> None:
    server = shared()
    texts = ["ü" * 6000 + str(n) for n in range(4)]
    async with visitor(server, chat_id) as user:
        for text in texts:
            await user.say(text)
            await user.reply_to(user.of("message", role="user")[-1]["seq"])
        seen: list[dict[str, object]] = []
        more = True
        while more:
            ready = await user.resume(after=len(seen))
            seen += ready["messages"]
            more = ready["has_more"]
    assert [m["seq"] for m in seen] == list(range(1, 9))
    assert [m["text"] for m in seen if m["role"] == "user"] == texts


async def test_other_tabs_and_managers_see_a_message_and_its_echo(
    shared: Serve, chat_id: str
) -> None:
    server = shared()
    async with (
        visitor(server, chat_id) as one,
        visitor(server, chat_id) as two,
        manager(server) as boss,
    ):
        await one.say("hi")
        for client in (one, two, boss):
            await client.reply_to(1, chat_id=chat_id)
        for client in (one, two, boss):
            assert [m["seq"] for m in client.of("message", chat_id=chat_id)] == [1, 2]
        assert one.of("message", seq=1)[0] == two.of("message", seq=1)[0]
        chat = await boss.next("chat", chat_id=chat_id)
        assert chat["online"] and chat["unread"] == 1
        shown = await two.next("chat", chat_id=chat_id)
        assert "unread" not in shown


async def test_every_user_action_is_answered(shared: Serve, chat_id: str) -> None:
    server = shared()
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("hi")
        await user.reply_to(1)
        await boss.send("watch", chat_id=chat_id)
        await boss.next("empty")
        await user.send("typing")
        assert (await boss.next("typing", chat_id=chat_id))["role"] == "user"
        await user.send("seen", seq=2)
        assert (await boss.next("seen", chat_id=chat_id))["seq"] == 2
        await user.send("ping")
        await user.next("pong")
        await user.send("human", reason="a refund")
        event = await boss.next("message", kind="event", chat_id=chat_id)
        assert (event["role"], event["text"]) == ("user", "human: a refund")
        chat = await boss.next("chat", waiting_for="asked", chat_id=chat_id)
        assert chat["owner"] == "manager" and "manager" not in chat and chat["waiting_since"]
        await user.send("stop")
        await user.send("resume", after=0)
        assert (await user.next("ready"))["chat"]["seen"] == {"user": 2, "manager": 0}


async def test_every_manager_action_is_answered(shared: Serve, chat_id: str) -> None:
    server = shared()
    async with visitor(server, chat_id) as user, manager(server) as boss, manager(server) as other:
        await user.say("hi")
        await boss.reply_to(1, chat_id=chat_id)
        await boss.send("seen", chat_id=chat_id, seq=2)
        assert (await user.next("seen"))["role"] == "manager"
        assert (await other.next("chat", unread=0, chat_id=chat_id))["seen"]["manager"] == 2
        await boss.send("typing", chat_id=chat_id)
        assert (await user.next("typing"))["role"] == "manager"
        await boss.send("resume")
        ready = await boss.next("ready")
        assert ready["chats"] == []
        await user.say("again")
        await boss.send("resume", since=ready["now"])
        changed = await boss.next("ready")
        assert chat_id in [chat["chat_id"] for chat in changed["chats"]]
        await boss.send("unwatch", chat_id=chat_id)
        await boss.send("ping")
        await boss.next("pong")


async def test_typing_and_deltas_come_only_to_managers_who_watch(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server, **AT_ONCE))
    openai_server.script(Behaviour(delay=0.01))
    async with visitor(server, chat_id) as user, manager(server) as boss, manager(server) as other:
        await boss.send("watch", chat_id=chat_id)
        await user.say("tell me")
        for client in (user, boss, other):
            await client.reply_to(1, chat_id=chat_id)
        text = boss.of("message", reply_to=1, chat_id=chat_id)[0]["text"]
        assert text == answer_to("tell me")
        for client in (user, boss):
            assert "".join(d["text"] for d in client.of("delta")) == text
        assert not other.of("delta")


async def test_deltas_come_before_the_final_message_and_usage_is_stored(
    shared: Serve, openai_server: OpenAIServer, pool_of: PoolOf, chat_id: str
) -> None:
    server = shared(**asks(openai_server))
    openai_server.script(Behaviour(delay=0.02))
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
    how: str, shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server, **AT_ONCE))
    openai_server.script(*FAILURES[how])
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await fails(user, boss, chat_id)
        await comes_back(user, boss, chat_id)


async def test_i6_a_stall_ends_in_a_message_and_the_chat_waits(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    server = serve(**asks(openai_server, **AT_ONCE, OPENAI_STALL_SECONDS="1"))
    openai_server.script(Behaviour(end="stall"))
    async with visitor(server, "a") as user, manager(server) as boss:
        await fails(user, boss, "a")
    # On a busy machine a good answer is silent for a second, too.
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
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server))
    openai_server.script(Behaviour(status=429, code="rate_limit_exceeded"))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        assert (await user.reply_to(1))["text"] == answer_to("hello")


async def test_i5_a_manager_silences_the_assistant_in_the_middle_of_a_sentence(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server, **AT_ONCE))
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
        assert "Anna here, I take over." in str(openai_server.requests[-1].body["input"])
        assert answer["reply_to"] == own["seq"] + 1
    assert len(user.of("message", role="assistant")) == 2


async def test_i9_a_burst_gets_one_answer_from_openai(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server))
    async with visitor(server, chat_id) as user:
        for text in ("hi", "I have", "a question"):
            await user.say(text)
        await user.reply_to(3)
        await user.resume()
    assert len(openai_server.requests) == 1
    assert len(user.of("message", role="assistant")) == 1


async def test_i9_the_echo_answers_each_message(shared: Serve, chat_id: str) -> None:
    server = shared(ECHO_DELAY="0.3")
    async with visitor(server, chat_id) as user:
        for text in ("a", "b", "c"):
            await user.say(text)
        for seq in (1, 2, 3):
            await user.reply_to(seq)
        answers = user.of("message", role="assistant")
    assert [m["text"] for m in answers] == ["a", "b", "c"]


async def test_a_provider_that_fails_once_is_asked_again_and_the_reply_starts_anew(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server))
    openai_server.script(Behaviour(end="cut", delay=0.05, text="half of it " * 10), Behaviour())
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        final = await user.reply_to(1)
    tries = sorted({d["try"] for d in user.of("delta")})
    assert len(tries) == 2
    assert "".join(d["text"] for d in user.of("delta", **{"try": tries[1]})) == final["text"]


async def test_the_assistant_asks_for_a_person(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server))
    openai_server.script(Behaviour(text="", ask="wants a refund"))
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("I want to talk to somebody")
        assert len((await user.reply_to(1))["text"]) > 10
        event = await boss.next("message", kind="event", chat_id=chat_id)
        assert (event["role"], event["text"]) == ("assistant", "human: wants a refund")
        assert (await boss.next("chat", waiting_for="asked", chat_id=chat_id))["owner"] == "manager"


async def test_stop_keeps_what_was_shown(
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server, **AT_ONCE))
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
    shared: Serve, openai_server: OpenAIServer, chat_id: str
) -> None:
    server = shared(**asks(openai_server, **AT_ONCE))
    openai_server.script(Behaviour(delay=0.05, text="word " * 200))
    async with visitor(server, chat_id) as user:
        await user.say("go on")
        await user.next("delta")
        stopped = server.post(f"/manager/chats/{chat_id}/stop").json()
        assert (stopped["owner"], stopped["unanswered"]) == ("assistant", False)
        assert (await user.reply_to(1))["state"] == "interrupted"
    named = server.get("/manager/chats", chat_id=[chat_id, "nobody"]).json()
    assert [chat["chat_id"] for chat in named["chats"]] == [chat_id]


async def test_i4_an_answer_comes_after_the_server_was_killed_before_it(
    serve: Serve, pool: Pool
) -> None:
    server = serve(ECHO_DELAY="5", SWEEP_SECONDS="0.2")
    async with visitor(server, "a") as user:
        await user.say("still there?")
        server.stop(signal.SIGKILL)
    assert await pool.fetchval("select last_seq from chats") == 1
    # A dead writer's claim is left alone for 20 s; they pass here.
    await pool.execute("update chats set beat_at = beat_at - interval '20 seconds'")
    server.environment["ECHO_DELAY"] = "0"
    server.start()
    async with visitor(server, "a") as user:
        ready = await user.resume()
        if len(ready["messages"]) == 1:
            await user.reply_to(1)
    assert await pool.fetchval("select text from messages where reply_to = 1") == "still there?"


async def test_chats_are_still_there_after_a_restart(serve: Serve) -> None:
    server = serve()
    async with visitor(server, "a") as user:
        await user.say("remember me")
        await user.reply_to(1)
    assert server.stop() in (0, -signal.SIGTERM)
    server.start()
    assert [c["chat_id"] for c in server.get("/manager/chats").json()["chats"]] == ["a"]
    assert len(server.get("/history", chat_id="a").json()["messages"]) == 2


async def test_a_broadcast_reaches_open_chats_and_changes_no_owner(serve: Serve) -> None:
    server = serve()
    async with visitor(server, "a") as a, visitor(server, "b") as b:
        for user in (a, b):
            await user.say("hi")
            await user.reply_to(1)
        dry = server.post("/manager/broadcast", {"text": "We close at six.", "dry_run": True})
        assert dry.status_code == 202 and dry.json() == {"recipients": 2}
        sent = server.post("/manager/broadcast", {"text": "We close at six.", "client_id": "x"})
        again = server.post("/manager/broadcast", {"text": "We close at six.", "client_id": "x"})
        assert sent.json() == again.json() and sent.json()["recipients"] == 2
        for user in (a, b):
            told = await user.next("message", role="manager")
            assert told["text"] == "We close at six."
            assert (await user.resume())["chat"]["owner"] == "assistant"
            await user.say("thanks")
            await user.reply_to(4)
    progress = server.get(f"/manager/broadcasts/{sent.json()['broadcast_id']}").json()
    assert progress == {"recipients": 2, "stored": 2, "delivered": 2, "failed": 0, "done": True}
