"""API tokens: made by name, listed without their secrets, revoked one by one."""

import re
from contextlib import closing

from tests.access.people import call, people, signed
from tests.access.test_managers import browser, command
from tests.client import Client
from tests.server import PoolOf, Serve
from tests.tickets import api_token, manager_link


async def test_a_token_is_made_listed_used_and_revoked(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, "anna"))) as anna:
        made = anna.post("/manager/tokens", json={"name": " Weekly \u202ereports "}).json()
        assert re.fullmatch(r"sbm_[\w-]{43}", made["token"]) and made["name"] == "Weekly reports"
        other = anna.post("/manager/tokens", json={"name": "Other"}).json()
        assert call(server, "GET", "/manager/me", made["token"]).json()["id"] == "anna"
        first, second = anna.get("/manager/tokens").json()["tokens"]
        assert (first["name"], second["name"]) == ("Weekly reports", "Other")
        assert "used_on" in first and "used_on" not in second and "token" not in first
        url = call(server, "POST", "/tickets", made["token"], json={}).json()["ws_url"]
        async with Client(server, url.removeprefix(server.socket_url(""))) as socket:
            assert anna.delete(f"/manager/tokens/{made['id']}").status_code == 204
            await socket.socket.wait_closed()
        assert call(server, "GET", "/manager/me", made["token"]).status_code == 401
        assert call(server, "GET", "/manager/me", other["token"]).status_code == 200
        assert anna.delete(f"/manager/tokens/{made['id']}").status_code == 404


async def test_a_token_makes_no_sign_in_no_link_and_no_token(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    _, tokens = await people(server, pool)
    boss = tokens["admin"]
    for method, path, body, status in (
        ("POST", "/manager/session", {"token": boss}, 401),
        ("POST", "/manager/links", None, 403),
        ("POST", "/manager/tokens", {"name": "mine"}, 403),
        ("GET", "/manager/tokens", None, 403),
    ):
        assert call(server, method, path, boss, json=body).status_code == status, path


async def test_nobody_revokes_or_sees_the_token_of_another(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with (
        closing(browser(server, await manager_link(pool, "bea"))) as bea,
        closing(browser(server, await manager_link(pool, "boss", "admin"))) as boss,
    ):
        made = bea.post("/manager/tokens", json={"name": "mine"}).json()
        assert boss.delete(f"/manager/tokens/{made['id']}").status_code == 404
        assert boss.get("/manager/tokens").json()["tokens"] == []
        assert call(server, "GET", "/manager/me", made["token"]).status_code == 200


async def test_there_are_at_most_50(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with closing(browser(server, await manager_link(pool, "carl"))) as carl:
        for _ in range(50):
            await api_token(pool, "carl")
        refused = carl.post("/manager/tokens", json={"name": "one more"})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert carl.post("/manager/tokens", json={"name": "\u2800"}).status_code == 422


def test_the_command_line_makes_lists_and_revokes(serve: Serve, dsn: str) -> None:
    server = signed(serve)
    name = command(dsn, "add", "Anna Berg").stdout.split("\n")[0]
    token = command(dsn, "token", name, "Reports").stdout.strip()
    assert call(server, "GET", "/manager/me", token).json()["id"] == name
    listed = command(dsn, "tokens").stdout
    found = re.fullmatch(rf"(\S+)  {name} +used on \d{{4}}-\d\d-\d\d +Reports\n", listed)
    assert found, listed
    assert command(dsn, "revoke", found[1]).returncode == 0
    assert call(server, "GET", "/manager/me", token).status_code == 401
    assert command(dsn, "tokens").stdout == "There are no API tokens.\n"
    again = command(dsn, "revoke", found[1])
    assert again.returncode == 1 and "There is no token" in again.stderr
    nobody = command(dsn, "token", "nobody", "Reports")
    assert nobody.returncode == 1 and "There is no manager" in nobody.stderr


async def test_a_removed_manager_leaves_no_token(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    _, tokens = await people(server, pool)
    assert call(server, "GET", "/manager/me", tokens["revoked"]).status_code == 401
    kept = "select count(*) from {} where manager_id like 'gone-%'"
    for table in ("api_tokens", "sign_in_links", "sign_ins"):
        assert await pool.fetchval(kept.format(table)) == 0
