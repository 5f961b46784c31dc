"""The command line as an owner uses it, on the data folder or on a database."""

import os
import subprocess
import sys
from pathlib import Path

from tests.server import INHERITED, ROOT


def run(
    *words: str | Path, environment: dict[str, str], given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "local", *map(str, words)],
        cwd=ROOT,
        env={**kept, **environment},
        input=given,
        capture_output=True,
        timeout=120,
    )


def done(*words: str | Path, environment: dict[str, str]) -> str:
    """What it says when it succeeds."""
    ended = run(*words, environment=environment)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode()


def refused(*words: str | Path, environment: dict[str, str], given: bytes | None = None) -> str:
    """The one sentence, or two, with which it refuses."""
    ended = run(*words, environment=environment, given=given)
    said = ended.stderr.decode()
    assert ended.returncode == 1 and said.startswith("switchboard: "), said
    assert said.count("\n") == 1 and not ended.stdout
    return said
