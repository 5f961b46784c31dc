"""What lies below `functions/web` is served and shipped as it is, and the widget in two bundles."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from functions.routes.bundles import BUNDLES, LATER, bundle
from functions.routes.pages import SERVED, WEB, web
from tests.web.test_clients import node

IMPORT = re.compile(r'^(?:import|export) (?:\{[^}]*\}|\* as \w+) from "(.+?)";$', re.MULTILINE)


def imported(path: Path, found: set[Path]) -> set[Path]:
    """A script and all that it imports."""
    if path not in found:
        found.add(path)
        for name in IMPORT.findall(path.read_text()):
            imported((path.parent / name).resolve(), found)
    return found


def variable(path: Path) -> str:
    """What a bundle calls a module."""
    module = path.relative_to(WEB.resolve()).with_suffix("").as_posix()
    return "$" + re.sub(r"[^a-z]", "_", module)


def test_nothing_lies_there_that_is_not_served() -> None:
    others = [path for path in WEB.rglob("*") if path.is_file() and path.suffix not in SERVED]
    assert not others


@pytest.mark.parametrize("name", [*BUNDLES, *LATER])
def test_a_bundle_holds_each_script_once_and_is_a_module(name: str, tmp_path: Path) -> None:
    text = web.files[name].content.decode()
    first, sheets = BUNDLES.get(name, (LATER.get(name, ("",))[0], ()))
    needed = imported((WEB / first).resolve(), set())
    if name in LATER:
        there = imported((WEB / BUNDLES[LATER[name][1]][0]).resolve(), set())
        # What the page has already it has once: some of it knows the page's state.
        borrowed = re.search(r"const \{ (.*) \} = modules;", text)
        assert borrowed
        assert set(borrowed[1].split(", ")) <= {variable(path) for path in there}
        needed -= there
    for path in needed:
        assert text.count(f"const {variable(path)} = ") == 1, path
    if name in BUNDLES:
        assert len(sheets) == len(json.loads(text.split("export const sheets = ")[1].rstrip(";\n")))
    file = tmp_path / "bundle.mjs"
    file.write_text(text)
    checked = subprocess.run([node(), "--check", file], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


def test_a_form_of_import_that_a_bundle_does_not_know_is_refused() -> None:
    for line in ('export * from "./b.js";', "export default 5;", 'import "./b.js";'):
        with pytest.raises(ValueError, match="another form"):
            bundle("a.js", (), {"a.js": f"{line}\n".encode(), "b.js": b""})
