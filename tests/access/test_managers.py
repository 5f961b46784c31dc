"""Managers: the first one's link, the command line, signing in and out, and the audit log."""

import os
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from core.store.database import Pool
from tests.access.people import begin, call, people, signed
from tests.client import Client
from tests.server import ROOT, PoolOf, Serve, Served
from tests.tickets import SECRET_KEY, manager_link, manager_token


def command(dsn: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn, "SECRET_KEY": SECRET_KEY}
    return subprocess.run(
        [sys.executable, "-m", "local", "managers", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def token_in(printed: str) -> str:
    found = re.search(r"http\S+/manager#token=(sbm_\S+)", printed)
    assert found, printed
    return found[1]


def browser(server: Served, token: str) -> httpx2.Client:
    """A browser that signed in by a link."""
    client = httpx2.Client(base_url=server.url, timeout=60, verify=False)
    answer = client.post("/manager/session", json={"token": token})
    assert answer.status_code == 201, answer.text
    return client


def test_the_first_start_prints_a_link_once(serve: Serve) -> None:
    server = signed(serve)
    token = token_in(server.printed)
    assert token not in server.log
    server.stop()
    server.start()
    assert "token=" not in server.printed
    with closing(browser(server, token)) as first:
        me = first.get("/manager/me").json()
        now = datetime.fromisoformat(me.pop("now"))
        assert me == {
            "id": "admin",
            "name": "Admin",
            "role": "admin",
            "open": False,
            "own_name": True,
        }
        assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


def test_the_command_line_adds_lists_renews_and_removes(serve: Serve, dsn: str) -> None:
    added = command(dsn, "add", "Anna Berg")
    name, token = added.stdout.split("\n")[0], token_in(added.stdout)
    assert re.fullmatch(r"anna-berg-[0-9a-f]{4}", name)
    assert command(dsn, "add", "Boss", "--role", "admin").returncode == 0
    assert re.search(rf"{name}\s+agent\s+Anna Berg", command(dsn, "list").stdout)
    server = signed(serve)
    # There is a team already.
    assert "token=" not in server.printed
    with closing(browser(server, token)) as first:
        assert first.get("/manager/me").json()["name"] == "Anna Berg"
        renewed = token_in(command(dsn, "link", name).stdout)
        assert first.get("/manager/me").status_code == 401
    with closing(browser(server, renewed)) as second:
        assert second.get("/manager/me").status_code == 200
        assert command(dsn, "remove", name).returncode == 0
        assert second.get("/manager/me").status_code == 401
    again = command(dsn, "remove", name)
    assert again.returncode == 1 and "There is no manager" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_browser_signs_in_with_a_cookie_that_no_script_and_no_site_gets(serve: Serve) -> None:
    server = signed(serve)
    answer = server.post("/manager/session", {"token": token_in(server.printed)})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("switchboard=") and "Secure" not in cookie
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in cookie
    # Behind TLS it is bound to this very host.
    public = signed(serve, PUBLIC_URL="https://chat.example")
    made = command(public.environment["DATABASE_URL"], "link", "admin").stdout
    answer = public.request(
        "POST",
        "/manager/session",
        json={"token": token_in(made)},
        headers={"host": "chat.example", "x-forwarded-proto": "https"},
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-switchboard=") and "Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_signing_out_ends_the_sign_in_and_closes_every_socket(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    here = browser(server, await manager_link(pool, "carla"))
    there = browser(server, token_in(here.post("/manager/links").json()["url"]))

    def socket(client: httpx2.Client) -> Client:
        url = client.post("/tickets", json={}).json()["ws_url"]
        return Client(server, url.removeprefix(server.socket_url("")))

    other = browser(server, await manager_link(pool, "chief"))
    async with socket(here) as one, socket(there) as two, socket(other) as bosses:
        unspent = here.post("/tickets", json={}).json()["ws_url"]
        assert here.delete("/manager/session").status_code == 204
        for client in (one, two):
            await client.socket.wait_closed()
        await bosses.send("ping")
        await bosses.next("pong")
    assert here.get("/manager/me").status_code == 401
    # The other browser is still signed in: its client connects again by itself.
    assert there.get("/manager/me").status_code == 200
    with pytest.raises(Exception, match="401"):
        async with Client(server, unspent.removeprefix(server.socket_url(""))):
            pass
    for signed_in in (here, there, other):
        signed_in.close()


async def test_every_managers_action_is_in_the_audit_log(serve: Serve, pool: Pool) -> None:
    server = signed(serve, ECHO_DELAY="2")
    user, tokens = await people(server, pool)
    anna, boss = str(tokens["agent"]), str(tokens["admin"])
    me = call(server, "GET", "/manager/me", anna).json()["id"]
    at = f"/manager/chats/{user.chat_id}"
    browser(server, token_in(command(server.dsn, "link", me).stdout)).close()
    async with user.client() as client:
        await client.say("are you there?")

        def act(token: str, path: str, body: Any = None) -> None:
            assert call(server, "POST", path, token, json=body).is_success

        act(anna, f"{at}/stop")
        act(anna, f"{at}/owner", {"owner": "manager"})
        act(anna, "/manager/send", {"chat_id": user.chat_id, "text": "hi", "client_id": "x"})
        act(anna, "/manager/send", {"chat_id": user.chat_id, "text": "hi", "client_id": "x"})
        act(anna, f"{at}/owner", {"owner": "assistant"})
        act(boss, f"{at}/status", {"status": "closed"})
        act(boss, f"{at}/status", {"status": "open"})
        act(boss, "/manager/broadcast", {"text": "to all", "audience": [user.chat_id]})
        await client.wait(lambda f: f.get("text") == "to all")
    log = call(server, "GET", "/manager/audit", boss).json()["entries"]
    did = [
        (one["manager"]["id"].split("-")[0], one["action"], one.get("chat_id"))
        for one in reversed(log)
        # The others tell how the team came to be.
        if "manager" in one
    ]
    chat = user.chat_id
    assert did == [
        ("anna", "signed_in", None),
        ("anna", "stopped", chat),
        ("anna", "taken_over", chat),
        ("anna", "sent", chat),
        ("anna", "handed_back", chat),
        ("boss", "closed", chat),
        ("boss", "reopened", chat),
        ("boss", "broadcast", None),
    ]
    assert all("hi" not in str(one.get("detail")) and one["at"] for one in log)
    of_chat = call(server, "GET", f"/manager/audit?chat_id={chat}&limit=2", boss).json()["entries"]
    assert [one["action"] for one in of_chat] == ["reopened", "closed"]
    older = call(
        server, "GET", f"/manager/audit?chat_id={chat}&before={of_chat[-1]['id']}", boss
    ).json()["entries"]
    assert [one["action"] for one in older][:2] == ["handed_back", "sent"]


async def test_a_message_names_the_manager_who_wrote_it(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    token, user = await manager_token(pool, "anna"), begin(server)
    body = {"chat_id": user.chat_id, "text": "Anna here"}
    sent = call(server, "POST", "/manager/send", token, json=body).json()
    assert sent["author"] == {"id": "anna", "name": "Anna"}
    mine = call(server, "GET", "/manager/chats?filter=mine", token).json()["chats"]
    assert [chat["chat_id"] for chat in mine] == [user.chat_id]
