"""What differs between OpenAI's APIs: the request, and how its events are read."""

from collections.abc import Iterable
from typing import Any, Protocol

from core.assistants.assistant import StreamEnded, StreamEvent
from core.assistants.endpoint import Endpoint
from core.assistants.profile import Profile
from core.assistants.sse import Event
from core.model import Conversation, Usage


class Reader(Protocol):
    """Reads the events of one stream.

    `ended`: nothing more is needed. `finished`: the answer is whole, although more may come.
    `begun`: the provider has begun to answer, so it will be paid. `usage`: what it counted so far.
    """

    ended: bool
    begun: bool
    usage: Usage | None

    @property
    def finished(self) -> bool: ...

    def read(self, event: Event) -> Iterable[StreamEvent]:
        """Translate one event. Raises `AssistantFailed` if the event reports a failure.

        Raises an `AttributeError`, `KeyError` or `TypeError` for an event of another shape.
        """
        ...

    def done(self) -> StreamEnded:
        """The end of a good stream. Raises `AssistantFailed` if it was cut, or was empty."""
        ...


class ProviderApi(Protocol):
    """One of the APIs that a provider may speak."""

    def path(self, endpoint: Endpoint, model: str) -> str: ...

    def body(
        self, endpoint: Endpoint, profile: Profile, conversation: Conversation
    ) -> dict[str, Any]:
        """The body of the call. An option that is not set is not sent."""
        ...

    def reader(self, most: int | None) -> Reader:
        """`most`: how many tokens the answer may have."""
        ...


def is_spent(usage: Usage | None, most: int | None) -> bool:
    """Whether an answer took all tokens that it may have. Some servers call that a good end."""
    return usage is not None and most is not None and usage.output_tokens >= most
