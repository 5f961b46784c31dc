"""A class name means one thing in the whole product."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "functions", "local")


def test_no_two_classes_or_type_aliases_share_a_name() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    imported: dict[str, set[str]] = defaultdict(set)
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        for name in defined(tree):
            places[name].add(place)
        for name, module in from_elsewhere(tree):
            imported[name].add(f"{module} in {place}")
    assert len(places) > 100
    shared = {
        name: sorted(found | imported[name])
        for name, found in places.items()
        if len(found | imported[name]) > 1
    }
    assert not shared, "Give one of them another name, or import it `as` another."


def defined(tree: ast.Module) -> Iterator[str]:
    """The classes and type aliases of a module. Constants and type variables are upper-case."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                name = name.lstrip("_")
                if name[0].isupper() and not name.isupper():
                    yield name


def from_elsewhere(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that a module imports from other packages, as it calls them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in ROOMS:
            yield from ((alias.asname or alias.name, str(node.module)) for alias in node.names)
