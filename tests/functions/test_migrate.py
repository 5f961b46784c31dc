"""The custom resource answers CloudFormation in every case, or a deploy hangs for an hour."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from core.store.migrate import table_files
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
