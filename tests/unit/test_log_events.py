"""Log lines have one form: an event's name, and fields that always have the same names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NAME = re.compile(r"[a-z]+(_[a-z]+)+")
FIELDS = {
    *("api", "assistant", "assistant_id", "at", "attempt", "callback_url", "calls", "chat_id"),
    *("code", "connection_id"),
    *(
        "database",
        "delivery_id",
        "device",
        "endpoint",
        "exc_info",
        "expected_file",
        "failures",
        "file",
        "folder",
    ),
    *("hash", "hint", "job_id", "left", "left_out", "lost", "missing"),
    *("model", "path", "reason", "release", "request_id", "retryable"),
    *("route", "seconds", "server", "sslmode", "stack", "status", "task", "timer"),
}


def test_each_event_is_named_by_a_noun_and_what_happened() -> None:
    names = [name for _, name, _ in log_lines()]
    assert len(names) > 25
    assert not [name for name in names if not NAME.fullmatch(name)]


def test_a_field_has_the_same_name_in_every_line() -> None:
    for place, _, fields in log_lines():
        assert not fields - FIELDS, place


def log_lines() -> Iterator[tuple[str, str, set[str]]]:
    """Every line that the product may log: its place, its event and its fields' names."""
    for room in ("core", "functions", "local"):
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assigned = {
                ast.unparse(target): node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
            }
            for call in ast.walk(tree):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                logger = assigned.get(ast.unparse(call.func.value), call.func.value)
                if ast.unparse(logger) == "structlog.get_logger()" and call.func.attr in LEVELS:
                    name = assigned.get(ast.unparse(call.args[0]), call.args[0])
                    fields = {field.arg for field in call.keywords if field.arg}
                    yield f"{path.name}:{call.lineno}", ast.literal_eval(name), fields
