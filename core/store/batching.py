"""How the calls of a step are put into statements."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Protocol, TypeVar

from core.errors import ChatError

C = TypeVar("C")
R = TypeVar("R")
T = TypeVar("T")

Results = list[T | ChatError]
"""One for each of the calls that went together, in their order."""

Statement = Callable[[Sequence[C]], Awaitable[Results[R]]]
Step = Callable[[C], Awaitable[R]]


class Batching(Protocol):
    """A strategy. `claims_ahead`: a visitor's message brings along the right to answer it, where
    that is all that is pending and this process will answer it."""

    claims_ahead: bool

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        """One call of a step that takes many. Of two calls with the same key, the second is never
        under way before the first is done. The step raises the call's error."""
        ...


class Alone:
    """Each call in a statement of its own: a Lambda container does one thing at a time."""

    claims_ahead = False

    def step(self, statement: Statement[C, R], key: Callable[[C], Hashable]) -> Step[C, R]:
        async def alone(call: C) -> R:
            return only(await statement([call]))

        return alone


def only(results: Results[T]) -> T:
    """The only result. Raises it when it is an error."""
    (result,) = results
    if isinstance(result, ChatError):
        raise result
    return result
