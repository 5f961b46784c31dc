"""One process whose database has two roles: one owns the tables, and the other one uses them."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.apart import apart
from tests.client import visitor
from tests.server import Serve


@pytest.fixture
def user(dsn: str) -> Iterator[str]:
    """The address of a role that owns nothing."""
    role, parts = f"user_{secrets.token_hex(6)}", urlsplit(dsn)
    apart(_execute(dsn, "drop schema public cascade; create schema public"))
    apart(_execute(dsn, f"create role {role} login"))
    yield urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))
    apart(_execute(dsn, f"drop owned by {role}; drop role {role}"))


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_owner_makes_the_tables_and_the_other_role_answers(
    serve: Serve, dsn: str, user: str
) -> None:
    server = serve(DATABASE_URL=user, DATABASE_OWNER_URL=dsn)
    async with visitor(server, "a") as client:
        await client.say("hello")
        await client.reply_to(1)
    # A node that only has the second address finds all as it should be.
    async with visitor(serve(DATABASE_URL=user), "a") as client:
        assert len((await client.resume())["messages"]) == 2
    for refused in ("delete from events", "update assistant_versions set name = 'x'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _execute(user, refused)
    made = server.post("/manager/assistants", {"name": "Tea", "instructions": "You sell tea."})
    assert made.status_code == 201
