"""A manager sees where they are signed in, ends it there, and changes their name."""

import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.access.people import begin, call, signed
from tests.access.test_managers import browser, command, token_in
from tests.client import Client
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sessions(of: httpx2.Client) -> list[dict[str, Any]]:
    answer = of.get("/manager/sessions")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["sessions"]
    return found


def another(server: Server, of: httpx2.Client, **headers: str) -> httpx2.Client:
    """Another device, signed in by a link of the first."""
    made = httpx2.Client(base_url=server.url, timeout=60, verify=False)
    token = token_in(of.post("/manager/links").json()["url"])
    answer = made.post("/manager/session", json={"token": token}, headers=headers)
    assert answer.status_code == 201, answer.text
    return made


def socket_of(server: Server, of: httpx2.Client) -> Client:
    url = of.post("/tickets", json={}).json()["ws_url"]
    return Client(server, url.removeprefix(server.socket_url("")))


def name_of() -> str:
    return f"anna-{secrets.token_hex(4)}"


async def test_a_manager_sees_each_sign_in_and_which_one_is_here(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    with closing(browser(server, await manager_link(pool, name))) as first:
        hostile = f"{FIREFOX} {'x' * 900}"
        with closing(another(server, first, **{"user-agent": hostile})) as second:
            here, there = sessions(first)
            assert (here["current"], there["current"]) == (True, False)
            assert there["user_agent"].startswith(FIREFOX) and len(there["user_agent"]) == 300
            assert [one["current"] for one in sessions(second)] == [True, False]
            assert sessions(second)[0]["id"] == there["id"]
            # Nothing of it signs anybody in.
            assert set(here) == {
                *("id", "user_agent", "created_at", "seen_at", "expires_at", "current")
            }
            # It was seen a day ago, and now it calls.
            day_ago = datetime.now(UTC) - timedelta(days=1)
            await pool.execute("update sign_ins set seen_at = $1", day_ago)
            second.get("/manager/me")
            before, seen = (datetime.fromisoformat(one["seen_at"]) for one in sessions(first))
            assert seen - before < timedelta(minutes=1)  # This call was one, too.
            assert datetime.now(UTC) - seen < timedelta(minutes=1)


async def test_calls_of_the_same_minutes_write_nothing(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    version = "select xmin from sign_ins where manager_id = $1"
    with closing(browser(server, await manager_link(pool, name))) as first:
        before = await pool.fetchval(version, name)
        for _ in range(3):
            sessions(first)
        assert await pool.fetchval(version, name) == before


async def test_i7_a_sign_in_that_was_ended_ends_at_once_with_its_socket(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    with (
        closing(browser(server, await manager_link(pool, name))) as first,
        closing(another(server, first)) as second,
    ):
        kept = second.post("/tickets", json={}).json()["ws_url"]
        async with socket_of(server, second) as socket:
            [there] = [one for one in sessions(first) if not one["current"]]
            assert first.delete(f"/manager/sessions/{there['id']}").status_code == 204
            await socket.socket.wait_closed()
        assert second.get("/manager/me").status_code == 401
        assert second.post("/tickets", json={}).status_code == 401
        # Neither does a ticket that it had already.
        with pytest.raises(InvalidStatus) as refused:
            await connect(kept)
        assert refused.value.response.status_code == 401
        assert [one["current"] for one in sessions(first)] == [True]
        async with socket_of(server, first) as socket:
            await socket.send("ping")
            await socket.next("pong")
        assert first.delete(f"/manager/sessions/{there['id']}").status_code == 404


async def test_all_others_end_with_the_link_that_one_of_them_may_have_made(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    with (
        closing(browser(server, await manager_link(pool, name))) as first,
        closing(another(server, first)) as second,
        closing(another(server, first)) as third,
    ):
        unused = token_in(third.post("/manager/links").json()["url"])
        async with socket_of(server, second) as one, socket_of(server, third) as two:
            assert first.delete("/manager/sessions").status_code == 204
            await one.socket.wait_closed()
            await two.socket.wait_closed()
        for gone in (second, third):
            assert gone.get("/manager/me").status_code == 401
        spent = call(server, "POST", "/manager/session", json={"token": unused})
        assert spent.status_code == 401
        assert first.get("/manager/me").status_code == 200
        # There is nothing more to end.
        assert first.delete("/manager/sessions").status_code == 204
        assert first.get("/manager/me").status_code == 200


async def test_i7_nobody_sees_or_ends_the_sign_in_of_another(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with (
        closing(browser(server, await manager_link(pool, name_of()))) as anna,
        closing(browser(server, await manager_link(pool, name_of(), "admin"))) as boss,
    ):
        [hers] = sessions(anna)
        assert [one["id"] for one in sessions(boss)] != [hers["id"]]
        assert boss.delete(f"/manager/sessions/{hers['id']}").status_code == 404
        assert boss.delete("/manager/sessions").status_code == 204
        assert anna.get("/manager/me").status_code == 200
        # A page of another site ends none.
        foreign = anna.delete("/manager/sessions", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


async def test_visitors_read_the_new_name_from_then_on(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user = begin(server)
    with closing(browser(server, await manager_link(pool, name_of(), "admin"))) as anna:
        assert anna.get("/manager/me").json()["own_name"] is True
        async with user.client() as visitor:
            await visitor.say("hello")
            await visitor.reply_to(1)
            said = {"chat_id": user.chat_id, "text": "one"}
            before = anna.post("/manager/send", json=said).json()["author"]["name"]
            renamed = anna.patch("/manager/me", json={"name": " Anna \u202eBerg "})
            assert renamed.status_code == 200 and renamed.json()["name"] == "Anna Berg"
            assert anna.get("/manager/me").json()["name"] == "Anna Berg" != before
            anna.post("/manager/send", json={**said, "text": "two"})
            heard = await visitor.next("message", text="two")
            assert heard["author"]["name"] == "Anna Berg"
            # The chat was hers already.
            await visitor.wait(
                lambda f: f["type"] == "chat" and f.get("manager", {}).get("name") == "Anna Berg"
            )
            history = call(server, "GET", f"/history?chat_id={user.chat_id}", user.token).json()
            names = [m["author"]["name"] for m in history["messages"] if m.get("author")]
            assert names[-2:] == [before, "Anna Berg"]
        [line] = [
            one
            for one in anna.get("/manager/audit").json()["entries"]
            if one["action"] == "renamed" and one["manager"]["name"] == "Anna Berg"
        ]
        assert "Anna" not in str({**line, "manager": None})
        for nothing in ("", "\u2800", " \n"):
            refused = anna.patch("/manager/me", json={"name": nothing})
            assert refused.status_code == 422, nothing


async def test_a_name_of_the_teams_own_login_is_changed_there(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    with closing(browser(server, await manager_link(pool, name))) as anna:
        # As the team's own login signs people in.
        await pool.execute("update sign_ins set slides = false where manager_id = $1", name)
        assert anna.get("/manager/me").json()["own_name"] is False
        refused = anna.patch("/manager/me", json={"name": "Somebody"})
        assert refused.status_code == 409 and "login" in refused.json()["detail"]
        assert anna.get("/manager/me").json()["name"] != "Somebody"


async def test_a_manager_who_is_removed_has_no_sign_in_to_see(serve: Serve, dsn: str) -> None:
    server = signed(serve)
    added = command(dsn, "add", "Anna Berg").stdout
    with closing(browser(server, token_in(added))) as anna:
        assert len(sessions(anna)) == 1
        assert command(dsn, "remove", added.split("\n")[0]).returncode == 0
        assert anna.get("/manager/sessions").status_code == 401
        assert anna.patch("/manager/me", json={"name": "Still here"}).status_code == 401
