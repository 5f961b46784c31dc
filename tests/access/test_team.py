"""Admins invite, rank and remove colleagues in the browser, and what changes is felt at once."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from core.store.database import Pool
from tests.access.people import call, signed
from tests.access.test_managers import browser, token_in
from tests.access.test_sessions import socket_of
from tests.mailbox import mailbox, text_of
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import api_token, manager_link, manager_token

pytestmark = pytest.mark.sites

TEAM = "/manager/team"


@pytest.fixture
async def server(serve: Serve, pool: Pool) -> Server:
    await add_site(pool, "shop")
    await add_site(pool, "blog")
    return signed(serve)


@pytest.fixture
def boss(server: Server) -> Iterator[httpx2.Client]:
    """The first admin, by the link that the first start printed."""
    with closing(browser(server, token_in(server.printed))) as client:
        yield client


def ask(of: httpx2.Client, method: str, path: str = "", status: int = 200, **body: Any) -> Any:
    sent = body if method in ("POST", "PATCH") else None
    answer = of.request(method, f"{TEAM}{path}", json=sent)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def team(of: httpx2.Client) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in ask(of, "GET")["managers"]}


def audit(of: httpx2.Client) -> list[tuple[str, str | None, str | None, str | None]]:
    """What happened, who did it, to whom and where; the newest first."""
    return [
        (
            one["action"],
            one.get("manager", {}).get("id"),
            one.get("detail"),
            one.get("site"),
        )
        for one in of.get("/manager/audit").json()["entries"]
    ]


async def test_a_colleague_is_invited_by_a_link_that_works_once(
    server: Server, boss: httpx2.Client
) -> None:
    made = ask(boss, "POST", status=201, name=" Anna Berg ", sites=["shop"])
    anna = made["manager"]
    assert anna["name"] == "Anna Berg" and anna["role"] == "agent" and anna["sites"] == ["shop"]
    assert anna["sessions"] == 0 and anna["link_expires_at"] and "seen_at" not in anna
    assert made["url"].startswith(f"{server.url}/manager#token=sbm_")
    token = token_in(made["url"])
    assert token not in str(team(boss)), "the link is shown once"
    with closing(browser(server, token)) as annas:
        assert annas.get("/manager/me").json()["id"] == anna["id"]
        assert [one["id"] for one in annas.get("/manager/sites").json()["sites"]] == ["shop"]
        again = httpx2.post(f"{server.url}/manager/session", json={"token": token})
        assert again.status_code == 401
        now = team(boss)[anna["id"]]
        assert now["sessions"] == 1 and now["seen_at"] and "link_expires_at" not in now
        assert not now["online"]
        async with socket_of(server, annas):
            assert team(boss)[anna["id"]]["online"]
    assert audit(boss)[:4] == [
        ("refused", None, None, None),
        ("signed_in", anna["id"], "link", None),
        ("site_member_added", "admin", anna["id"], "shop"),
        ("added", "admin", f"{anna['id']}: agent", None),
    ]


async def test_an_error_names_its_field_and_nobody_is_added(boss: httpx2.Client) -> None:
    for where, body in (
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 9000}),
        ("role", {"name": "A", "role": "owner"}),
        ("sites", {"name": "A", "sites": ["nowhere"]}),
        ("sites.0", {"name": "A", "sites": ["no place"]}),
        ("rank", {"name": "A", "rank": "admin"}),
    ):
        assert f"`{where}`" in ask(boss, "POST", "", 422, **body)["detail"]
    assert list(team(boss)) == ["admin"]


async def test_a_change_of_sites_and_rank_reaches_open_sockets(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    with closing(browser(server, await manager_link(pool, "anna"))) as annas:
        async with socket_of(server, annas) as console:
            await console.send("resume")
            ready = await console.next("ready")
            assert ready["access"] == {"role": "agent", "sites": ["default"]}
            changed = ask(boss, "PATCH", "/anna", sites=["shop", "default"])
            assert changed["sites"] == ["default", "shop"] and changed["role"] == "agent"
            told = await console.next("access")
            assert told == {"type": "access", "role": "agent", "sites": ["default", "shop"]}
            path = "/manager/sites/shop/members/anna"
            assert boss.delete(path).status_code == 204
            assert (await console.next("access", sites=["default"]))["role"] == "agent"
            ask(boss, "PATCH", "/anna", role="admin")
            assert await console.next("access", role="admin") == {"type": "access", "role": "admin"}
            assert annas.get("/manager/audit").status_code == 200
            ask(boss, "PATCH", "/anna", role="agent")
            await console.next("access", role="agent", sites=["default"])
            assert annas.get("/manager/audit").status_code == 403
            # A repeat changes nothing, and is no line of the audit log.
            ask(boss, "PATCH", "/anna", role="agent", sites=["default"])
    ask(boss, "PATCH", "/anna", 422, sites=["nowhere"], role="admin")
    ask(boss, "PATCH", "/nobody", 404, role="admin")
    assert team(boss)["anna"]["role"] == "agent" and team(boss)["anna"]["sites"] == ["default"]
    assert [one for one in audit(boss) if "anna" in str(one[2]) and one[1] == "admin"] == [
        ("ranked", "admin", "anna: agent", None),
        ("ranked", "admin", "anna: admin", None),
        ("site_member_removed", "admin", "anna", "shop"),
        ("site_member_added", "admin", "anna", "shop"),
    ]


async def test_a_new_link_ends_sign_ins_only_if_that_is_wished(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    with closing(browser(server, await manager_link(pool, "anna"))) as annas:
        lost = ask(boss, "POST", "/anna/link", 201)["url"]
        kept = ask(boss, "POST", "/anna/link", 201)["url"]
        assert annas.get("/manager/me").status_code == 200
        gone = httpx2.post(f"{server.url}/manager/session", json={"token": token_in(lost)})
        assert gone.status_code == 401, "a newer link replaces one that was not used"
        async with socket_of(server, annas) as console:
            ask(boss, "POST", "/anna/link", 201, end_sessions=True)
            await console.socket.wait_closed()
        assert annas.get("/manager/me").status_code == 401
    gone = httpx2.post(f"{server.url}/manager/session", json={"token": token_in(kept)})
    assert gone.status_code == 401
    ask(boss, "POST", "/nobody/link", 404)
    assert ("relinked", "admin", "anna", None) in audit(boss)


async def test_who_is_removed_is_out_at_once(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    with closing(browser(server, await manager_link(pool, "anna"))) as annas:
        program = await api_token(pool, "anna")
        link = ask(boss, "POST", "/anna/link", 201)["url"]
        async with socket_of(server, annas) as console:
            ask(boss, "DELETE", "/anna", 204)
            await console.socket.wait_closed()
        assert annas.get("/manager/me").status_code == 401
    assert call(server, "GET", "/manager/me", program).status_code == 401
    gone = httpx2.post(f"{server.url}/manager/session", json={"token": token_in(link)})
    assert gone.status_code == 401
    assert list(team(boss)) == ["admin"]
    ask(boss, "DELETE", "/anna", 404)
    assert [one for one in audit(boss) if one[0] == "removed"] == [
        ("removed", "admin", "anna", None)
    ]


async def test_somebody_stays_an_admin_also_when_two_leave_at_once(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    for method, path, body in (
        ("PATCH", "/admin", {"role": "agent"}),
        ("DELETE", "/admin", {}),
    ):
        assert ask(boss, method, path, 409, **body)["code"] == "conflict"
    assert team(boss)["admin"]["role"] == "admin"
    with closing(browser(server, await manager_link(pool, "anna", "admin"))) as annas:
        both = await asyncio.gather(
            asyncio.to_thread(boss.patch, f"{TEAM}/anna", json={"role": "agent"}),
            asyncio.to_thread(annas.delete, f"{TEAM}/admin"),
        )
        codes = sorted(answer.status_code for answer in both)
        admins = await pool.fetchval(
            "select count(*) from managers where role = 'admin' and removed_at is null"
        )
        # The second may find its caller's rank or sign-in gone already.
        assert codes[0] in (200, 204) and codes[1] in (401, 403, 409) and admins == 1


async def test_two_admins_who_end_each_other_wait_for_one_another(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    await manager_link(pool, "anna", "admin")
    async with pool.acquire() as one:
        first = one.transaction()
        await first.start()
        assert await one.fetchval("select change_manager('anna', 'agent', null, 'admin')") == "done"
        second = asyncio.create_task(
            pool.fetchval("select outcome from remove_colleague('admin', 'anna')")
        )
        waits = "select count(*) from pg_sleep(0.01), pg_locks where not granted"
        while not await pool.fetchval(waits) and not second.done():
            pass
        await first.commit()
    assert await second == "last"


async def test_the_teams_own_login_keeps_what_it_says(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    await manager_link(pool, "oidc:ada")
    assert team(boss)["oidc:ada"]["own_login"]
    ask(boss, "PATCH", "/oidc:ada", 409, role="admin")
    ask(boss, "POST", "/oidc:ada/link", 409)
    assert ask(boss, "PATCH", "/oidc:ada", sites=["blog"])["sites"] == ["blog"]
    ask(boss, "DELETE", "/oidc:ada", 204)


async def test_a_token_of_an_admin_reads_the_team_and_changes_nothing(
    server: Server, boss: httpx2.Client, pool: Pool
) -> None:
    token = await api_token(pool, "admin")
    agent = await manager_token(pool, "anna")
    assert "anna" in call(server, "GET", TEAM, token).text
    for method, path, body in (
        ("POST", "", {"name": "Ben"}),
        ("PATCH", "/anna", {"role": "admin"}),
        ("POST", "/anna/link", {}),
        ("DELETE", "/anna", None),
    ):
        for who in (token, agent):
            answer = call(server, method, f"{TEAM}{path}", who, json=body)
            assert answer.status_code == 403, (method, path)


@pytest.mark.noticed
async def test_a_link_goes_by_mail_and_stays_nowhere(serve: Serve, pool: Pool) -> None:
    async with mailbox() as smtp:
        limit = {"MESSAGES_PER_MINUTE": "60"}
        server = signed(serve, MAIL_URL=smtp.url, MAIL_FROM="chat@shop.example", **limit)
        with closing(browser(server, token_in(server.printed))) as boss:
            assert ask(boss, "GET")["mails"] is True
            made = ask(boss, "POST", status=201, name="Ada", role="admin", email="ada@home.example")
            ada = made["manager"]["id"]
            [mail] = await smtp.got("ada@home.example")
            assert "You are invited" in mail["Subject"] and made["url"] in text_of(mail)
            assert mail["Auto-Submitted"] == "auto-generated" and mail["References"] is None
            with closing(browser(server, made["url"].partition("=")[2])) as hers:
                assert hers.get("/manager/me").json()["id"] == ada
            again = ask(boss, "POST", f"/{ada}/link", 201, email="ada@home.example")
            _, second = await smtp.got("ada@home.example", 2)
            assert "sign-in link" in second["Subject"] and again["url"] in text_of(second)
            # Neither the address nor the link is anywhere, once it was sent.
            ended = "select count(*) from deliveries where done_at is null"
            for _ in range(600):
                if await pool.fetchval(ended) == 0:
                    break
                await asyncio.sleep(0.05)
            rows = await pool.fetch("select d::text as line from deliveries d")
            assert len(rows) == 2 and not any("sealed" in row["line"] for row in rows)
            log = boss.get("/manager/sites/default/deliveries").text
            assert "invitation" in log and "home.example" not in log + server.log
            # I12: nobody is sent mail without end.
            codes = [
                boss.post(f"{TEAM}/{ada}/link", json={"email": "ada@home.example"}).status_code
                for _ in range(12)
            ]
            assert codes[0] == 201 and codes[-1] == 429
            assert boss.post(TEAM, json={"name": "Eve", "email": "no address"}).status_code == 422


@pytest.mark.noticed
async def test_where_no_mail_leaves_no_link_is_made_for_one(boss: httpx2.Client) -> None:
    before = team(boss)
    assert ask(boss, "GET")["mails"] is False
    ask(boss, "POST", status=409, name="Ada", role="admin", email="ada@home.example")
    assert team(boss) == before


@pytest.mark.noticed
async def test_open_mode_shows_a_team_that_gets_no_mail(serve: Serve) -> None:
    shown = serve(MAIL_FROM="chat@shop.example").get("/manager/team")
    assert shown.status_code == 200 and shown.json()["mails"] is False
