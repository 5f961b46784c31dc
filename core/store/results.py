"""What became of each step that went together with others, from the rows of `0011_sets.sql` and
`0012_turns.sql`."""

import json
from collections.abc import Sequence
from typing import Any

from core.errors import ChatError, NotConnected, TooMany
from core.model import ChatId, Claim, Conversation, Draft, Line, Message, Page, Told, Visitor
from core.store import rows
from core.store.refusals import MANY_FRAMES, MANY_MESSAGES, RECONNECT, sockets_allowed
from core.store.steps import Asked, Claimed, Finished, LastWord, Received, Results, Resumed, Sent


def entered(row: Any) -> Results[Told]:
    """What became of each who is about to enter, from `enter_many`."""
    managers = rows.audience(row["managers"])
    results: Results[Told] = []
    for _, outcome, chat in _each(row["entered"]):
        try:
            sockets_allowed(outcome)
        except ChatError as refused:
            results.append(refused)
        else:
            results.append(Told(chat=rows.chat(chat) if chat else None, managers=managers))
    return results


def left(row: Any) -> Results[Told]:
    """What each who left has changed, from `leave_many`."""
    managers = rows.audience(row["managers"])
    return [
        Told(chat=rows.chat(chat) if chat else None, managers=managers)
        for _, chat in _each(row["gone"])
    ]


def resumed(row: Any, limit: int) -> Results[Resumed]:
    """What each missed, at most `limit` messages, from `resume_many`."""
    results: Results[Resumed] = []
    for _, wait, chat, owed, draft, missed in _each(row["resumed"]):
        if wait:
            results.append(TooMany(MANY_FRAMES, wait))
        elif chat is None:
            results.append(NotConnected(RECONNECT))
        else:
            chat_id = ChatId(chat["chat_id"])
            found = [rows.message_of(chat_id, columns) for columns in missed or ()]
            page = Page(tuple(found[:limit]), len(found) > limit)
            shown = Draft(chat_id, *draft) if draft else None
            results.append(Resumed(rows.chat(chat), page, shown, owed))
    return results


def received(sent: Sequence[Sent], row: Any) -> Results[Received]:
    """What became of each of these messages, from `take_turns`."""
    managers = rows.audience(row["managers"])
    found: dict[int, Received | ChatError] = {}
    for at, chat_id, seq, id_, time, owed, users, chat, claim in _each(row["said"]):
        one = sent[at - 1]
        message = Message(
            chat_id=chat_id,
            seq=seq,
            id=id_,
            role="user",
            kind="text",
            text=one.text,
            state="final",
            rev=1,
            created_at=rows.time(time),
            client_id=one.client_id,
        )
        told = Told((message,), rows.chat(chat) if chat else None, rows.audience(users), managers)
        found[at] = Received(message, owed, told, _claimed_with(message, claim) if claim else None)
    for at, old, owed, users, wait in _each(row["unsaid"]):
        if old is None:
            found[at] = TooMany(MANY_MESSAGES, wait)
        else:
            message = rows.message(old)
            # Whoever sent it is among the users: without any, nobody is to hear of it again.
            told = Told((message,), None, rows.audience(users), managers if users else ())
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
    """What became of each of these answers, from `take_turns`; None without the claim."""
    managers = rows.audience(row["managers"])
    found: dict[int, Finished] = {}
    for at, seq, id_, time, owed, users, chat, more in _each(row["answered"]):
        one = last[at - 1]
        message = Message(
            chat_id=one.claim.chat_id,
            seq=seq,
            id=id_,
            role="assistant",
            kind="text",
            text=one.text,
            state=one.state,
            rev=1,
            created_at=rows.time(time),
            reply_to=one.claim.reply_to,
        )
        messages = (message, *map(rows.message, more or ()))
        told = Told(messages, rows.chat(chat) if chat else None, rows.audience(users), managers)
        found[at] = Finished(told, owed)
    for at, old, owed, users in _each(row["before"]):
        told = Told((rows.message(old),), None, rows.audience(users), managers)
        found[at] = Finished(told, owed)
    return [found.get(at) for at in range(1, len(last) + 1)]


def _each(column: str | None) -> list[list[Any]]:
    return json.loads(column) if column else []
