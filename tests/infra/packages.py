"""Each function's zip as `sam build` makes it, with infra/Makefile, for this machine."""

import platform
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.infra.tools import ROOT

# A function, and the pins of its packages.
SETS = {
    "Connect": "chat",
    "Message": "chat",
    "Disconnect": "chat",
    "Sweep": "chat",
    "Responder": "responder",
    "Deliver": "deliver",
    "Http": "http",
    "Migrate": "function",
}
MANYLINUX = ("manylinux_2_28", "manylinux2014", "manylinux_2_17")
BUILD_SECONDS = 900.0


def build(folder: Path) -> dict[str, Path]:
    """The zip of each function. Two at a time: pip needs a core."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: _make(folder / one, f"packages-{one}"), set(SETS.values())))
        return dict(threads.map(lambda name: _function(folder, name), SETS))


def _function(folder: Path, name: str) -> tuple[str, Path]:
    made = folder / f"{name}Function"
    _make(made, f"build-{name}Function", f"PACKAGES={folder / SETS[name]}")
    packed = made.with_suffix(".zip")
    # Not compressed: nobody sends it far.
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(made.rglob("*")):
            archive.write(file, file.relative_to(made))
    return f"{name}Function", packed


def _make(folder: Path, target: str, *words: str) -> None:
    platforms = " ".join(f"{one}_{platform.machine()}" for one in MANYLINUX)
    variables = (f"ARTIFACTS_DIR={folder}", f"PLATFORMS={platforms}", f"PYTHON={sys.executable}")
    done = subprocess.run(
        ["make", "-s", "-f", "infra/Makefile", target, *variables, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
