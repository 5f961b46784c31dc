"""What the store's steps take and give, and how it is read from their rows."""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from core import rows
from core.errors import ChatError
from core.model import (
    Chat,
    ChatId,
    Claim,
    ConnectionId,
    Conversation,
    Draft,
    Line,
    Message,
    Page,
    State,
    Target,
    Told,
    Usage,
    Visitor,
    WaitingFor,
)
from core.refusals import MANY_MESSAGES, allowed, known

T = TypeVar("T")
Results = list[T | ChatError]
"""One for each of the calls that went together, in their order."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A visitor's message as it came."""

    connection: ConnectionId
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Received:
    """A stored message of a visitor; `owed`: the assistant has to answer."""

    message: Message
    owed: bool
    told: Told


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a visitor missed: one page of it, and the answer now being written."""

    chat: Chat
    page: Page
    draft: Draft | None
    owed: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """How an assistant wants to answer: many messages at once, after so many quiet seconds, and
    having read so many lines."""

    bursts: bool
    quiet: float
    history: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim. `claim` and `conversation` are set for `claimed` and `spent`."""

    outcome: str
    delay: float = 0.0
    claim: Claim | None = None
    conversation: Conversation | None = None
    over_budget: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a flush: `saved`, `newer` (begin anew with all) or `fenced` (stop)."""

    outcome: str
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class LastWord:
    """How an answer ends. `then`: what the chat waits for afterwards, and the `reason` for it."""

    claim: Claim
    text: str
    state: State = "final"
    usage: Usage | None = None
    then: WaitingFor | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
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


def received(row: dict[str, Any], managers: tuple[Target, ...]) -> Received | ChatError:
    try:
        known(row["known"])
        allowed(row["wait"], MANY_MESSAGES)
    except ChatError as refused:
        return refused
    message = rows.message(row["message"])
    told = Told(
        messages=(message,),
        chat=rows.chat(row["chat"]) if row["chat"] else None,
        users=rows.targets(row["users"]),
        managers=managers,
    )
    return Received(message, row["owed"], told)


def claimed(chat_id: ChatId, row: dict[str, Any]) -> Claimed:
    if row["outcome"] not in ("claimed", "spent"):
        return Claimed(row["outcome"], float(row["delay"] or 0))
    claim = Claim(chat_id, row["epoch"], row["try"], row["reply_to"])
    conversation = Conversation(
        chat_id,
        tuple(Line(line["role"], line["text"]) for line in row["lines"] or ()),
        float(row["age"] or 0),
        Visitor(**row["visitor"]),
    )
    return Claimed(row["outcome"], 0.0, claim, conversation, row["over_budget"])


def finished(row: dict[str, Any], managers: tuple[Target, ...]) -> Finished | None:
    if row["outcome"] == "fenced":
        return None
    told = Told(
        messages=tuple(rows.message(one) for one in row["messages"]),
        chat=rows.chat(row["chat"]) if row["chat"] else None,
        users=rows.targets(row["users"]),
        managers=managers,
    )
    return Finished(told, row["owed"])


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
