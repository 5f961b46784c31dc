"""The two steps of every turn: a visitor's message, and the answer to it.

One statement takes both, so messages and answers share one commit.
"""

import os
import time
from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.errors import ChatClosed, Forbidden, NotConnected, TooMany
from core.limits import NO_LIMITS, Limits
from core.model import (
    Chat,
    ChatId,
    Claim,
    ConnectionId,
    Conversation,
    Line,
    State,
    StoredMessage,
    Target,
    Usage,
    Visitor,
    WaitingFor,
)
from core.protocol.markdown import RENDERER, html
from core.protocol.text import storable
from core.store.batching import Batching, NoBatching, Results
from core.store.changes import Change, budget_to, budget_use
from core.store.database import Pool, Statements, as_json, read_json
from core.store.refusals import RECONNECT, message_refusal
from core.value import value


@value
class NewMessage:
    """A visitor's message as it came."""

    connection: ConnectionId
    text: str
    client_id: str
    reopens: bool = True


@value
class Received:
    """A stored message of a visitor. `pending`: the chat has an answer pending."""

    message: StoredMessage
    pending: bool
    change: Change


@value
class NewAnswer:
    """A finished answer. `next`: what the chat waits for afterwards, with a `reason`.

    `tokens`: what the provider's call has cost. None: there was none. `unless_newer`: it is not
    stored if the visitor wrote again.
    """

    claim: Claim
    text: str
    state: State = "final"
    usage: Usage | None = None
    next: WaitingFor | None = None
    reason: str = ""
    tokens: int | None = None
    html: str | None = None
    renderer: int | None = None
    unless_newer: bool = False


@value
class Finished:
    """A stored answer. `pending`: a newer message waits for an answer."""

    change: Change
    pending: bool


@value
class ClaimAhead:
    """A claim that was made with the message, and its conversation."""

    claim: Claim
    conversation: Conversation
    since: float


class TurnStore(Statements):
    """`ahead` holds the claims that were made with a message, until a job asks for them."""

    def __init__(
        self,
        pool: Pool,
        process: str,
        limits: Limits = NO_LIMITS,
        batching: Batching | None = None,
    ) -> None:
        super().__init__(pool)
        self._process = process
        self._limits = limits
        batching = batching or NoBatching()
        self._claims_ahead = batching.claims_ahead
        self._step = batching.step(self.store_all, _key)
        self.ahead: dict[ChatId, ClaimAhead] = {}

    async def receive(
        self, connection: ConnectionId, text: str, client_id: str, *, reopens: bool = True
    ) -> Received:
        """Store a visitor's message, once for each `client_id`.

        Raises `NotConnected`, `Forbidden` for a blocked contact, and `TooMany` when too many
        messages come in this chat. Without `reopens` it raises `ChatClosed` where the site wants a
        new chat after closing.
        """
        received = await self._step(NewMessage(connection, text, client_id, reopens))
        assert isinstance(received, Received)
        return received

    async def finish(
        self,
        claim: Claim,
        text: str,
        state: State = "final",
        *,
        usage: Usage | None = None,
        next: WaitingFor | None = None,
        reason: str = "",
        tokens: int | None = None,
        unless_newer: bool = False,
    ) -> Finished | None:
        """Store the answer, and settle its cost: `tokens`, or those of `usage`.

        Returns None if another writer holds the claim now; the cost is settled all the same. With
        `unless_newer` it returns None also if the visitor wrote again. Then the claim holds, and
        the cost is settled when it is made anew.
        """
        if tokens is None and usage is not None:
            tokens = usage.tokens
        answer = NewAnswer(
            *(claim, text, state, usage, next, reason, tokens),
            *(html(text), RENDERER, unless_newer),
        )
        finished = await self._step(answer)
        assert not isinstance(finished, Received)
        return finished

    async def store_all(
        self, turns: Sequence[NewMessage | NewAnswer]
    ) -> Results[Received | Finished | None]:
        """Store many in one commit. The messages of one chat keep their order."""
        messages = [turn for turn in turns if isinstance(turn, NewMessage)]
        answers = [turn for turn in turns if isinstance(turn, NewAnswer)]
        ids = _new_ids(len(messages) + len(answers))
        row = await self._row(
            "call store_turns($1, $2, $3, $4, $5, $6, null, null)",
            as_json(
                {
                    "connection_id": one.connection,
                    "id": message_id,
                    "text": one.text,
                    "client_id": one.client_id,
                    "reopens": one.reopens,
                }
                for one, message_id in zip(messages, ids, strict=False)
            ),
            as_json(map(_answer_row, answers, ids[len(messages) :])),
            self._limits.messages.burst,
            self._limits.messages.refill,
            self._limits.bytes_per_chat,
            self._process if self._claims_ahead else None,
        )
        managers = Target.parse_all(row["managers"])
        found = {one["place"]: one for one in read_json(row["results"] or "[]")}
        places = iter(range(1, len(messages) + 1))
        later = iter(range(len(messages) + 1, len(turns) + 1))
        return [
            self._received(turn, found.get(next(places)), managers)
            if isinstance(turn, NewMessage)
            else _finished(turn, found.get(next(later)), managers)
            for turn in turns
        ]

    def _received(
        self, new: NewMessage, row: dict[str, Any] | None, managers: tuple[Target, ...]
    ) -> Received | NotConnected | TooMany | Forbidden | ChatClosed:
        if row is None:
            return NotConnected(RECONNECT)
        if row["wait"]:
            return message_refusal(row["wait"])
        change = _change(new, row, managers)
        (message,) = change.messages
        if row["claim"]:
            self.ahead[message.chat_id] = _claim_ahead(message, row["claim"])
        return Received(message, row["pending"], change)


