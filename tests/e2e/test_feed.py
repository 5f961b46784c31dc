"""A manager's socket with `feed=list`: summaries of all chats, messages of what it watches."""

import httpx2
import pytest

from core.store.database import Pool
from tests.client import Client, manager, visitor
from tests.server import Serve, Server


def listing(server: Server) -> Client:
    return Client(server, "/manager/ws?feed=list")


async def settled(*consoles: Client) -> None:
    """A pong comes after everything that was pushed before."""
    for console in consoles:
        await console.send("ping")
        await console.next("pong")


async def test_a_visitors_message_comes_with_the_answer(shared: Serve) -> None:
    server = shared()
    async with visitor(server, "feed-a") as user, listing(server) as list_, manager(server) as all_:
        for n in (1, 3):
            await user.say("hello")
            await user.reply_to(n)
            await list_.next("chat", chat_id="feed-a", last_seq=n + 1)
        await all_.reply_to(3)
        await settled(list_, all_)
        # A new chat's first message changes more than the list's last line.
        first, *later = (f for f in list_.frames if f.get("last_message"))
        assert (first["last_seq"], [f["last_seq"] for f in later]) == (1, [2, 4])
        assert later[-1]["last_message"]["role"] == "assistant" and later[-1]["unread"] == 2
        assert not list_.of("message")
        assert [f["seq"] for f in all_.of("message", chat_id="feed-a")] == [1, 2, 3, 4]
        assert not all_.of("chat", chat_id="feed-a", last_seq=4)


async def test_messages_come_of_what_is_watched(shared: Serve) -> None:
    server = shared()
    async with visitor(server, "feed-b") as user, listing(server) as list_:
        await user.say("hello")
        await user.reply_to(1)
        # It comes with the answer, and another one to who watches.
        await list_.next("chat", chat_id="feed-b", last_seq=2)
        await list_.send("watch", chat_id="feed-b")
        # What was read before may be behind: the summary says how far it goes.
        await list_.next("chat", chat_id="feed-b", last_seq=2)
        await settled(list_)
        await user.say("again")
        await list_.reply_to(3, chat_id="feed-b")
        # The answer may overtake it.
        await list_.wait(lambda f: f["type"] == "message" and f["seq"] == 3)
        assert {f["seq"] for f in list_.of("message", chat_id="feed-b")} == {3, 4}
        await user.send("seen", seq=4)
        await list_.next("seen", chat_id="feed-b", role="user")
        await list_.send("unwatch", chat_id="feed-b")
        await settled(list_)
        await user.say("and again")
        await list_.next("chat", chat_id="feed-b", last_seq=6)
        assert not list_.of("message", seq=5)


async def test_it_comes_at_once_where_a_person_is_owed(shared: Serve) -> None:
    server = shared()
    async with visitor(server, "feed-c") as user, listing(server) as list_:
        await user.say("hello")
        await user.reply_to(1)
        await user.send("human")
        waiting = await list_.next("chat", chat_id="feed-c", waiting_for="asked")
        await user.say("Is somebody there?")
        at_once = await list_.next("chat", chat_id="feed-c", last_seq=waiting["last_seq"] + 1)
        assert at_once["last_message"]["text"] == "Is somebody there?"
        # A person has the chat now, and nobody else answers.
        server.post("/manager/send", {"chat_id": "feed-c", "text": "I am."})
        mine = await list_.next("chat", chat_id="feed-c", owner="manager")
        assert mine["last_message"]["text"] == "I am."
        await user.say("Good.")
        await list_.next("chat", chat_id="feed-c", waiting_for="reply")
        await user.say("And?")
        last = await list_.wait(lambda f: "And?" in str(f.get("last_message")))
        assert last["waiting_for"] == "reply"
        await settled(list_)
        assert not list_.of("message", chat_id="feed-c")


async def test_what_is_not_answered_for_long_comes_with_the_next_message(
    serve: Serve, pool: Pool
) -> None:
    server = serve(ECHO_DELAY="0")
    async with visitor(server, "feed-s") as user, listing(server) as list_:
        await user.say("hello")
        await user.reply_to(1)
        await list_.next("chat", chat_id="feed-s", last_seq=2)
        server.stop()
    server.environment["ECHO_DELAY"] = "60"
    server.start()
    async with visitor(server, "feed-s") as user, listing(server) as list_:
        await user.say("Is it stuck?")
        await settled(list_)
        assert not list_.of("chat", last_seq=3)
        older = "update messages set created_at = created_at - interval '21 seconds' where seq = 3"
        await pool.execute(older)
        await user.say("It is.")
        await list_.next("chat", chat_id="feed-s", last_seq=4)


async def test_a_message_to_many_chats_reaches_the_list(shared: Serve) -> None:
    server = shared()
    async with visitor(server, "feed-d") as user, listing(server) as list_:
        await user.say("hello")
        await user.reply_to(1)
        body = {"text": "We close at five.", "audience": ["feed-d"]}
        assert server.post("/manager/broadcast", body).status_code < 300
        await user.next("message", role="manager")
        await list_.wait(lambda f: "We close" in str(f.get("last_message")))
        assert not list_.of("message", chat_id="feed-d")


async def test_seen_comes_to_those_who_watch(shared: Serve) -> None:
    server = shared()
    async with (
        visitor(server, "feed-e") as user,
        manager(server) as looks,
        manager(server) as elsewhere,
    ):
        await user.say("hello")
        await user.reply_to(1)
        await looks.send("watch", chat_id="feed-e")
        await looks.next("chat", chat_id="feed-e", last_seq=2)
        await user.send("seen", seq=2)
        await looks.next("seen", chat_id="feed-e", seq=2)
        await settled(elsewhere)
        assert not elsewhere.of("seen")
        # Whoever watches later gets the mark with the summary.
        await elsewhere.send("watch", chat_id="feed-e")
        summary = await elsewhere.wait(lambda f: f.get("seen", {}).get("user") == 2)
        assert summary["type"] == "chat"


@pytest.mark.parametrize("feed", ["all", "", "List"])
async def test_there_is_no_other_feed(shared: Serve, feed: str) -> None:
    server = shared()
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    async with httpx2.AsyncClient() as http:
        url = server.url + f"/manager/ws?feed={feed}"
        answer = await http.get(url, headers={**asked, "Sec-WebSocket-Key": key})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid"
