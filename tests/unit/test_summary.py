"""A run that breaks says which tests had failed by then, and of what."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import ROOT

TESTS = """
def test_first():
    assert 1 == 2

def test_last():
    pass
"""
# The first hook is written as those of others still are; the second is broken.
HOOKS = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    (yield).get_result()

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    yield
    if item.name == "test_last":
        raise RuntimeError("the hook itself")
"""


def test_hooks_that_raise_do_not_hide_what_failed(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    (tmp_path / "test_two.py").write_text(TESTS)
    # This project's own configuration and hooks.
    options = ["-c", "pyproject.toml", "--rootdir", str(tmp_path), "-p", "tests.conftest"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", tmp_path],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        text=True,
    )
    said = ended.stdout
    assert ended.returncode == pytest.ExitCode.INTERNAL_ERROR
    assert "RuntimeError: the hook itself" in said
    assert "short test summary" in said
    assert "test_two.py::test_first - assert 1 == 2" in said
    assert "1 failed, 1 passed" in said
