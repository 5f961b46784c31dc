"""Print the files of `functions/` that one function's handler imports, itself included.

python3 infra/parts.py MessageFunction
"""

import ast
import sys
from pathlib import Path

FUNCTIONS = Path(__file__).parent.parent / "functions"


def parts(handler: str) -> set[str]:
    """The modules of `functions/`, by name, that a module needs."""
    found: set[str] = set()
    waiting = ["__init__", handler]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        tree = ast.parse((FUNCTIONS / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                package, _, module = node.module.partition(".")
                if package == "functions":
                    waiting += [module] if module else [alias.name for alias in node.names]
    return found


def main() -> None:
    handler = sys.argv[1].removesuffix("Function").lower()
    print(*sorted(f"functions/{name}.py" for name in parts(handler)))


if __name__ == "__main__":
    main()
