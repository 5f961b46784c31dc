"""Values: what is compared by what it holds and never changed."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A frozen dataclass to the type checker, who says no to whoever would change one.

    At run time it is not frozen: to make a frozen one takes a call for each of its fields, and a
    message becomes a dozen of them on its way.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)
