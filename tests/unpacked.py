"""The code of an older commit in a folder of its own, to run it beside this one."""

import subprocess
from pathlib import Path

from tests.server import ROOT


def unpacked(commit: str, folder: Path) -> Path:
    """Its files, as git has them. It runs with what is installed for this commit."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder
