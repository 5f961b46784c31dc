"""Print the files of `functions/` that one function's handler needs, and the handler's own file.

python3 infra/parts.py MessageFunction
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def parts(handler: str) -> set[Path]:
    """The files of `functions/` that a handler needs, packages included."""
    found: set[Path] = set()
    waiting = [f"functions.{handler}"]
    while waiting:
        path = _file(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting += [".".join(path.relative_to(ROOT).parent.parts)]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("functions"):
                waiting += [str(node.module), *(f"{node.module}.{a.name}" for a in node.names)]
    return found


def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    for one in (path.with_suffix(".py"), path / "__init__.py"):
        if one.is_file():
            return one
    return None


def main() -> None:
    handler = sys.argv[1].removesuffix("Function").lower()
    print(*sorted(path.relative_to(ROOT).as_posix() for path in parts(handler)))


if __name__ == "__main__":
    main()
