"""The managers' list over HTTP: its filters and its order."""

from core.store.database import Pool
from tests.client import manager, visitor
from tests.server import Serve, Server


def listed(server: Server, **query: str) -> list[str]:
    """All pages of the list, each of one chat."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("/manager/chats", limit="1", **query, **cursor).json()
        found += [chat["chat_id"] for chat in page["chats"]]
        if "next_cursor" not in page:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_the_open_chats_of_every_owner_are_one_list_without_the_closed(
    serve: Serve,
) -> None:
    server = serve(ECHO_DELAY="0")
    for name in ("ada", "bob", "cyd", "dan"):
        async with visitor(server, name) as client:
            await client.say(f"hello from {name}")
            await client.reply_to(1)
    server.post("/manager/chats/bob/owner", {"owner": "manager"})
    server.post("/manager/chats/cyd/status", {"status": "closed"})
    assert sorted(listed(server, filter="open")) == ["ada", "bob", "dan"]
    everything = listed(server, filter="all")
    assert listed(server, filter="open") == [name for name in everything if name != "cyd"]
    assert sorted(listed(server, filter="open", q="hello")) == ["ada", "bob", "dan"]
    assert listed(server, filter="open", q="cyd") == []


async def test_a_broadcast_does_not_change_the_order_of_the_list(serve: Serve, pool: Pool) -> None:
    server = serve(ECHO_DELAY="0")
    for name in ("ada", "bob", "cyd"):
        async with visitor(server, name) as client:
            await client.say(f"hello from {name}")
            await client.reply_to(1)
    # Only the one that stands last gets it.
    async with visitor(server, "ada") as client, manager(server) as inbox:
        await client.send("resume", after=0)
        await client.next("ready")
        await inbox.send("resume")
        now = (await inbox.next("ready"))["now"]
        # A chat moves at most once a minute.
        await pool.execute("update chats set listed_at = listed_at - interval '1 hour'")
        before = server.get("/manager/chats").json()["chats"]
        server.post("/manager/broadcast", {"text": "We close at five.", "audience": ["ada"]})
        await client.wait(lambda frame: "We close at five." in str(frame))
        after = server.get("/manager/chats").json()["chats"]
        # Who was away hears of it all the same.
        await inbox.send("resume", since=now)
        changed = (await inbox.next("ready"))["chats"]
    assert [chat["chat_id"] for chat in after] == ["cyd", "bob", "ada"]
    assert [chat["active_at"] for chat in after] == [chat["active_at"] for chat in before]
    assert after[2]["last_message"]["text"] == "We close at five."
    assert [chat["chat_id"] for chat in changed] == ["ada"]


async def test_a_search_says_where_it_found_the_words(serve: Serve) -> None:
    server = serve(ECHO_DELAY="0")
    question = "Where is my parcel 4711? It should have been here on Monday."
    async with visitor(server, "ada") as client:
        await client.say("something else " * 30 + question + " More." * 40)
        await client.reply_to(1)
        for n in range(3):
            await client.say(f"another matter {n}")
    page = server.get("/manager/chats", q="PARC 4711").json()
    (hit,) = page["hits"]
    assert (hit["chat_id"], hit["seq"], hit["role"]) == ("ada", 2, "assistant")
    assert hit["text"].startswith("… ") and "my parcel 4711" in hit["text"]
    assert len(hit["text"]) < 300
    # Where a language has no spaces, the words are a part of one.
    async with visitor(server, "li") as client:
        await client.say("我想退款请帮忙")
    (hit,) = server.get("/manager/chats", q="退款").json()["hits"]
    assert hit["chat_id"] == "li" and "退款" in hit["text"]
    # By its id a chat is found, too, and then no message is the reason.
    assert "hits" not in server.get("/manager/chats", q="ada").json()
    assert "hits" not in server.get("/manager/chats").json()
