"""Who still uses a shared Postgres, after some were killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from local.postgres import _prepared


def test_who_was_killed_is_struck_off_the_users_of_a_server(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    users = tmp_path / "postgres" / ".handle_pids.json"
    users.parent.mkdir()
    # The first process is there, whether it may be sent a signal or not.
    users.write_text(json.dumps([os.getpid(), dead.pid, 1]))
    assert _prepared(tmp_path) == users.parent
    assert json.loads(users.read_text()) == [os.getpid(), 1]
