"""Cuts frames that would be too large. Every step ends, whatever is stored."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from pydantic_core import to_json

from core.protocol import frames
from core.protocol.frames import encode

M = TypeVar("M", bound=frames.Message)


def fit(model: M, room: int) -> M:
    """The model in at most `room` bytes: without HTML, then with its text cut, at worst to none."""
    if len(encode(model)) <= room:
        return model
    plain = model.model_copy(update={"html": None})
    if len(encode(plain)) <= room:
        return plain
    bare = plain.model_copy(update={"text": "", "truncated": True})
    text = _beginning(plain.text, room - len(encode(bare)) + len('""'))
    return bare.model_copy(update={"text": text})


def _beginning(text: str, room: int) -> str:
    """The longest beginning of a text that takes at most `room` bytes as JSON."""
    return text[
        : max(0, bisect_right(range(len(text) + 1), room, key=lambda n: _size(text[:n])) - 1)
    ]


def end(text: str, room: int) -> str:
    """The longest end of a text that takes at most `room` bytes as JSON."""
    return text[bisect_left(range(len(text) + 1), -room, key=lambda n: -_size(text[n:])) :]


def _size(text: str) -> int:
    return len(to_json(text))


def first(models: Sequence[frames.Message], room: int) -> list[frames.Message]:
    """The first models that fit into `room` bytes. The first one is cut if it is too large."""
    fitting: list[frames.Message] = []
    for model in models:
        fits = model if fitting else fit(model, room - 1)
        room -= len(encode(fits)) + 1
        if room < 0 and fitting:
            break
        fitting.append(fits)
    return fitting
