"""Pages of other sites: no socket, no act in a manager's name; the widget where it is let in."""

from contextlib import closing

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.access.people import begin, call, signed
from tests.access.test_managers import browser
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link, manager_token

EVIL, SHOP = "https://evil.example", "https://shop.example"


async def handshake(server: Server, path: str, origin: str) -> int:
    try:
        async with connect(server.socket_url(path), origin=origin):  # type: ignore[arg-type]
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize(
    ("origin", "user", "manager"),
    [(EVIL, 403, 403), (SHOP, 101, 403), ("null", 403, 403), ("own", 101, 101)],
)
async def test_a_ticket_alone_does_not_let_a_foreign_page_in(
    shared: Serve, pool_of: PoolOf, origin: str, user: int, manager: int
) -> None:
    server = signed(shared, ALLOWED_ORIGINS=SHOP)
    pool = await pool_of(server)
    anna = call(server, "POST", "/tickets", await manager_token(pool), json={}).json()["ws_url"]
    origin = server.url if origin == "own" else origin
    assert await handshake(server, begin(server).socket_path(), origin) == user
    path = anna.removeprefix(server.socket_url(""))
    assert await handshake(server, path, origin) == manager


async def test_a_foreign_page_cannot_act_with_a_managers_cookie(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, ALLOWED_ORIGINS=SHOP)
    pool = await pool_of(server)
    user = begin(server)
    with closing(browser(server, await manager_link(pool, rank="admin"))) as signed_in:
        body = {"chat_id": user.chat_id, "text": "evil"}
        for origin in (EVIL, SHOP, "null"):
            for path, sent in (
                ("/manager/send", body),
                ("/tickets", {}),
                ("/manager/broadcast", {"text": "evil"}),
                ("/manager/session", {"token": "sbm_other"}),
            ):
                answer = signed_in.post(path, json=sent, headers={"origin": origin})
                assert answer.status_code == 403, (origin, path)
            assert signed_in.delete("/manager/session", headers={"origin": origin}).is_error
        # A form sends no JSON, and needs no permission to be sent.
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            form = signed_in.post(
                "/manager/send",
                content=f'{{"chat_id": "{user.chat_id}", "text": "evil"}}',
                headers={"content-type": kind},
            )
            assert form.status_code == 422
        own = signed_in.post("/manager/send", json=body, headers={"origin": server.url})
        assert own.status_code == 201


async def test_only_named_sites_may_read_answers(shared: Serve) -> None:
    server = signed(shared, ALLOWED_ORIGINS=SHOP)
    for origin, allowed in ((SHOP, SHOP), (EVIL, None)):
        asked = server.request(
            "OPTIONS",
            "/chats",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type,authorization",
            },
        )
        assert asked.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in asked.headers
        made = call(server, "POST", "/chats", json={}, headers={"origin": origin})
        assert made.headers.get("access-control-allow-origin") == allowed


async def test_with_a_public_url_no_other_name_is_answered(shared: Serve) -> None:
    server = signed(shared, PUBLIC_URL="https://chat.example")
    for host, path, status in (
        ("chat.example", "/", 200),
        ("evil.example", "/", 403),
        ("evil.example", "/healthz", 200),
        ("localhost", "/", 200),
    ):
        answer = server.request("GET", path, headers={"host": host})
        assert answer.status_code == status, (host, path)


async def test_answers_are_kept_nowhere_and_read_as_what_they_are(shared: Serve) -> None:
    server = signed(shared)
    user = begin(server)
    read = call(server, "GET", f"/history?chat_id={user.chat_id}", user.token)
    assert read.headers["cache-control"] == "no-store"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["content-type"] == "application/json"
    refused = call(server, "GET", "/manager/me")
    assert refused.headers["www-authenticate"] == "Bearer"
