"""What is read is passed on: some caller passes each parameter that may be left out."""

import ast

from tests.infra.readers import DEFINITION, sources, tree
from tests.infra.tools import ROOT

# No caller of ours passes these, and why they are there.
NOT_PASSED = {
    "core/limits.py: Buckets(most)": "for tests",
    "functions/routes/dependencies.py: searching_manager(q)": "FastAPI passes it from the query",
    "local/gateway/gateway.py: Gateway(quotas)": "for tests: API Gateway's own numbers are fixed",
    "local/gateway/gateway.py: Gateway(ordered)": "for tests: API Gateway may not keep the order",
    "local/gateway/leaked_tasks.py: _remember(context)": "asyncio passes it",
    "local/localstack.py: LocalStack(stack)": "for tests, which share one LocalStack",
}


def test_some_caller_passes_each_optional_parameter() -> None:
    """A parameter that nobody passes is a setting that arrives nowhere."""
    calls = passed()
    unpassed = {
        f"{file.relative_to(ROOT)}: {owner}({name})"
        for file in sources("core", "functions", "local")
        for owner, position, name in optional(tree(file))
        if not is_passed(calls.get(owner, []), position, name)
    }
    assert unpassed == {*NOT_PASSED}


def optional(module: ast.Module) -> list[tuple[str, int | None, str]]:
    """Each parameter with a default: what is called, the place (None: only by name), the name."""
    found: list[tuple[str, int | None, str]] = []
    for holder in ast.walk(module):
        if not isinstance(holder, ast.Module | ast.ClassDef):
            continue
        for node in holder.body:
            # Decorated ones are called by a framework, or by an attribute's name.
            if not isinstance(node, DEFINITION) or node.decorator_list:
                continue
            is_method = isinstance(holder, ast.ClassDef)
            name = holder.name if is_method and node.name == "__init__" else node.name  # type: ignore[union-attr]
            arguments = node.args.args[1:] if is_method else node.args.args
            first = len(arguments) - len(node.args.defaults)
            found += [(name, at, arg.arg) for at, arg in enumerate(arguments) if at >= first]
            found += [
                (name, None, arg.arg)
                for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if default is not None
            ]
    return found


class _Calls(ast.NodeVisitor):
    """All calls by the name of what is called: also by `cls`, and of what `partial` holds."""

    def __init__(self) -> None:
        self.found: dict[str, list[ast.Call]] = {}
        self._class = ""

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self._class = self._class, node.name
        self.generic_visit(node)
        self._class = outer

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = _name(node.func)
        if name == "partial":
            held, *given = node.args
            name, node = _name(held), ast.Call(held, given, node.keywords)
        self.found.setdefault(self._class if name == "cls" else name, []).append(node)


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def passed() -> dict[str, list[ast.Call]]:
    calls = _Calls()
    for file in sources("core", "functions", "local", "main.py"):
        calls.visit(tree(file))
    return calls.found


def is_passed(calls: list[ast.Call], position: int | None, name: str) -> bool:
    return any(
        any(word.arg in (name, None) for word in call.keywords)
        or any(isinstance(one, ast.Starred) for one in call.args)
        or (position is not None and len(call.args) > position)
        for call in calls
    )
