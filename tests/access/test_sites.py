"""The site's key selects, the page's origin permits, and looking costs the database nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core.auth.tickets import digest, new_token
from core.store.access import AccessStore
from core.store.database import Pool
from tests.access.people import User, call, signed
from tests.client import PATIENCE, Client
from tests.server import Serve, Server
from tests.sites import add_site

pytestmark = pytest.mark.sites

SHOP, BLOG, EVIL = "https://shop.example", "https://blog.example", "https://evil.example"
OURS, THEIRS = "o" * 32, "t" * 32


def begun(server: Server, site: str | None, origin: str | None, **more: Any) -> httpx2.Response:
    headers = {"origin": origin} if origin else {}
    return call(server, "POST", "/chats", json={"site": site}, headers=headers, **more)


async def opened(server: Server, path: str, origin: str | None) -> int:
    try:
        async with connect(server.socket_url(path), origin=origin):  # type: ignore[arg-type]
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.fixture
async def server(serve: Serve, pool: Pool) -> Server:
    """A server with the first site, a shop and a blog."""
    await add_site(pool, "shop", SHOP)
    await add_site(pool, "blog", BLOG)
    return signed(serve, ALLOWED_ORIGINS=EVIL)


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("site_shop", SHOP, 201), ("site_shop", BLOG, 403), ("site_shop", EVIL, 403),
        ("site_blog", BLOG, 201), (None, EVIL, 201), (None, SHOP, 403),
        ("site_shop", None, 201), ("site_shop", "null", 403), ("site_made_up", SHOP, 404),
    ],
)  # fmt: skip
async def test_i7_the_key_selects_and_the_origin_permits(
    server: Server, pool: Pool, site: str | None, origin: str | None, status: int
) -> None:
    answer = begun(server, site, origin)
    assert answer.status_code == status, answer.text
    if status == 201:
        chat = answer.json()["chat_id"]
        stored = await pool.fetchval("select site_id from chats where chat_id = $1", chat)
        assert stored == (site or "site_default").removeprefix("site_")


async def test_i7_a_page_gets_no_socket_for_another_sites_chat(server: Server, pool: Pool) -> None:
    chat = begun(server, "site_shop", SHOP).json()
    user = User(server, chat["chat_id"], chat["token"])
    for origin, status in ((SHOP, 201), (BLOG, 403), (None, 201)):
        headers = {"origin": origin} if origin else {}
        answer = call(server, "POST", "/tickets", user.token, json={}, headers=headers)
        assert answer.status_code == status, origin
    path = user.socket_path()
    assert "site=site_shop" in path
    # Another site's page has stolen a ticket. It may use its own site's key, or none.
    for stolen, origin, status in (
        (path.replace("site_shop", "site_blog"), BLOG, 401),
        (path.replace("&site=site_shop", ""), EVIL, 401),
        (path, BLOG, 403),
    ):
        ticket = new_token()
        until = datetime.now(UTC) + timedelta(hours=1)
        await AccessStore(pool).add_ticket(digest(ticket), user.chat_id, None, until, None)  # type: ignore[arg-type]
        fresh = str(httpx2.URL(stolen).copy_set_param("ticket", ticket))
        assert await opened(server, fresh, origin) == status, stolen
        assert await pool.fetchval("select count(*) from connections") == 0
    assert await opened(server, path, SHOP) == 101
    assert await opened(server, user.socket_path(), None) == 101


async def test_a_preflight_is_answered_for_every_site_that_is_in_use(
    serve: Serve, pool: Pool
) -> None:
    await add_site(pool, "shop", SHOP)
    await add_site(pool, "old", BLOG, archived=True)
    server = signed(serve)
    for origin, allowed in ((SHOP, SHOP), (BLOG, None), (EVIL, None)):
        headers = {"origin": origin, "access-control-request-method": "POST"}
        asked = server.request("OPTIONS", "/chats", headers=headers)
        assert asked.headers.get("access-control-allow-origin") == allowed
    assert begun(server, "site_old", None).status_code == 409
    assert server.get("/sites/site_old").json()["archived"] is True


async def test_a_persons_chat_is_another_on_each_site_and_signed_with_its_key(
    serve: Serve, pool: Pool
) -> None:
    await add_site(pool, "shop", SHOP, identity_key=THEIRS)
    await add_site(pool, "blog", BLOG)
    server = signed(serve, IDENTITY_KEY=OURS)

    def identity(key: str) -> str:
        ends = datetime.now(UTC) + timedelta(hours=1)
        return jwt.encode({"sub": "ada", "exp": ends}, key, "HS256")

    chats = {
        (site, key): begun(server, site, None, token=identity(key))
        for site in (None, "site_shop", "site_blog")
        for key in (OURS, THEIRS)
    }
    status = {where: answer.status_code for where, answer in chats.items()}
    assert status == {
        (None, OURS): 201, (None, THEIRS): 401,
        # It has a key of its own. The other one inherits the installation's.
        ("site_shop", OURS): 401, ("site_shop", THEIRS): 201,
        ("site_blog", OURS): 201, ("site_blog", THEIRS): 401,
    }  # fmt: skip
    ids = {answer.json()["chat_id"] for answer in chats.values() if answer.is_success}
    assert len(ids) == 3
    document = await pool.fetchval("select identity_key from sites where site_id = 'shop'")
    assert THEIRS.encode() not in document


async def test_in_open_mode_a_socket_names_its_site(serve: Serve, pool: Pool) -> None:
    await add_site(pool, "shop", SHOP)
    server = serve()
    async with Client(server, "/ws?chat_id=a&site=site_shop") as client:
        await client.say("hello")
    assert await pool.fetchval("select site_id from chats where chat_id = 'a'") == "shop"
    assert await pool.fetchval("select count(*) from events where site_id is null") == 0
    async with Client(server, "/ws?chat_id=b"):
        assert (
            await pool.fetchval("select site_id from connections where chat_id = 'b'") == "default"
        )
    assert await opened(server, "/ws?chat_id=b&site=site_shop", SHOP) == 401
    assert await opened(server, "/ws?chat_id=a&site=site_shop", BLOG) == 403


async def test_i10_page_views_and_preflights_of_ten_sites_ask_the_database_nothing(
    serve: Serve, pool: Pool
) -> None:
    sites = [await add_site(pool, f"s{n}", f"https://s{n}.example") for n in range(10)]
    # The sweep says that it was there.
    await pool.execute("insert into tickets values ('\\x00', 'a', null, now() - interval '1 day')")
    server = signed(serve, SWEEP_SECONDS="3600")
    server.wait_for("sweep_done")
    own = {row["pid"] for row in await pool.fetch("select pg_backend_pid() as pid")}
    # Whoever asks the database has to connect anew.
    ended = "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
    here = " where datname = current_database() and pid <> all ($1)"
    await pool.fetch(ended + here, list(own))
    with httpx2.Client(base_url=server.url, verify=False, timeout=PATIENCE) as browser:
        for round_ in range(1000):
            site = sites[round_ % 10]
            origin = {"origin": f"https://{site.id}.example"}
            asked = {**origin, "access-control-request-method": "POST"}
            for method, path, headers in (
                ("GET", f"/sites/{site.key}", origin),
                ("OPTIONS", "/chats", asked),
                ("GET", "/widget.js", origin),
                ("GET", "/v/dev/widget/button.js", origin),
            ):
                answer = browser.request(method, path, headers=headers)
                assert answer.status_code == 200, (path, answer.text)
    count = "select count(*) from pg_stat_activity"
    assert await pool.fetchval(count + here, list(own)) == 0
    assert server.get("/readyz").is_success
    assert await pool.fetchval(count + here, list(own)) > 0, "the test would see a statement"


async def test_how_old_the_settings_are_is_said(server: Server) -> None:
    answer = server.get("/sites/site_shop")
    assert answer.headers["cache-control"].startswith("public")
    assert int(answer.headers["age"]) < PATIENCE
    shown = answer.json()
    at = datetime.fromisoformat(shown.pop("published_at"))
    assert datetime.now(UTC) - at < timedelta(seconds=PATIENCE)
    assert shown == {
        "key": "site_shop", "name": "Shop", "archived": False, "theme": {}, "texts": {},
        "open": True,
    }  # fmt: skip
