"""A link signs one browser in, once and within 24 hours. The sign-in slides."""

import re
import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from core.store.database import Pool
from tests.access.people import begin, call, signed
from tests.access.test_managers import browser, command, token_in
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link, manager_token

WEEK, DAY = timedelta(days=7), timedelta(days=1)


def sign_in(server: Server, token: str) -> int:
    return call(server, "POST", "/manager/session", json={"token": token}).status_code


def max_age(answer: httpx2.Response) -> int:
    found = re.search(r"switchboard=\S+; .*Max-Age=(\d+)", answer.headers["set-cookie"])
    assert found, answer.headers
    return int(found[1])


def is_about(moment: datetime, wanted: datetime) -> bool:
    return abs(moment - wanted) < timedelta(minutes=5)


async def set_ends(pool: Pool, manager: str, ends: timedelta, **columns: Any) -> None:
    slides = columns.get("slides", True)
    await pool.execute(
        "update sign_ins set expires_at = now() + $2, slides = $3 where manager_id = $1",
        manager,
        ends,
        slides,
    )


async def test_a_link_works_once_and_is_no_token_for_calls(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    link = await manager_link(await pool_of(server), "anna")
    assert call(server, "GET", "/manager/me", link).status_code == 401
    with closing(browser(server, link)) as first:
        assert sign_in(server, link) == 401
        refused = call(server, "POST", "/manager/session", json={"token": link}).json()
        assert "works once" in refused["detail"]
        assert first.get("/manager/me").json()["id"] == "anna"
        assert call(server, "GET", "/manager/me", link).status_code == 401


async def test_a_link_works_for_24_hours(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    link = await manager_link(pool, "bea")
    expires = await pool.fetchval("select expires_at from sign_in_links where manager_id = 'bea'")
    assert is_about(expires, datetime.now(UTC) + DAY)
    await pool.execute("update sign_in_links set expires_at = now() where manager_id = 'bea'")
    assert sign_in(server, link) == 401


async def test_another_device_is_signed_in_by_a_link_of_the_first(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, "carl"))) as first:
        unused = first.post("/manager/links").json()
        made = first.post("/manager/links")
        assert made.status_code == 201 and made.json()["url"].startswith(f"{server.url}/manager#")
        expires = datetime.fromisoformat(made.json()["expires_at"])
        assert is_about(expires, datetime.now(UTC) + DAY)
        # There is one unused link at a time.
        assert sign_in(server, token_in(unused["url"])) == 401
        with closing(browser(server, token_in(made.json()["url"]))) as second:
            assert second.get("/manager/me").json()["id"] == "carl"
        assert first.get("/manager/me").status_code == 200
        # A page of another site gets none.
        foreign = first.post("/manager/links", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


@pytest.mark.parametrize("path", ["/manager/chats", "/history", "/docs"])
async def test_each_call_renews_the_cookie_of_a_sign_in_that_slides(
    shared: Serve, pool_of: PoolOf, path: str
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = f"dana-{secrets.token_hex(4)}"
    with closing(browser(server, await manager_link(pool, name))) as signed_in:
        await set_ends(pool, name, timedelta(hours=1))
        renewed = signed_in.get(path, params={"chat_id": begin(server).chat_id})
        assert renewed.status_code == 200
        assert max_age(renewed) == WEEK.total_seconds()


async def test_a_sign_in_slides_and_renews_its_cookie(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, "dora"))) as signed_in:
        assert "set-cookie" not in signed_in.get("/manager/me").headers
        await set_ends(pool, "dora", timedelta(hours=1))
        # A console that stays open asks for nothing but tickets.
        renewed = signed_in.post("/tickets", json={})
        assert max_age(renewed) == WEEK.total_seconds()
        assert "HttpOnly" in renewed.headers["set-cookie"]
        ends = await pool.fetchval("select expires_at from sign_ins where manager_id = 'dora'")
        assert is_about(ends, datetime.now(UTC) + WEEK)
        assert "set-cookie" not in signed_in.get("/manager/me").headers
        await set_ends(pool, "dora", timedelta(0))
        assert signed_in.get("/manager/me").status_code == 401


async def test_what_a_login_makes_ends_with_it(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, "eve"))) as signed_in:
        # As the team's own login signs people in.
        await set_ends(pool, "eve", timedelta(hours=2), slides=False)
        ends = await pool.fetchval("select expires_at from sign_ins where manager_id = 'eve'")
        assert "set-cookie" not in signed_in.get("/manager/me").headers
        made = signed_in.post("/manager/links").json()
        token = signed_in.post("/manager/tokens", json={"name": "reports"}).json()
        assert datetime.fromisoformat(made["expires_at"]) == ends
        assert datetime.fromisoformat(token["expires_at"]) == ends
        with closing(browser(server, token_in(made["url"]))) as second:
            assert second.get("/manager/me").status_code == 200
            found = await pool.fetch(
                "select expires_at, slides from sign_ins where manager_id = 'eve'"
            )
            assert {(row["expires_at"], row["slides"]) for row in found} == {(ends, False)}


@pytest.mark.parametrize("how", ["api token", "nothing", "forged"])
async def test_nobody_else_makes_a_link(shared: Serve, pool_of: PoolOf, how: str) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    token = {
        "api token": await manager_token(pool),
        "nothing": None,
        "forged": "sbm_" + "A" * 43,
    }[how]
    answer = call(server, "POST", "/manager/links", token)
    assert answer.status_code == (403 if how == "api token" else 401)


def test_the_first_link_is_printed_again_when_it_ran_out_unused(serve: Serve, dsn: str) -> None:
    server = signed(serve)
    first = token_in(server.printed)
    server.stop()
    # Somebody came too late.
    expire(dsn)
    server.start()
    second = token_in(server.printed)
    assert sign_in(server, first) == 401
    browser(server, second).close()
    server.stop()
    expire(dsn)
    server.start()
    assert "token=" not in server.printed
    # Whoever is signed in nowhere any more gets another at the command line.
    browser(server, token_in(command(dsn, "link", "admin").stdout)).close()


def expire(dsn: str) -> None:
    from tests.apart import apart
    from tests.conftest import _execute

    apart(_execute(dsn, "delete from sign_in_links"))
