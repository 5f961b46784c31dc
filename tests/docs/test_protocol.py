"""docs/protocol.md names every frame with all its fields, every error and every call."""

import re
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from core import errors
from core.protocol import frames
from functions import problems
from functions.http import create_api
from infra.frame_types import is_frame, models_of_protocol
from tests.docs.pages import coded, page

PAGE = page("docs/protocol.md")
SENT = {"What a visitor sends": frames.UserAction, "What a manager sends": frames.ManagerAction}
# They have a section of their own, where they stand as they come.
WHOLE = (frames.Message, frames.ChatSummary, frames.Delta)
# Two frames of one type.
HEADINGS = {"Ready": "`ready` (a visitor's)", "ManagerReady": "`ready` (a manager's)"}
# The gateway's own answers, and those of the framework.
BESIDE = {"too_large": 413, "refused": 405}


def received() -> dict[str, type[BaseModel]]:
    """Every frame that a server sends, by the heading of its section."""
    whole = filter(is_frame, models_of_protocol())
    return {HEADINGS.get(one.__name__, f"`{_word(one, 'type')}`"): one for one in whole}


def _word(model: type[BaseModel], field: str) -> str:
    (word, *_) = get_args(model.model_fields[field].annotation)
    return str(word)


def _bare(annotation: Any) -> Any:
    """Without None and without the list around it."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not NoneType)
    return get_args(annotation)[0] if get_origin(annotation) is list else annotation


def fields(model: type[BaseModel], without: str) -> dict[str, Any]:
    """The names as the page writes them: `a`, `a?`, and `a.b` for the parts of a small value."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name == without:
            continue
        name = field.serialization_alias or name
        mark = (
            "?" if field.annotation is not _bare(field.annotation) and not _is_list(field) else ""
        )
        inner = _bare(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in WHOLE:
            for part, kind in fields(inner, "").items():
                found[f"{name}.{part.rstrip('?')}{mark or part[len(part.rstrip('?')) :]}"] = kind
        else:
            found[f"{name}{mark}"] = inner
    return found


def _is_list(field: Any) -> bool:
    return get_origin(field.annotation) is list


def written(heading: str) -> dict[str, str]:
    """The fields that a section's table names, and what it says of each."""
    return {name: row[1] for row in PAGE.tables.get(heading, ()) for name in coded(row[0])}


@pytest.mark.parametrize("heading", SENT)
def test_every_action_is_there_with_its_fields(heading: str) -> None:
    rows = {coded(row[0])[0]: coded(row[1]) for row in PAGE.tables[heading]}
    wanted = {
        str(action): [
            name + ("" if field.is_required() else "?")
            for name, field in model.model_fields.items()
            if name != "action"
        ]
        for model in get_args(SENT[heading])
        for action in get_args(model.model_fields["action"].annotation)
    }
    assert rows == wanted


@pytest.mark.parametrize("heading", received())
def test_every_frame_is_there_with_its_fields(heading: str) -> None:
    wanted = fields(received()[heading], "type")
    said = written(heading)
    assert set(said) == set(wanted)
    for name, kind in wanted.items():
        if get_origin(kind) is Literal:
            assert set(get_args(kind)) <= set(coded(said[name])), name


def test_every_section_is_a_frame() -> None:
    part = PAGE.text.partition("## What comes\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (.*)$", part, re.MULTILINE)) == set(received())


def test_every_error_is_there_with_its_status() -> None:
    said = {coded(row[0])[0]: int(row[1].split()[0]) for row in PAGE.tables["Errors"]}
    assert said == problems.STATUS | BESIDE
    defined = {one.code for one in vars(errors).values() if hasattr(one, "code")}
    # This one is for whoever runs it, and is shown as a defect.
    assert defined - {"misconfigured"} <= set(said)


def test_every_call_is_there() -> None:
    async def none() -> Any:
        raise AssertionError

    paths = create_api(none).openapi()["paths"]
    wanted = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    assert {coded(row[0])[0] for row in PAGE.tables["HTTP calls"]} == wanted
