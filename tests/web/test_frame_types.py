"""The pages' types are what the models of the wire protocol say."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from core.protocol import frames
from infra.frame_types import FILE, Writer, name_of, text

SIDES = (
    *get_args(frames.UserAction),
    *get_args(frames.ManagerAction),
    frames.MessageFrame,
    frames.ChatFrame,
    frames.Delta,
    frames.Ready,
    frames.ManagerReady,
    frames.TypingFrame,
    frames.SeenFrame,
    frames.Error,
    frames.Pong,
)


class Part(BaseModel):
    """A part of it."""

    name: str


class Sample(BaseModel):
    type: Literal["sample"] = "sample"
    parts: list[Part] = []
    part: Part | None = None
    state: Literal["open", "closed"]
    try_: int = Field(serialization_alias="try")
    facts: list[dict[str, Any]] = []


class MoreSample(Sample):
    size: float | None = None


class Act(BaseModel):
    action: Literal["one", "other"]
    after: int = 0
    reason: str | None = None


def test_the_pages_types_are_those_of_the_models() -> None:
    message = "run: python -m infra.frame_types"
    assert FILE.read_text(encoding="utf-8") == text(), message


def test_every_frame_and_every_action_has_a_type() -> None:
    lines = text().splitlines()
    for model in SIDES:
        assert [line for line in lines if line.endswith(f"}} {name_of(model)}")], model


def test_a_frame_leaves_out_what_is_none_and_nothing_else() -> None:
    part, sample, more = Writer([Part, Sample, MoreSample]).typedefs()
    assert part == (
        "/**\n * A part of it.\n * @typedef {object} Part\n * @property {string} name\n */\n"
    )
    assert sample.splitlines()[1:-1] == [
        " * @typedef {object} SampleFrame",
        ' * @property {"sample"} type',
        " * @property {Part[]} parts",
        " * @property {Part} [part]",
        ' * @property {"open" | "closed"} state',
        " * @property {number} try",
        " * @property {Record<string, unknown>[]} facts",
    ]
    assert more.splitlines()[1:-1] == [
        " * @typedef {SampleFrame & {size?: number}} MoreSampleFrame"
    ]


def test_an_action_may_leave_out_what_has_a_default() -> None:
    (act,) = Writer([Act]).typedefs()
    assert act.splitlines()[1:-1] == [
        " * @typedef {object} ActAction",
        ' * @property {"one" | "other"} action',
        " * @property {number} [after]",
        " * @property {string | null} [reason]",
    ]
