"""The custom resource answers CloudFormation in every case, or a deploy hangs for an hour."""

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog

from core.model import Manager, ManagerId
from core.store import database
from core.store.migrate import migrate, table_files
from core.store.store import Store
from functions.migrate import handler


class CloudFormation:
    """Where the answers go: the signed address in each request."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.types: list[str | None] = []
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                here.types.append(self.headers.get("content-type"))
                length = int(self.headers["content-length"])
                here.answers.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/signed?X-Amz-Signature=x"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Context:
    def __init__(self, seconds: float = 300) -> None:
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    made = CloudFormation()
    yield made
    made.close()


@pytest.fixture
async def empty(dsn: str) -> str:
    """A database with nothing in it."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("drop schema public cascade; create schema public")
    await connection.close()
    return dsn


def ask(cloudformation: CloudFormation, kind: str, seconds: float = 300) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html"""
    event = {
        "RequestType": kind,
        "ResponseURL": cloudformation.url,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/x/1",
        "RequestId": f"request-{len(cloudformation.answers)}",
        "LogicalResourceId": "Migration",
        "ResourceType": "Custom::Migration",
        "ResourceProperties": {"Schema": "hash"},
    }
    handler(event, Context(seconds))
    answer = cloudformation.answers[-1]
    assert answer["RequestId"] == event["RequestId"]
    assert (answer["StackId"], answer["LogicalResourceId"]) == (event["StackId"], "Migration")
    # The address is signed for none.
    assert cloudformation.types[-1] in ("", None)
    return answer


def test_it_migrates_once_and_finds_nothing_to_do_after_that(
    cloudformation: CloudFormation, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty)
    created = ask(cloudformation, "Create")
    assert created["Status"] == "SUCCESS"
    assert created["Data"] == {"Applied": str(len(table_files()))}
    updated = ask(cloudformation, "Update")
    assert (updated["Status"], updated["Data"]) == ("SUCCESS", {"Applied": "0"})
    assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]


def test_with_one_role_it_works_and_warns(
    cloudformation: CloudFormation, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty)
    with structlog.testing.capture_logs() as logs:
        # It configures the log, which would end the capture.
        monkeypatch.setattr("core.log.configure", lambda level: None)
        assert ask(cloudformation, "Create")["Status"] == "SUCCESS"
    warned = [line for line in logs if line["event"] == "database_has_one_role"]
    assert len(warned) == 1 and "DATABASE_OWNER_URL" in warned[0]["hint"]


async def test_the_owner_migrates_and_the_other_role_can_only_add_events(
    cloudformation: CloudFormation, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, user = (f"{word}_{secrets.token_hex(6)}" for word in ("owner", "user"))
    first = await asyncpg.connect(empty)
    for role in (owner, user):
        await first.execute(f"create role {role} login")
    # As hosters have it: who owns the database is no superuser, and owns no extension.
    await first.execute(f"alter schema public owner to {owner}")
    await first.execute("create extension if not exists pg_trgm")
    monkeypatch.setenv("DATABASE_URL", _as(user, empty))
    monkeypatch.setenv("DATABASE_OWNER_URL", _as(owner, empty))
    try:
        # Twice: what is granted is granted anew.
        for kind in ("Create", "Update"):
            answer = await asyncio.to_thread(ask, cloudformation, kind)
            assert answer["Status"] == "SUCCESS", answer
        await _uses(_as(user, empty))
    finally:
        await first.execute(f"drop owned by {user}, {owner} cascade; drop role {user}, {owner}")
        await first.close()


def _as(role: str, address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))


async def _uses(address: str) -> None:
    """What the second role may do: everything that a chat needs, and nothing to the audit log."""
    pool = await database.open_pool(address, 2)
    store = Store(pool)
    await store.access.add_manager(Manager(ManagerId("anna"), "Anna"), "admin", b"hash")
    entries = "select count(*) from events where name like 'manager.%'"
    assert await pool.fetchval(entries) == 1
    # Nothing is to be done, and what makes tables is not even tried.
    assert await migrate(pool) == 0
    for forbidden in (
        "delete from events",
        "truncate events",
        "alter table events disable trigger all",
        "drop trigger events_only_grow on events",
        "drop function events_only_grow() cascade",
        "update schema_functions set release = 99",
        "create table mine (id int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(forbidden)
    with pytest.raises(asyncpg.PostgresError, match="only added"):
        await pool.execute("update events set name = 'other'")
    assert await pool.fetchval(entries) == 1
    await database.close_pool(pool)


def test_a_role_that_is_not_there_is_said(
    cloudformation: CloudFormation, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", _as("no_one", empty))
    monkeypatch.setenv("DATABASE_OWNER_URL", empty)
    answer = ask(cloudformation, "Create")
    assert answer["Status"] == "FAILED" and "no role 'no_one'" in answer["Reason"]


def test_a_delete_needs_no_database(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert ask(cloudformation, "Delete")["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("setting", "said"),
    [("nonsense", "DATABASE_URL"), ("", "DATABASE_URL is not set")],
    ids=["wrong", "missing"],
)
def test_a_wrong_setting_is_said(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch, setting: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", setting)
    answer = ask(cloudformation, "Create")
    assert answer["Status"] == "FAILED" and said in answer["Reason"]


def test_a_database_that_is_not_there_is_named_without_its_password(
    cloudformation: CloudFormation, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit(dsn)
    away = parts._replace(netloc=f"user:a-password@{parts.netloc.split('@')[-1]}", path="/none")
    monkeypatch.setenv("DATABASE_URL", urlunsplit(away))
    monkeypatch.setattr("functions.migrate.AGAIN_SECONDS", 0.01)
    answer = ask(cloudformation, "Create")
    assert answer["Status"] == "FAILED" and "DATABASE_URL" in answer["Reason"]
    assert "a-password" not in answer["Reason"]


def test_a_database_that_never_answers_is_given_up_before_lambda_gives_up(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", f"postgresql://user@127.0.0.1:{port}/none")
        answer = ask(cloudformation, "Create", seconds=16)
    assert answer["Status"] == "FAILED" and "did not answer in time" in answer["Reason"]


def test_only_an_answer_that_nobody_takes_is_an_error(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudformation.close()
    monkeypatch.setattr("functions.migrate.ANSWER_SECONDS", 0.6)
    with pytest.raises(OSError):
        ask(cloudformation, "Delete")
