"""Which settings the code reads: found in its source, for each function that AWS calls.

Names alone lead from one definition to the next. So this finds too many readers rather than too
few.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from core.settings import Settings
from functions.secret_store import SECRETS
from infra.parts import parts
from tests.infra.tools import ROOT

FIELDS = frozenset(Settings.model_fields)
# What code calls the settings.
CALLED = ("settings", "read")
# `OF_AWS.format(app.settings)` reads them by its text.
FORMATTED = re.compile(r"\{0\.(\w+)\}")
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Definition:
    """A function, property or method: the settings it reads, and all names in it."""

    reads: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        path = ROOT / room
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def read_by(function: str) -> set[str]:
    """The settings that an AWS function reads, and the names of the secrets that hold them."""
    files = parts(function)
    handler = ROOT / "functions" / f"{function}.py"
    roots = (
        ["socket_app.py"] if "SocketApp" in _names(tree(handler)) else ["app.py", "socket_app.py"]
    )
    found = _definitions([*files, *(ROOT / "core" / root for root in roots)])
    # Whatever stands in the handler's file is called by Lambda; FastAPI calls what its routes hold.
    called = [handler, *(file for file in files if "routes" in file.parts)]
    start = {name for file in called for name in _names(tree(file))}
    if function != "migrate":
        # The container makes an App for each of them.
        start |= {"__init__", "open", "handled", "_read"}
    if "lambda_handler" in start and "signs" not in start:
        found.pop("read_settings")
        found["is_open"] = Definition()
    return _with_secrets(_reached(found, start))


def read_anywhere() -> set[str]:
    """The settings that any code reads: the functions', core's and that of one process."""
    found = _definitions(sources("core", "functions", "local"))
    return _with_secrets(_reached(found, set(found)))


def _with_secrets(read: set[str]) -> set[str]:
    return read | {f"{name}_arn" for name in SECRETS if name in read}


def _reached(found: dict[str, Definition], start: Iterable[str]) -> set[str]:
    waiting, seen, read = [*start], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in found:
            continue
        seen.add(name)
        read |= found[name].reads
        waiting += found[name].names
    return read


def _definitions(files: Iterable[Path]) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for file in (*files, ROOT / "core" / "settings.py"):
        texts = _formatted(tree(file))
        for node in ast.walk(tree(file)):
            if isinstance(node, DEFINITION):
                made = found.setdefault(node.name, Definition())
                made.names |= _names(node) | {node.name}
                made.reads |= _reads(node, own=file.name == "settings.py")
                made.reads |= {
                    one for name, held in texts.items() if name in made.names for one in held
                }
    return found


def _formatted(module: ast.Module) -> dict[str, set[str]]:
    """A module's constants that name settings in their text."""
    constants = [node for node in module.body if isinstance(node, ast.Assign)]
    return {
        target.id: {*FORMATTED.findall(ast.unparse(node.value))} & FIELDS
        for node in constants
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _names(node: ast.AST) -> set[str]:
    attributes = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    words = {one.arg or "" for one in ast.walk(node) if isinstance(one, ast.keyword)}
    return attributes | words | {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _reads(node: ast.AST, *, own: bool) -> set[str]:
    called = (*CALLED, "self") if own else CALLED
    return {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and one.attr in FIELDS and _last(one.value) in called
    }


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return _last(func)
        case _:
            return ""
