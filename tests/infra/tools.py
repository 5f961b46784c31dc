"""Where `infra/tools.sh` puts its tools; on a machine without them, their tests are skipped."""

from pathlib import Path

from tests.lacking import lacking

ROOT = Path(__file__).parent.parent.parent


def tool(name: str, program: str = "python") -> Path:
    """The program's path. Without it the test is skipped, and fails where CI is true."""
    path = ROOT / ".tools" / name / "bin" / program
    if not (ROOT / ".tools" / name / "done").exists():
        lacking(f"{name} is not installed; run: infra/tools.sh {name}")
    return path
