"""The managers' list over HTTP: its filters and its order."""

from tests.client import visitor
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
