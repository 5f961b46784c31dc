"""The command a person runs: on one scenario and its companion, and beside an older commit."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT


def measured(folder: Path, *words: str) -> str:
    """What the command prints, without a word of a figure that failed."""
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--only", "B4", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_quick_measures_writes_and_draws(tmp_path: Path) -> None:
    printed = measured(tmp_path)
    results = json.loads((tmp_path / ".bench" / "results.json").read_text())
    assert list(results) == ["B4", "B4 own"]
    for name, result in results.items():
        assert result["value"] > 0 and result["bound"] > 0 and result["rounds"]
        assert f"| {name} | " in printed
    assert "seconds to the ack" in (tmp_path / ".bench" / "figures.svg").read_text()


def test_since_measures_an_older_commit_by_the_same_load(tmp_path: Path) -> None:
    printed = measured(tmp_path, "--since", "HEAD")
    results = json.loads((tmp_path / ".bench" / "since.json").read_text())
    assert list(results) == ["B4"]
    assert results["B4"]["value"] > 0 and results["B4"]["bound"] > 0
    assert "≤ 1.11" in printed
