"""What the store's steps take and give."""

import json
from typing import TypeVar

from core.errors import ChatError
from core.model import (
    Chat,
    ChatId,
    Claim,
    ConnectionId,
    Conversation,
    Draft,
    Message,
    Page,
    State,
    Target,
    Told,
    Usage,
    WaitingFor,
)
from core.value import value

T = TypeVar("T")
Results = list[T | ChatError]
"""One for each of the calls that went together, in their order."""


@value
class Sent:
    """A visitor's message as it came."""

    connection: ConnectionId
    text: str
    client_id: str


@value
class Received:
    """A stored message of a visitor; `owed`: the assistant has to answer. `claimed`: the right to
    do so, if it came along."""

    message: Message
    owed: bool
    told: Told
    claimed: "Claimed | None" = None


@value
class Entering:
    """A visitor's socket that is about to open: the chat's that `ticket` (its hash) opens, or,
    where there are no tickets, `chat_id`'s."""

    target: Target
    chat_id: ChatId | None
    ticket: bytes | None = None
    address: str | None = None


@value
class Leaving:
    """A connection that is forgotten, if it is at least `age` seconds old."""

    connection: ConnectionId
    age: int = 0


@value
class Resuming:
    """A visitor who asks for everything behind `after`."""

    connection: ConnectionId
    after: int


@value
class Resumed:
    """What a visitor missed: one page of it, and the answer now being written."""

    chat: Chat
    page: Page
    draft: Draft | None
    owed: bool


@value
class Terms:
    """How an assistant wants to answer: many messages at once, after so many quiet seconds, and
    having read so many lines."""

    bursts: bool
    quiet: float
    history: int


@value
class Asked:
    """Whose right to write is asked for: `held` is the `try` of a claim that is asked for anew."""

    chat_id: ChatId
    held: int | None = None


@value
class Claimed:
    """The answer to a claim. `claim` and `conversation` are set for `claimed` and `spent`."""

    outcome: str
    delay: float = 0.0
    claim: Claim | None = None
    conversation: Conversation | None = None
    over_budget: bool = False


@value
class Saved:
    """The answer to a flush: `saved`, `newer` (begin anew with all) or `fenced` (stop)."""

    outcome: str
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()


@value
class LastWord:
    """How an answer ends. `then`: what the chat waits for afterwards, and the `reason` for it."""

    claim: Claim
    text: str
    state: State = "final"
    usage: Usage | None = None
    then: WaitingFor | None = None
    reason: str = ""


@value
class Finished:
    """A stored answer; `owed`: something newer waits for one."""

    told: Told
    owed: bool


def one_of(results: Results[T]) -> T:
    """The only result. Raises it when it is an error."""
    (result,) = results
    if isinstance(result, ChatError):
        raise result
    return result


def usage_json(usage: Usage | None) -> str | None:
    if usage is None:
        return None
    return json.dumps(
        {
            "model": usage.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        }
    )
