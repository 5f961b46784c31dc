"""Values: compared by their fields, and never changed."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A dataclass that is frozen for the type checker, which refuses each change.

    At run time it is not frozen, for speed. A frozen one is made with one call for each field, and
    each message needs a dozen values.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)
