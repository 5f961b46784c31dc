"""The command a person runs, on one scenario and its companion."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT


def test_quick_measures_writes_and_draws(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--only", "B4"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / ".bench" / "results.json").read_text())
    assert list(results) == ["B4", "B4 own"]
    for name, result in results.items():
        assert result["value"] > 0 and result["bound"] > 0 and result["rounds"]
        assert f"| {name} | " in done.stdout
    assert "seconds to the ack" in (tmp_path / ".bench" / "figures.svg").read_text()
