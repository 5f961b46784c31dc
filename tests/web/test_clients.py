"""The logic of the clients without a browser, in Node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
OLDEST = 18


def node() -> str:
    """Node's path. Without one the test is skipped, and fails where CI is true."""
    found = shutil.which("node")
    if found and _major(found) >= OLDEST:
        return found
    reason = f"Node {OLDEST} or newer is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _major(found: str) -> int:
    version = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=60)
    return int(version.stdout.removeprefix("v").split(".")[0])


def test_the_logic_of_the_clients() -> None:
    files = sorted(map(str, FOLDER.glob("*.test.js")))
    command = [node(), "--test", "--test-reporter=tap", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed and int(passed[1]) >= 60, done.stdout
