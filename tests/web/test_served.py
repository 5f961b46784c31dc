"""What lies below `functions/web` is served and shipped as it is."""

import re
from pathlib import Path

from functions.routes.pages import SERVED, WEB

IMPORT = re.compile(r'^import .*? from "(.+?)";$', re.MULTILINE)
PRELOADED = re.compile(r'"((?:widget|view|client)/[a-z_]+)"')


def imported(path: Path, found: set[Path]) -> set[Path]:
    """A script and all that it imports."""
    if path not in found:
        found.add(path)
        for name in IMPORT.findall(path.read_text()):
            imported((path.parent / name).resolve(), found)
    return found


def test_nothing_lies_there_that_is_not_served() -> None:
    others = [path for path in WEB.rglob("*") if path.is_file() and path.suffix not in SERVED]
    assert not others


def test_the_widget_fetches_every_script_at_once() -> None:
    needed = imported((WEB / "widget" / "element.js").resolve(), set())
    names = {path.relative_to(WEB.resolve()).with_suffix("").as_posix() for path in needed}
    preloaded = PRELOADED.findall((WEB / "widget.js").read_text())
    assert sorted(preloaded) == sorted(names - {"widget/element"})
