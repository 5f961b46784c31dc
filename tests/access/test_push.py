"""A manager's browsers that are woken: whose they are, and when that ends."""

import secrets
from contextlib import closing
from typing import Any

import httpx2
import pytest

from tests.access.people import call, signed
from tests.access.test_managers import browser, token_in
from tests.access.test_sessions import another, name_of
from tests.push_service import Subscriber
from tests.server import PoolOf, Serve
from tests.tickets import manager_link, manager_token

pytestmark = pytest.mark.noticed


def subscriber() -> Subscriber:
    return Subscriber(f"https://push.example/{secrets.token_urlsafe(16)}")


def devices(of: httpx2.Client) -> list[dict[str, Any]]:
    answer = of.get("/manager/push")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["devices"]
    return found


def add(of: httpx2.Client, one: Subscriber) -> str:
    answer = of.post("/manager/push", json=one.body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_i7_each_manager_has_their_own_devices(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    one = subscriber()
    with (
        closing(browser(server, await manager_link(pool, name_of()))) as anna,
        closing(browser(server, await manager_link(pool, name_of()))) as ben,
    ):
        made = add(anna, one)
        assert add(anna, one) == made
        [shown] = devices(anna)
        assert set(shown) == {"id", "user_agent", "created_at", "current"} and shown["current"]
        assert devices(ben) == []
        assert ben.delete(f"/manager/push/{made}").status_code == 404
        assert [one["id"] for one in devices(anna)] == [made]
        # The key is the installation's, and nothing of an address is ever shown.
        keys = {of.get("/manager/push").json()["key"] for of in (anna, ben)}
        assert len(keys) == 1
        assert one.endpoint not in anna.get("/manager/push").text
        # Whoever uses the browser next is woken by it, and nobody else.
        assert add(ben, one) == made
        assert devices(anna) == [] and len(devices(ben)) == 1
        assert ben.delete(f"/manager/push/{made}").status_code == 204
        assert devices(ben) == []


async def test_i7_it_ends_with_the_sign_in_and_with_the_manager(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    name = name_of()
    count = "select count(*) from push_subscriptions where manager_id = $1"
    with (
        closing(browser(server, await manager_link(pool, name))) as here,
        closing(another(server, here)) as there,
    ):
        kept = add(here, subscriber())
        add(there, subscriber())
        assert sorted(one["current"] for one in devices(here)) == [False, True]
        assert there.delete("/manager/session").status_code == 204
        assert [one["id"] for one in devices(here)] == [kept]
        used = (
            "select count(*) from push_subscriptions p, subscriptions_of($1, p.key_id) u"
            " where p.subscription_id = u.subscription_id"
        )
        assert await pool.fetchval(used, name) == 1
        await pool.execute("update sign_ins set expires_at = now() where manager_id = $1", name)
        assert await pool.fetchval(used, name) == 0
    await pool.execute("select remove_manager($1)", name)
    assert await pool.fetchval(count, name) == 0


async def test_a_manager_has_at_most_twenty(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, name_of()))) as anna:
        made = [add(anna, subscriber()) for _ in range(22)]
        assert [one["id"] for one in devices(anna)] == made[2:]


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "ftp://push.example/a"},
        {"endpoint": "https://anna:secret@push.example/a"},
        {"endpoint": "https:///a"},
        {"endpoint": f"https://push.example/{'a' * 2000}"},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": {"p256dh": "ä" * 87, "auth": "A" * 22}},
        {"keys": {"p256dh": "A" * 5000, "auth": "A" * 22}},
        {"language": "xx"},
    ],
)
async def test_what_no_browser_says_is_refused(
    shared: Serve, pool_of: PoolOf, wrong: dict[str, Any]
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, name_of()))) as anna:
        answer = anna.post("/manager/push", json=subscriber().body | wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "invalid"
        assert devices(anna) == []


async def test_a_program_is_no_device(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    token = await manager_token(await pool_of(server))
    answer = call(server, "POST", "/manager/push", token, json=subscriber().body)
    assert answer.status_code == 403


async def test_open_mode_has_a_key_that_outlives_the_process(serve: Serve) -> None:
    server = serve()
    key = server.get("/manager/push").json()["key"]
    made = server.post("/manager/push", subscriber().body).json()["id"]
    server.stop()
    server.start()
    found = server.get("/manager/push").json()
    assert found["key"] == key
    assert [one["id"] for one in found["devices"]] == [made]
    # With sign-in it is another key, and what was made for the old one is used no more.
    again = signed(serve)
    with closing(browser(again, token_in(again.printed))) as first:
        assert first.get("/manager/push").json()["key"] != key
        assert devices(first) == []


async def test_i12_what_calls_others_has_a_limit(serve: Serve, pool_of: PoolOf) -> None:
    """Ten a minute of one manager, and nobody else waits for that."""
    server = signed(serve, MESSAGES_PER_MINUTE="60")
    pool = await pool_of(server)
    with (
        closing(browser(server, await manager_link(pool, name_of()))) as anna,
        closing(browser(server, await manager_link(pool, name_of()))) as ben,
    ):
        add(anna, subscriber())
        add(ben, subscriber())
        said = [anna.post("/manager/push/test") for _ in range(12)]
        assert [one.status_code for one in said].count(202) in (10, 11)
        assert said[-1].status_code == 429 and int(said[-1].headers["retry-after"]) > 0
        assert ben.post("/manager/push/test").status_code == 202
    token = await manager_token(pool, name_of(), "admin")
    site = "/manager/sites/default"
    body = {"kind": "mail", "name": "Team", "email": "team@shop.example"}
    made = call(server, "POST", f"{site}/receivers", token, json=body).json()["id"]
    tests = [call(server, "POST", f"{site}/receivers/{made}/test", token) for _ in range(12)]
    assert {one.status_code for one in tests} == {202, 429} and tests[-1].status_code == 429
    again = f"{site}/deliveries/{tests[0].json()['id']}/again"
    codes = {call(server, "POST", again, token).status_code for _ in range(3)}
    assert 429 in codes
