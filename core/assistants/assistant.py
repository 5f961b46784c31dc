"""The assistant's interface: a conversation in, a stream of text out. And the echo."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol, Self

from core.answerer import Answerer, Content, Offers
from core.model import CallCost, Conversation, Usage
from core.value import value


@value
class TextPiece:
    """A piece of the answer's text. All pieces in order are the answer."""

    text: str


@value
class PersonAsked:
    """The assistant asks for a person. `reason` is for the team, and may be empty."""

    reason: str


@value
class StreamEnded:
    """The stream ended well. It is always the last event.

    `cut`: the answer is not whole, because the provider stopped it at a limit.
    """

    usage: Usage | None
    cut: bool = False


StreamEvent = TextPiece | PersonAsked | StreamEnded


class AssistantFailed(Exception):
    """No answer, or only a part of one.

    `code` is one of rate_limited, quota, unauthorized, forbidden, not_found, bad_request, conflict,
    server_error, unreachable, stalled, cut, garbled, refused, empty. `retry_after` is in seconds,
    and None where the provider named no time. `detail` is for logs: it holds no text and no key.
    `begun`: the provider had begun to answer, so the answer costs something. `usage`: what it cost,
    where the provider said so.
    """

    usage: Usage | None = None
    begun = False

    def __init__(
        self, code: str, *, retryable: bool, retry_after: float | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.retryable = retryable
        self.retry_after = retry_after
        self.detail = detail


class Assistant(Protocol):
    """Answers a conversation.

    `merges_messages`: all pending messages of a chat get one answer, not one each. `history`: how
    many of the chat's last messages it reads. `cost`: what one answer may cost; None: nothing.
    `offers`: what sites may choose instead; None: it answers on all of them.
    """

    merges_messages: bool
    cost: CallCost | None
    history: int
    offers: Offers | None

    def chosen(self, answerer: Answerer | None) -> "Assistant":
        """The assistant that a claim names. None: this one."""
        ...

    def instructed(self, content: Content) -> "Assistant":
        """The assistant that a version would be, which nobody has saved yet."""
        ...

    def stream(self, conversation: Conversation) -> AsyncGenerator[StreamEvent, None]:
        """The answer, ending with `StreamEnded`. Raises `AssistantFailed`.

        Closing the stream stops the work.
        """
        ...

    async def close(self) -> None: ...


def needs_only_the_message(assistant: Assistant) -> bool:
    """Whether the store may claim the answer together with the message."""
    return not assistant.merges_messages and assistant.cost is None and assistant.history == 1


class Echo:
    """Repeats each message, `delay` seconds after it was stored."""

    merges_messages = False
    cost: CallCost | None = None
    history = 1
    offers: Offers | None = None

    def __init__(self, delay: float) -> None:
        self.delay = delay

    def chosen(self, answerer: Answerer | None) -> Self:
        return self

    def instructed(self, content: Content) -> Self:
        return self

    async def stream(self, conversation: Conversation) -> AsyncGenerator[StreamEvent, None]:
        await asyncio.sleep(max(0.0, self.delay - conversation.age))
        yield TextPiece(conversation.lines[-1].text)
        yield StreamEnded(None)

    async def close(self) -> None:
        """The echo holds nothing open."""
