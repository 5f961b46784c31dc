"""Where `infra/tools.sh` puts its tools; on a machine without them, their tests are skipped."""

import time
import urllib.request
from pathlib import Path

from tests.lacking import lacking

ROOT = Path(__file__).parent.parent.parent


def tool(name: str, program: str = "python") -> Path:
    """The program's path. Without it the test is skipped, and fails where CI is true."""
    path = ROOT / ".tools" / name / "bin" / program
    if not (ROOT / ".tools" / name / "done").exists():
        lacking(f"{name} is not installed; run: infra/tools.sh {name}")
    return path


def wait_until_healthy(url: str, log: Path, seconds: float) -> None:
    """Wait for an emulator of AWS that has just been started."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_localstack/health", timeout=20):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not start:\n{log.read_text()[-2000:]}")
