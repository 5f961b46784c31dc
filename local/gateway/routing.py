"""Route selection: from a message to its route.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

import json
import re
from collections.abc import Callable
from typing import Any

PREDEFINED = frozenset({"$connect", "$disconnect", "$default"})

_PART = re.compile(
    r"\$\{request\.body(?P<braced>(?:\.[^{}.]+)+)\}"
    r"|\$request\.body(?P<bare>(?:\.[A-Za-z0-9_]+)+)"
    r"|\\(?P<escaped>.)"
    r"|(?P<literal>[^$\\]+)"
)

Select = Callable[[str], str]
_Render = Callable[[Any], str]


def compile_selection(expression: str) -> Select:
    """The function from a message's body to its route key, which may be `$default`.

    Raises ValueError for an expression with variables other than `$request.body.…`.
    """
    parts: list[_Render] = []
    at = 0
    while at < len(expression):
        part = _PART.match(expression, at)
        if part is None:
            raise ValueError(f"not a route selection expression: {expression!r}")
        parts.append(_render(part))
        at = part.end()
    needs_body = "request.body." in expression

    def select(body: str) -> str:
        document = None
        if needs_body:
            try:
                document = json.loads(body)
            except (ValueError, RecursionError):
                return "$default"
        key = "".join(render(document) for render in parts)
        # `$` is reserved: a client must not choose `$connect` or `$disconnect` by a message.
        return "$default" if key.startswith("$") else key

    return select


def _render(part: re.Match[str]) -> _Render:
    path = part["braced"] or part["bare"]
    if path is None:
        text = part["escaped"] or part["literal"]
        return lambda _: text
    names = path[1:].split(".")
    return lambda document: _as_text(_value_at(document, names))


def _value_at(document: Any, names: list[str]) -> Any:
    for name in names:
        if not isinstance(document, dict) or name not in document:
            return ""
        document = document[name]
    return document


def _as_text(value: Any) -> str:
    """The value as AWS writes it: a list becomes `[item1, item2]`.

    AWS documents lists only. Here an object is written in the same way, and null as nothing.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(_as_text(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{name}={_as_text(item)}' for name, item in value.items())}}}"
        case _:
            return str(value)
