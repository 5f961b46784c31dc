"""The transformed template, as tests look at it."""

from collections.abc import Iterator
from typing import Any

Resources = dict[str, Any]
# Those that answer; the seventh migrates.
NAMES = ("Connect", "Message", "Disconnect", "Http", "Sweep", "Responder")


def properties(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def environment(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(resources, f"{name}Function")["Environment"]["Variables"]
    return found


def strings(value: object) -> Iterator[str]:
    """Every text in a tree."""
    match value:
        case str():
            yield value
        case dict():
            for key, held in value.items():
                yield from strings(key)
                yield from strings(held)
        case list():
            for held in value:
                yield from strings(held)


def references(value: object) -> Iterator[str]:
    """Every logical id that a tree names."""
    if isinstance(value, list):
        for held in value:
            yield from references(held)
    if isinstance(value, dict):
        for key, held in value.items():
            if key == "Ref":
                yield held
            elif key == "Fn::GetAtt":
                yield (held if isinstance(held, list) else held.split("."))[0]
            else:
                yield from references(held)