def _claim_ahead(message: StoredMessage, row: dict[str, Any]) -> ClaimAhead:
    # An assistant whose answer is claimed ahead reads nothing but this message.
    lines = (Line("user", message.text),)
    visitor = Visitor(**row["visitor"])
    return ClaimAhead(
        Claim(message.chat_id, row["epoch"], row["try"], message.seq),
        Conversation(message.chat_id, lines, visitor=visitor),
        time.monotonic(),
    )


def read_ahead(ahead: ClaimAhead) -> Conversation:
    """The conversation of a claim made ahead, with its age now."""
    return replace(ahead.conversation, age=time.monotonic() - ahead.since)


def _finished(
    new: NewAnswer, row: dict[str, Any] | None, managers: tuple[Target, ...]
) -> Finished | None:
    return Finished(_change(new, row, managers), row["pending"]) if row else None


def _change(
    new: NewMessage | NewAnswer, row: dict[str, Any], managers: tuple[Target, ...]
) -> Change:
    rows = row["messages"]
    chat = Chat.from_row(row["chat"])
    return Change(
        messages=tuple(map(StoredMessage.from_row, rows)) if rows else (_stored(new, row),),
        chat=chat if row["changed"] else None,
        listed=None if row["changed"] else chat,
        users=Target.parse_all(row["users"]),
        managers=(*managers, *Target.parse_all(row["managers"])) if row["heard"] else (),
        budget=budget_use(row["told"]),
        budget_to=budget_to(row["told"]),
    )


def _stored(new: NewMessage | NewAnswer, row: dict[str, Any]) -> StoredMessage:
    """What the statement has stored. It is not read again."""
    place = (ChatId(row["chat_id"]), row["seq"], row["id"])
    text, at = storable(new.text), datetime.fromisoformat(row["at"])
    if isinstance(new, NewMessage):
        return StoredMessage(
            *place, "user", "text", text, "final", 1, at, client_id=storable(new.client_id)
        )
    return StoredMessage(
        *(*place, "assistant", "text", text, new.state, 1, at),
        reply_to=new.claim.reply_to,
        html=new.html,
        renderer=new.renderer,
    )


def _new_ids(count: int) -> list[str]:
    """UUIDs of version 4, from one read of random bytes. https://www.rfc-editor.org/rfc/rfc9562"""
    digits = os.urandom(16 * count).hex()
    return [
        f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{'89ab'[int(one[16], 16) % 4]}{one[17:20]}-{one[20:]}"
        for one in (digits[at : at + 32] for at in range(0, len(digits), 32))
    ]


def _answer_row(answer: NewAnswer, message_id: str) -> dict[str, Any]:
    claim, usage = answer.claim, answer.usage
    return {
        "chat_id": claim.chat_id,
        "id": message_id,
        "epoch": claim.epoch,
        "try": claim.attempt,
        "reply_to": claim.reply_to,
        "text": answer.text,
        "html": answer.html,
        "renderer": answer.renderer,
        "state": answer.state,
        "usage": usage
        and {
            "model": usage.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        },
        "next": answer.next,
        "reason": answer.reason,
        "tokens": answer.tokens,
        "unless_newer": answer.unless_newer or None,
    }


def _key(turn: NewMessage | NewAnswer) -> Hashable:
    return turn.connection if isinstance(turn, NewMessage) else turn.claim.chat_id
