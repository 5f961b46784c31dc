"""`make run` makes the environment, and says what is wrong with Python before pip does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.tools import ROOT

STAMP = ".venv/run.stamp"
# This Python, which says that it is another one.
AGED = """#!/bin/sh
[ "$1" = -c ] || exec {python} "$@"
exec {python} -c 'import sys; sys.version_info = (3, 10, 13); exec(sys.argv[1])' "$2"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with no requirement, since what pip installs is not the question."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    return aged_python(tmp_path / "python3")


def aged_python(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(AGED.format(python=sys.executable))
    path.chmod(0o755)
    return path


def make(folder: Path, python: Path | str, *words: str) -> subprocess.CompletedProcess[str]:
    # Not as a part of the `make` that runs the tests.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *words, f"PYTHON={python}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )


def test_an_old_python_gets_one_sentence(folder: Path, aged: Path) -> None:
    done = make(folder, aged, "run")
    assert done.returncode
    said, *rest = done.stderr.splitlines()
    assert said == (
        f"Switchboard needs Python 3.11 or newer, and {aged} is 3.10. "
        "Name a newer one: make run PYTHON=python3.13"
    )
    # The rest is make's own line.
    assert len(rest) == 1 and done.stdout == ""
    assert not (folder / ".venv").exists()


def test_an_environment_is_made_anew_only_if_its_python_is_old(folder: Path, aged: Path) -> None:
    old = aged_python(folder / ".venv" / "bin" / "python")
    assert make(folder, sys.executable, STAMP).returncode == 0
    assert old.is_symlink()
    # With another requirement, what is there is kept.
    kept = folder / ".venv" / "kept"
    kept.touch()
    (folder / STAMP).unlink()
    assert make(folder, aged, STAMP).returncode == 0
    assert (folder / STAMP).exists()
    assert kept.exists()
