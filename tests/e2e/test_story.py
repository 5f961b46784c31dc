"""The whole way of a message, against the real server: raw frames in, raw frames out."""

import asyncio
import signal

from core.store.database import Pool
from tests.client import manager, visitor
from tests.server import Serve


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
        # It is answered with the summary, where no answer is being written.
        await boss.next("chat", chat_id=chat_id, last_seq=2)
        await user.send("typing")
        assert (await boss.next("typing", chat_id=chat_id))["role"] == "user"
        await user.send("seen", seq=2)
        assert (await boss.next("seen", chat_id=chat_id))["seq"] == 2
        await user.send("ping")
        await user.next("pong")
        await user.send("human", reason="a refund")
        event = await boss.next("message", kind="event", chat_id=chat_id)
        assert event["role"] == "user" and event["text"] == "A person was asked for: a refund"
        assert event["event"] == {"name": "asked_for_person", "reason": "a refund"}
        chat = await boss.next("chat", waiting_for="asked", chat_id=chat_id)
        assert chat["owner"] == "assistant" and chat["waiting_since"]
        await user.send("no_human")
        event = await boss.next("message", kind="event", chat_id=chat_id)
        assert event["event"] == {"name": "person_not_needed"}
        assert "waiting_since" not in await boss.next("chat", chat_id=chat_id)
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


async def test_i9_the_echo_answers_each_message(shared: Serve, chat_id: str) -> None:
    server = shared(ECHO_DELAY="0.3")
    async with visitor(server, chat_id) as user:
        for text in ("a", "b", "c"):
            await user.say(text)
        for seq in (1, 2, 3):
            await user.reply_to(seq)
        answers = user.of("message", role="assistant")
    assert [m["text"] for m in answers] == ["a", "b", "c"]


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
            pushed = await user.next("message", role="manager")
            assert pushed["text"] == "We close at six."
            assert (await user.resume())["chat"]["owner"] == "assistant"
            await user.say("thanks")
            await user.reply_to(4)
    progress = server.get(f"/manager/broadcasts/{sent.json()['broadcast_id']}").json()
    assert progress == {"recipients": 2, "stored": 2, "delivered": 2, "failed": 0, "done": True}
