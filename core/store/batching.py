"""How many calls of one step go into one statement."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Protocol, TypeVar

from core.errors import ChatError

C = TypeVar("C")
R = TypeVar("R")
T = TypeVar("T")

Results = list[T | ChatError]
"""One result or error for each call of a batch, in the order of the calls."""

Statement = Callable[[Sequence[C]], Awaitable[Results[R]]]
Step = Callable[[C], Awaitable[R]]


class Batching(Protocol):
    """A strategy.

    `claims_ahead`: the statement that stores a visitor's message also claims its answer. It does so
    where this message is all that is pending. The same process must then answer it.
    """

    claims_ahead: bool

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        """A function that makes one call of a statement that takes many calls.

        Two calls with the same key run one after the other. The function raises its call's error.
        """
        ...


class NoBatching:
    """Each call gets its own statement: a Lambda container does one thing at a time."""

    claims_ahead = False

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        async def call_alone(call: C) -> R:
            return only(await statement([call]))

        return call_alone


def only(results: Results[T]) -> T:
    """The only result. Raises it when it is an error."""
    (result,) = results
    if isinstance(result, ChatError):
        raise result
    return result
