"""What the store's steps take and give, and how it is read from their rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from core import rows
from core.errors import ChatError, NotConnected, TooMany
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
from core.refusals import MANY_MESSAGES, RECONNECT

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
    """A stored message of a visitor; `owed`: the assistant has to answer. `claimed`: the right to
    do so, if it came along."""

    message: Message
    owed: bool
    told: Told
    claimed: "Claimed | None" = None


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
class Asked:
    """Whose right to write is asked for: `held` is the `try` of a claim that is asked for anew."""

    chat_id: ChatId
    held: int | None = None


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


def received(sent: Sequence[Sent], row: Any) -> Results[Received]:
    """What became of each of these messages, from `receive_many`."""
    managers = rows.audience(row["managers"])
    found: dict[int, Received | ChatError] = {}
    for at, chat_id, seq, id_, time, owed, users, chat, claim in _each(row["stored"]):
        one = sent[at - 1]
        message = Message(
            *(chat_id, seq, id_, "user", "text", one.text, "final", 1, rows.time(time)),
            client_id=one.client_id,
        )
        told = Told((message,), rows.chat(chat) if chat else None, rows.audience(users), managers)
        found[at] = Received(message, owed, told, _claimed_with(message, claim) if claim else None)
    for at, old, owed, users, wait in _each(row["others"]):
        if old is None:
            found[at] = TooMany(MANY_MESSAGES, wait)
        else:
            message = rows.message(old)
            told = Told((message,), None, rows.audience(users), managers)
            found[at] = Received(message, owed, told)
    return [found.get(at) or NotConnected(RECONNECT) for at in range(1, len(sent) + 1)]


def _claimed_with(message: Message, claim: list[Any]) -> Claimed:
    """To answer one message, an assistant needs to have read nothing else."""
    epoch, try_, visitor = claim
    said = (Line("user", message.text),)
    return Claimed(
        "claimed",
        claim=Claim(message.chat_id, epoch, try_, message.seq),
        conversation=Conversation(message.chat_id, said, 0.0, Visitor(**visitor)),
    )


def claimed(asked: Sequence[Asked], row: Any) -> Results[Claimed]:
    """What became of each of these claims, from `claim_many`."""
    found: dict[int, Claimed] = {}
    for at, outcome, epoch, try_, reply_to, over, visitor, age, lines in _each(row["taken"]):
        chat_id = asked[at - 1].chat_id
        said = tuple(Line(role, text) for role, text in lines or ())
        conversation = Conversation(chat_id, said, age or 0.0, Visitor(**visitor))
        claim = Claim(chat_id, epoch, try_, reply_to)
        found[at] = Claimed(outcome, 0.0, claim, conversation, over)
    for at, outcome, delay in _each(row["others"]):
        found[at] = Claimed(outcome, delay or 0.0)
    return [found[at] for at in range(1, len(asked) + 1)]


def finished(last: Sequence[LastWord], row: Any) -> Results[Finished | None]:
    """What became of each of these answers, from `finish_many`; None without the claim."""
    managers = rows.audience(row["managers"])
    found: dict[int, Finished] = {}
    for at, seq, id_, time, owed, users, chat, more in _each(row["stored"]):
        one = last[at - 1]
        message = Message(
            one.claim.chat_id,
            *(seq, id_, "assistant", "text", one.text, one.state, 1, rows.time(time)),
            reply_to=one.claim.reply_to,
        )
        messages = (message, *map(rows.message, more or ()))
        told = Told(messages, rows.chat(chat) if chat else None, rows.audience(users), managers)
        found[at] = Finished(told, owed)
    for at, old, owed, users in _each(row["olds"]):
        told = Told((rows.message(old),), None, rows.audience(users), managers)
        found[at] = Finished(told, owed)
    return [found.get(at) for at in range(1, len(last) + 1)]


def _each(column: str | None) -> list[list[Any]]:
    return json.loads(column) if column else []


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
