"""`infra/audit.py` fails on what is known, and says plainly what it could not check."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.tools import ROOT

WELL = {"name": "tea", "version": "1", "vulns": []}
WEAK = {"name": "milk", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "sugar", "skip_reason": "the service is away"}


def audit(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run it with this script in the place of pip-audit."""
    (folder / "pip_audit.py").write_text(script)
    return subprocess.run(
        [sys.executable, ROOT / "infra" / "audit.py", "requirements.txt"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def answering(*packages: dict[str, Any]) -> str:
    return f"print({json.dumps({'dependencies': packages})!r})"


@pytest.mark.parametrize(
    ("script", "status", "last"),
    [
        (answering(WELL), 0, "requirements.txt: 0 packages with known vulnerabilities"),
        (answering(WELL, WEAK), 1, "}"),
        (answering(WELL, SKIPPED), 0, "NOT AUDITED: sugar in requirements.txt."),
        (answering(WEAK, SKIPPED), 1, "NOT AUDITED: sugar in requirements.txt."),
        (answering(SKIPPED), 0, "NOT AUDITED: sugar in requirements.txt."),
        ("raise SystemExit('no network')", 0, "NOT AUDITED: requirements.txt."),
        ("import nothing_of_that_name", 0, "NOT AUDITED: requirements.txt."),
        (answering(), 0, "NOT AUDITED: requirements.txt."),
    ],
    ids=["well", "weak", "one skipped", "weak and skipped", "all skipped", "away", "lost", "none"],
)
def test_what_was_not_audited_is_said(tmp_path: Path, script: str, status: int, last: str) -> None:
    done = audit(tmp_path, script)
    assert done.returncode == status, done.stderr
    assert done.stdout.splitlines()[-1].startswith(last), done.stdout


def test_the_reason_is_said(tmp_path: Path) -> None:
    assert "no network" in audit(tmp_path, "raise SystemExit('no network')").stdout
    assert "nothing_of_that_name" in audit(tmp_path, "import nothing_of_that_name").stdout
