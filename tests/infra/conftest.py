"""LocalStack, shared by the tests that only need a queue, and one to kill; the template."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.localstack import LocalStackServer
from tests.infra.ministack import MiniStackServer
from tests.infra.tools import ROOT, tool


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStackServer]:
    """A running LocalStack that is shared."""
    server = LocalStackServer(tmp_path_factory.mktemp("localstack"), _free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_localstack(tmp_path: Path) -> Iterator[LocalStackServer]:
    """A LocalStack that is not started yet."""
    folder = tmp_path / "localstack"
    folder.mkdir()
    tool("localstack")
    server = LocalStackServer(folder, _free_port())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def transformed() -> dict[str, Any]:
    """What CloudFormation gets: the template after SAM's transform."""
    done = subprocess.run(
        [tool("sam"), ROOT / "tests" / "infra" / "transform.py", ROOT / "infra" / "template.yaml"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def resources(transformed: dict[str, Any]) -> dict[str, Any]:
    """The transformed template's resources."""
    return dict(transformed["Resources"])


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStackServer]:
    """A running ministack."""
    server = MiniStackServer(tmp_path_factory.mktemp("ministack"), _free_port())
    server.start()
    yield server
    server.stop()
