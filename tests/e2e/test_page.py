"""Where a visitor is: told over the socket, seen by managers, and never by another visitor."""

from tests.client import manager, visitor
from tests.server import Serve

SHOP = "https://shop.example"


async def test_managers_see_the_page_that_the_visitor_is_on(shared: Serve) -> None:
    server = shared()
    chat_id = server.post("/chats", {"page_url": f"{SHOP}/a"}).json()["chat_id"]
    async with manager(server) as team, visitor(server, chat_id) as ada:
        await ada.say("hello")
        await team.next("message", chat_id=chat_id)
        await ada.send("page", url=f"{SHOP}/b")
        while True:
            chat = await team.next("chat", chat_id=chat_id)
            if chat["visitor"].get("page_url") == f"{SHOP}/b":
                break
    chats = server.get("/manager/chats").json()["chats"]
    assert [c["visitor"]["page_url"] for c in chats if c["chat_id"] == chat_id] == [f"{SHOP}/b"]


async def test_a_page_without_an_address_is_refused_and_changes_nothing(shared: Serve) -> None:
    server = shared()
    async with visitor(server, "page-less") as ada:
        await ada.say("hello")
        for wrong in ({}, {"url": 5}, {"url": None}):
            await ada.send("page", **wrong)
            await ada.next("error", code="invalid")
    [chat] = server.get("/manager/chats", chat_id="page-less").json()["chats"]
    assert "page_url" not in chat["visitor"]
