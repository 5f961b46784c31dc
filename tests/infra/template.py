"""The transformed template, as tests look at it."""

from collections.abc import Iterator
from typing import Any

from local.localstack import read_template

Resources = dict[str, Any]
# Those that answer and send; the eighth migrates.
NAMES = ("Connect", "Message", "Disconnect", "Http", "Sweep", "Responder", "Deliver")


def properties(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def environment(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(resources, f"{name}Function")["Environment"]["Variables"]
    return found


def written_variables(name: str) -> set[str]:
    """The variables that a function gets, as `connect`, by the template as it is written."""
    template = read_template()
    own = template["Resources"][f"{name.title()}Function"]["Properties"]
    return {
        *template["Globals"]["Function"]["Environment"]["Variables"],
        *own["Environment"]["Variables"],
    }


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
