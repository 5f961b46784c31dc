"""Who calls: a server that asks for sign-in, and the people of every kind who come to it."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt

from core.auth.tokens import ALGORITHM, ISSUER
from core.store.database import Pool
from tests.client import Client
from tests.server import Serve, Served, Server
from tests.tickets import KEYS, SECRET_KEY, manager_token


def signed(serve: Serve, **environment: str) -> Server:
    """A server with sign-in."""
    return serve(SECRET_KEY=SECRET_KEY, **environment)


def call(
    server: Served, method: str, path: str, token: str | None = None, **options: Any
) -> httpx2.Response:
    headers = {**options.pop("headers", {})}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return server.request(method, path, headers=headers, **options)


@dataclass(frozen=True)
class User:
    """Someone who holds a chat."""

    server: Served
    chat_id: str
    token: str

    def socket_path(self) -> str:
        """Where the next socket opens, with a fresh ticket."""
        answer = call(self.server, "POST", "/tickets", self.token, json={})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ws_url"]).removeprefix(self.server.socket_url(""))

    def client(self, **options: Any) -> Client:
        return Client(self.server, self.socket_path(), **options)


def begin(server: Served, **headers: str) -> User:
    answer = call(server, "POST", "/chats", json={}, headers=headers)
    assert answer.status_code == 201, answer.text
    return User(server, answer.json()["chat_id"], answer.json()["token"])


def expired_token(chat_id: str) -> str:
    """What `begin` gave a month ago and a second."""
    past = datetime.now(UTC) - timedelta(days=30, seconds=1)
    claims = {"iss": ISSUER, "sub": chat_id, "iat": past, "exp": past + timedelta(days=30)}
    return jwt.encode(claims, KEYS._users, ALGORITHM)


async def people(server: Served, pool: Pool) -> tuple[User, dict[str, str | None]]:
    """The user of a chat with one message, and every kind of caller by the token they show."""
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    own = secrets.token_hex(4)
    revoked = await manager_token(pool, f"gone-{own}", "admin")
    await pool.execute("select remove_manager($1)", f"gone-{own}")
    return user, {
        "stranger": None,
        "forger": "sbm_" + "A" * 43,
        "other user": begin(server).token,
        "right user": user.token,
        "expired": expired_token(user.chat_id),
        "revoked": revoked,
        "agent": await manager_token(pool, f"anna-{own}", "agent"),
        "admin": await manager_token(pool, f"boss-{own}", "admin"),
    }
