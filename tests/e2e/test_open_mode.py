"""Open mode lets in this machine's own pages and programs, and no page of another site."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.client import visitor
from tests.server import Serve

EVIL = "https://evil.example"
SHOP = "https://shop.example"


@pytest.mark.parametrize("path", ["/ws?chat_id=a", "/manager/ws"])
async def test_a_page_of_another_site_cannot_open_a_socket(shared: Serve, path: str) -> None:
    server = shared(ALLOWED_ORIGINS=SHOP)
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.socket_url(path), origin=EVIL)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    for origin in (SHOP, server.url):
        async with connect(server.socket_url(path), origin=origin) as ws:  # type: ignore[arg-type]
            await ws.send('{"action": "ping"}')
            assert await ws.recv() == '{"type":"pong"}'


async def test_a_page_of_another_site_can_neither_act_nor_read(shared: Serve, chat_id: str) -> None:
    server = shared(ALLOWED_ORIGINS=SHOP)
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        await user.reply_to(1)
    sent = server.request(
        "POST",
        "/manager/send",
        json={"chat_id": chat_id, "text": "evil"},
        headers={"origin": EVIL},
    )
    assert sent.status_code == 403 and "ALLOWED_ORIGINS" in sent.json()["detail"]
    read = server.request("GET", f"/history?chat_id={chat_id}", headers={"origin": EVIL})
    assert read.status_code == 403
    assert len(server.get("/history", chat_id=chat_id).json()["messages"]) == 2
    shop = server.request("GET", f"/history?chat_id={chat_id}", headers={"origin": SHOP})
    assert shop.headers["access-control-allow-origin"] == SHOP


async def test_a_name_that_was_rebound_to_this_machine_is_refused(shared: Serve) -> None:
    server = shared()
    for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]:80", 200)):
        answer = server.request("GET", "/manager/chats", headers={"host": host})
        assert answer.status_code == status, host
    public = shared(PUBLIC_URL="https://chat.example")
    answer = public.request("GET", "/manager/chats", headers={"host": "chat.example"})
    assert answer.status_code == 200


async def test_it_says_that_it_is_open(shared: Serve) -> None:
    assert "open_mode_used" in shared().log
