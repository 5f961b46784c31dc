"""What nobody means to send is answered in a sentence, and never with an internal error."""

import base64
import json
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import call, signed
from tests.client import Client
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link, manager_ticket, manager_token

HALF = "a\ud800b"
NO_ORIGINS = ("http://[", "http://a]b", "null", "", "https://[::1", "x" * 3000)
FAR = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "1969-12-31T00:00:00Z",
)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/chats", {"visitor": {"name": HALF, "email": HALF, "locale": HALF}}),
        ("POST", "/chats", {"page_url": HALF}),
        ("POST", "/chats", {HALF: HALF, "visitor": {HALF: 1}}),
        ("POST", "/tickets", {"chat_id": HALF}),
        ("POST", "/manager/session", {"token": HALF}),
        ("POST", "/manager/session", {"token": "sbm_" + HALF}),
        ("POST", "/manager/send", {"chat_id": "a", "text": HALF, "client_id": HALF}),
        ("POST", "/manager/broadcast", {"text": HALF, "audience": HALF}),
        ("POST", "/manager/broadcast", {"text": HALF, "audience": [HALF], "client_id": HALF}),
    ],
)
@pytest.mark.parametrize("who", ["nobody", "admin"])
async def test_half_a_character_is_no_defect(
    shared: Serve, pool_of: PoolOf, method: str, path: str, body: dict[str, Any], who: str
) -> None:
    server = signed(shared)
    token = await manager_token(await pool_of(server), rank="admin") if who == "admin" else None
    headers = {"content-type": "application/json"}
    answer = call(server, method, path, token, content=json.dumps(body), headers=headers)
    assert answer.status_code < 500, answer.text
    if path == "/chats" and who == "nobody":
        assert answer.status_code == 201


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_an_origin_that_is_none_is_refused(shared: Serve, origin: str) -> None:
    server = signed(shared)
    for cookie in ("", "switchboard=x"):
        headers = {"origin": origin} | ({"cookie": cookie} if cookie else {})
        for method, path, body in (
            ("POST", "/manager/session", {"token": "sbm_wrong"}),
            ("GET", "/manager/me", None),
            ("DELETE", "/manager/session", None),
            ("POST", "/chats", {}),
        ):
            answer = call(server, method, path, json=body, headers=headers)
            assert answer.status_code < 500, (method, path, answer.text)


@pytest.mark.parametrize("host", ["[", "a]b", "[::1", "x" * 3000])
@pytest.mark.parametrize("sign_in", [True, False])
def test_a_host_that_is_none_is_refused(shared: Serve, host: str, sign_in: bool) -> None:
    server = signed(shared) if sign_in else shared()
    for method, path in (("GET", "/healthz"), ("POST", "/chats"), ("GET", "/nowhere/")):
        answer = call(server, method, path, json={}, headers={"host": host})
        assert answer.status_code < 500, (path, answer.text)


async def manager_of(server: Server, pool: Pool) -> Client:
    await manager_token(pool, "anna")
    return Client(server, f"/manager/ws?ticket={await manager_ticket(pool, 'anna')}")


async def test_times_beyond_the_calendar_are_refused_in_a_sentence(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve)
    boss = await manager_token(pool)
    async with await manager_of(server, pool) as manager:
        for time in FAR:
            await manager.send("resume", since=time)
            refused = await manager.next("error")
            assert refused["code"] == "invalid" and "since" in refused["message"], refused
            cursor = base64.urlsafe_b64encode(f"{time} a".encode()).decode()
            answer = call(server, "GET", f"/manager/chats?cursor={cursor}", boss)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), time
        await manager.send("resume", since="2026-01-01T00:00:00+23:59")
        await manager.next("ready")


async def test_only_the_prefixed_cookie_counts_over_tls(serve: Serve, pool: Pool) -> None:
    server = signed(serve, PUBLIC_URL="https://chat.example")
    token = await manager_link(pool)
    home = {"host": "chat.example", "origin": "https://chat.example"}
    made = call(server, "POST", "/manager/session", json={"token": token}, headers=home)
    name, value = made.headers["set-cookie"].split(";")[0].split("=", 1)
    assert name == "__Host-switchboard"

    def me(origin: str | None, cookie: str) -> int:
        headers = {"host": "chat.example", "cookie": f"{cookie}={value}"}
        headers |= {"origin": origin} if origin else {}
        return call(server, "GET", "/manager/me", headers=headers).status_code

    assert me("https://chat.example", name) == me(None, name) == 200
    # Another host of the same domain can set this one.
    assert me("https://chat.example", "switchboard") == me(None, "switchboard") == 401
    # Anybody on the way can write a page that came without TLS.
    assert me("http://chat.example", name) == 403
