"""The peers' programs: each comes from its registry into an environment of its own in `.peers/`.

`versions.toml` names them. Nothing of them is in this repository or in its own environment.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.server import ROOT

HOME = ROOT / ".peers"
VERSIONS = Path(__file__).with_name("versions.toml")
SECONDS = 900

Versions = dict[str, str]


def wanted() -> dict[str, dict[str, Versions]]:
    """By peer and by registry: the packages with their versions."""
    return tomllib.loads(VERSIONS.read_text())


def lacks(peer: str) -> str | None:
    """Why this peer cannot be measured, if so."""
    stamp = HOME / peer / "done"
    if stamp.exists() and stamp.read_text() == _stamp(peer):
        return None
    refused = HOME / f"{peer}.txt"
    if refused.exists():
        return f"{peer} cannot be had: {refused.read_text()}"
    return f"{peer} is not installed; run: make bench PEERS=1"


def install(peer: str) -> None:
    """Have the peer as it is wanted. A failure is kept as the reason that `lacks` gives."""
    if lacks(peer) is None:
        return
    folder = HOME / peer
    refused = HOME / f"{peer}.txt"
    refused.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for registry, packages in wanted()[peer].items():
            for command in FROM[registry](folder, packages):
                _run(command, folder)
    except (OSError, subprocess.SubprocessError, NotHad) as failure:
        refused.write_text(str(failure))
    else:
        # Last. So an interrupted installation starts again.
        (folder / "done").write_text(_stamp(peer))


class NotHad(Exception):
    """A registry does not give a package, or its program is not on this machine."""


def _stamp(peer: str) -> str:
    return json.dumps(wanted()[peer])


def _npm(folder: Path, packages: Versions) -> Iterator[list[str]]:
    package = {"private": True, "type": "module", "dependencies": packages}
    (folder / "package.json").write_text(json.dumps(package))
    # No package needs the programs that it brings for its installation.
    yield ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def _pip(folder: Path, packages: Versions) -> Iterator[list[str]]:
    yield [sys.executable, "-m", "venv", str(folder)]
    named = [f"{name}=={version}" for name, version in packages.items()]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    yield [*pip, "install", "--quiet", *named]


def _apt(folder: Path, packages: Versions) -> Iterator[list[str]]:
    """Unpacked, and not installed: the machine's own programs stay as they are."""
    named = [f"{name}={version}" for name, version in packages.items()]
    yield ["apt-get", "download", "--quiet", *named]
    for package in sorted(folder.glob("*.deb")):
        yield ["dpkg", "--extract", str(package), str(folder)]


FROM: dict[str, Callable[[Path, Versions], Iterator[list[str]]]] = {
    "npm": _npm,
    "pip": _pip,
    "apt": _apt,
}


def _run(command: list[str], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        raise NotHad(f"there is no {command[0]}")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise NotHad(f"{Path(command[0]).name} says: {said[-1]}")
