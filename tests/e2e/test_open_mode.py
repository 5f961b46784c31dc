"""Open mode lets in this machine's own pages and programs, and no page of another site."""

from collections.abc import Callable

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.client import visitor
from tests.server import Server

Serve = Callable[..., Server]

EVIL = "https://evil.example"
SHOP = "https://shop.example"


@pytest.mark.parametrize("path", ["/ws?chat_id=a", "/manager/ws"])
async def test_a_page_of_another_site_cannot_open_a_socket(serve: Serve, path: str) -> None:
    server = serve(ALLOWED_ORIGINS=SHOP)
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.socket_url(path), origin=EVIL)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    for origin in (SHOP, server.url):
        async with connect(server.socket_url(path), origin=origin) as ws:  # type: ignore[arg-type]
            await ws.send('{"action": "ping"}')
            assert await ws.recv() == '{"type":"pong"}'


async def test_a_page_of_another_site_can_neither_act_nor_read(serve: Serve) -> None:
    server = serve(ALLOWED_ORIGINS=SHOP)
    async with visitor(server, "a") as user:
        await user.say("hello")
        await user.reply_to(1)
    sent = httpx2.post(
        f"{server.url}/manager/send",
        json={"chat_id": "a", "text": "evil"},
        headers={"origin": EVIL},
    )
    assert sent.status_code == 403 and "ALLOWED_ORIGINS" in sent.json()["detail"]
    read = httpx2.get(f"{server.url}/history?chat_id=a", headers={"origin": EVIL})
    assert read.status_code == 403
    assert len(server.get("/history", chat_id="a").json()["messages"]) == 2
    shop = httpx2.get(f"{server.url}/history?chat_id=a", headers={"origin": SHOP})
    assert shop.headers["access-control-allow-origin"] == SHOP


async def test_a_name_that_was_rebound_to_this_machine_is_refused(serve: Serve) -> None:
    server = serve()
    for host, status in (("evil.example", 403), ("localhost:1", 200), ("[::1]:80", 200)):
        answer = httpx2.get(f"{server.url}/healthz", headers={"host": host})
        assert answer.status_code == status, host
    public = serve(PUBLIC_URL="https://chat.example")
    answer = httpx2.get(f"{public.url}/healthz", headers={"host": "chat.example"})
    assert answer.status_code == 200


async def test_it_says_that_it_is_open(serve: Serve) -> None:
    assert "open_mode" in serve().log
