"""The end-to-end tests again, with LocalStack's SQS in place of the queue in memory."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.localstack import LocalStack
from tests.e2e.test_story import *  # noqa: F403
from tests.infra.localstack import LocalStackServer
from tests.server import Server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def serve(
    dsn: str, tmp_path: Path, localstack: LocalStackServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Server]]:
    """Start the real server; its queue is the template's, deployed for this test alone."""
    for name, value in localstack.environment.items():
        monkeypatch.setenv(name, value)
    queue = LocalStack(localstack.url, "us-east-1", stack=f"story-{secrets.token_hex(6)}")
    assert asyncio.run(queue.deploy())
    started: list[Server] = []

    def start(**environment: str) -> Server:
        settings = {
            "DATABASE_URL": dsn,
            "ECHO_DELAY": "0",
            "RING_QUEUE_URL": queue.queue_url,
            # LocalStack goes on with the poll of a process that is gone, and loses what it gives.
            "SWEEP_SECONDS": "2",
            **localstack.environment,
            **environment,
        }
        server = Server(settings, tmp_path / f"server-{len(started)}.log")
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
        assert "task left behind" not in server.log, "I11: no task outlives its handler"
