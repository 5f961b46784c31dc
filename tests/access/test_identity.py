"""A host site signs in its own people: one chat each, on every device. A team's login, too."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from core.store.database import Pool
from tests.access.issuer import SOON, Issuer, new_key
from tests.access.people import User, begin, call, signed
from tests.server import PoolOf, Serve
from tests.tickets import manager_token

IDENTITY_KEY = "the host site's own key, 32 characters"


def identity(key: str = IDENTITY_KEY, life: timedelta = SOON, **claims: Any) -> str:
    claims = {"sub": "customer-7", "exp": datetime.now(UTC) + life, **claims}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, "HS256")


def test_a_person_has_the_same_chat_on_every_device(shared: Serve) -> None:
    server = signed(shared, IDENTITY_KEY=IDENTITY_KEY)
    token = identity(name="Ada", email="ada@shop.example")
    body = {"visitor": {"name": "Mallory", "locale": "de"}}
    phone = call(server, "POST", "/chats", token, json=body).json()
    laptop = call(server, "POST", "/chats", identity(name="Ada"), json={}).json()
    assert phone["chat_id"] == laptop["chat_id"] and "customer-7" not in phone["chat_id"]
    other = call(server, "POST", "/chats", identity(sub="customer-8"), json={}).json()
    assert other["chat_id"] != phone["chat_id"]
    read = call(server, "GET", f"/history?chat_id={phone['chat_id']}", laptop["token"])
    assert read.status_code == 200
    assert begin(server).chat_id != phone["chat_id"]


async def test_what_the_site_signed_is_known_and_not_what_the_page_says(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, IDENTITY_KEY=IDENTITY_KEY)
    pool = await pool_of(server)
    body = {"visitor": {"name": "Mallory", "email": "m@evil.example", "locale": "de"}}
    token = identity(name="Ada", sub="customer-9")
    made = call(server, "POST", "/chats", token, json=body).json()
    stored = await pool.fetchval("select visitor from chats where chat_id = $1", made["chat_id"])
    assert json.loads(stored) == {"name": "Ada", "locale": "de"}


@pytest.mark.parametrize(
    "token",
    [
        identity(key="some other key of at least 32 characters"),
        identity(life=-timedelta(minutes=5)),
        identity(life=timedelta(days=30)),
        identity(exp=None),
        identity(sub=None),
        identity(sub=""),
        identity(sub=" \x07"),
        identity(sub=7),
        identity(sub="a\x00"),
        identity(sub="a\ud800"),
        identity(sub="a" * 256),
        identity(exp=10**20),
        identity(exp="soon"),
        identity(exp=float("inf")),
        identity(exp=float("nan")),
        "nonsense",
        "a.b.c",
    ],
    ids=[
        *("key", "ended", "too long", "no end", "nobody", "no name", "blank", "a number"),
        *("NUL", "half a character", "longer than a name"),
        *("far", "a word", "never", "not a number", "nonsense", "three parts"),
    ],
)
def test_a_bad_identity_is_refused(shared: Serve, token: str) -> None:
    server = signed(shared, IDENTITY_KEY=IDENTITY_KEY)
    answer = call(server, "POST", "/chats", token, json={})
    assert answer.status_code == 401 and answer.json()["code"] == "unauthorized"


async def test_a_signed_name_is_held_to_what_anyone_may_say(serve: Serve, pool: Pool) -> None:
    server = signed(serve, IDENTITY_KEY=IDENTITY_KEY)
    name = "Ada\x00\ud83d\x07 " + "x" * 9_000
    made = call(server, "POST", "/chats", identity(name=name, email=name), json={}).json()
    stored = json.loads(
        await pool.fetchval("select visitor from chats where chat_id = $1", made["chat_id"])
    )
    assert stored["name"].startswith("Ada") and "\ufffd" in stored["name"]
    assert (len(stored["name"]), len(stored["email"])) == (200, 320)
    # An empty chat, and one with a message in it.
    async with User(server, made["chat_id"], made["token"]).client() as visitor:
        assert (await visitor.resume())["messages"] == []
        await visitor.say("hello")
        assert len((await visitor.resume())["messages"]) >= 1
    assert server.get("/healthz").status_code == 200


async def test_what_the_site_signed_is_told_from_what_a_visitor_said(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve, IDENTITY_KEY=IDENTITY_KEY)
    boss = await manager_token(pool)
    said = {"visitor": {"name": "Ada", "email": "ada@shop.example", "verified": True}}
    token = identity(name="Ada", email="ada@shop.example")
    for shown, body in ((token, said), (None, said)):
        made = call(server, "POST", "/chats", shown, json=body).json()
        async with User(server, made["chat_id"], made["token"]).client() as visitor:
            await visitor.say("hello")
        path = f"/manager/chats?chat_id={made['chat_id']}"
        [summary] = call(server, "GET", path, boss).json()["chats"]
        known = {"name": "Ada", "email": "ada@shop.example"}
        assert summary["visitor"] == known | ({"verified": True} if shown else {})


async def test_no_name_turns_what_stands_beside_it(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared, IDENTITY_KEY=IDENTITY_KEY)
    pool = await pool_of(server)
    turning = "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
    name = f"{turning}Ada{turning} \u05d0"
    for token in (identity(sub="turned", name=name), None):
        body = {"visitor": {"name": name}}
        made = call(server, "POST", "/chats", token, json=body).json()["chat_id"]
        stored = await pool.fetchval("select visitor->>'name' from chats where chat_id = $1", made)
        assert stored == "Ada \u05d0"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


def login_at(url: str, subs: str) -> dict[str, str]:
    return {"OIDC_ISSUER": url, "OIDC_AUDIENCE": "switchboard", "OIDC_ALLOWED_SUBS": subs}


def test_a_teams_login_signs_its_managers_in(shared: Serve, issuer: Issuer) -> None:
    server = signed(shared, **login_at(issuer.url, "u-1"))

    def sign_in(token: str) -> Any:
        return call(server, "POST", "/manager/session", json={"token": token})

    answer = sign_in(issuer.token())
    assert answer.status_code == 201
    olga = {"id": "oidc:u-1", "name": "Olga", "role": "agent", "open": False}
    assert answer.json() | olga == answer.json()
    assert answer.headers["set-cookie"].startswith("switchboard=")
    assert sign_in(issuer.token(switchboard_role="admin")).json()["role"] == "admin"
    long = sign_in(issuer.token(name="O\x00\ud83d" + "x" * 3_000)).json()["name"]
    assert long == "O\ufffd\ufffd" + "x" * 197
    stranger = new_key()
    for forged in (
        issuer.token(aud="another"),
        issuer.token(iss="https://evil.example"),
        issuer.token(exp=datetime.now(UTC) - SOON),
        issuer.token(key=stranger),
        issuer.token(kid="two"),
        "a.b.c",
        "nonsense",
    ):
        assert sign_in(forged).status_code == 401
    assert sign_in(issuer.token(sub="u-9")).status_code == 403
    once = issuer.token()
    assert [sign_in(once).status_code for _ in range(3)] == [201, 401, 401]
    # The keys are fetched once and not for every token that comes along.
    assert issuer.asked == 2


async def test_who_was_removed_does_not_come_back_by_the_login(
    shared: Serve, issuer: Issuer, pool_of: PoolOf
) -> None:
    server = signed(shared, **login_at(issuer.url, "u-2"))
    pool = await pool_of(server)
    token = issuer.token(sub="u-2")
    assert call(server, "POST", "/manager/session", json={"token": token}).status_code == 201
    await pool.execute("select remove_manager('oidc:u-2')")
    token = issuer.token(sub="u-2")
    assert call(server, "POST", "/manager/session", json={"token": token}).status_code == 401


def test_a_login_that_is_away_is_said_so(shared: Serve) -> None:
    server = signed(shared, **login_at("http://127.0.0.1:9", "x"))
    token = jwt.encode({"sub": "x"}, "k" * 32, "HS256", headers={"kid": "one"})
    answer = call(server, "POST", "/manager/session", json={"token": token})
    assert answer.status_code == 503 and answer.json()["code"] == "try_again"
