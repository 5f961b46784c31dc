"""The visitor's and the answer's steps in Postgres: one method, one statement, one round trip.

What a statement calls stands in `migrations/`; what a step takes and gives, in `steps.py`. The
other rooms have stores of their own: `desk_store.py`, `access_store.py`, `sweep_store.py`. Every
method raises `TryAgain` when the database is away.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import asyncpg

from core.errors import NotFound
from core.limits import NO_LIMITS, Limits
from core.model import (
    Chat,
    ChatId,
    Claim,
    ConnectionId,
    Page,
    State,
    Target,
    Told,
    Usage,
    Visitor,
    WaitingFor,
)
from core.store import database, rows
from core.store.refusals import MANY_CHATS, MANY_FRAMES, UNKNOWN_CHAT, allowed, known
from core.store.results import claimed, entered, finished, left, received, resumed
from core.store.steps import (
    Asked,
    Claimed,
    Entering,
    Finished,
    LastWord,
    Leaving,
    Received,
    Results,
    Resumed,
    Resuming,
    Saved,
    Sent,
    Terms,
    one_of,
    usage_json,
)

# API Gateway ends every connection after two hours; a row outlives that by a little.
CONNECTION_SECONDS = 2 * 3600 + 300
# A push may meet 410 while its socket is still being opened: younger rows are not forgotten.
OPENING_SECONDS = 10


class Store(database.Statements):
    # Whether a message brings along the right to answer it, where that is all that is owed.
    claims_ahead = False

    def __init__(self, pool: database.Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool)
        self._limits = limits

    async def ping(self) -> None:
        """Raise `TryAgain` unless the database answers."""
        await self._row("select 1")

    # The visitor

    async def enter_user(
        self,
        target: Target,
        chat_id: ChatId | None,
        ticket: bytes | None = None,
        address: str | None = None,
    ) -> Told:
        """Register a visitor's socket: the chat's that `ticket` (its hash) opens, or, where
        there are no tickets, `chat_id`, which is made if it is new.

        Raises `Unauthorized` for a ticket that is not good (any more), and `TooMany`.
        """
        return await self._enter(Entering(target, chat_id, ticket, address))

    async def _enter(self, entering: Entering) -> Told:
        return one_of(await self.enter_all([entering]))

    async def enter_all(self, entering: Sequence[Entering]) -> Results[Told]:
        """Register many sockets, in one commit."""
        row = await self._row(
            "call enter_many($1, $2, $3, $4, $5, $6, $7, $8, null, null)",
            [one.target.connection_id for one in entering],
            [one.target.callback_url for one in entering],
            [one.ticket.hex() if one.ticket else None for one in entering],
            [one.chat_id for one in entering],
            [one.address for one in entering],
            CONNECTION_SECONDS,
            self._limits.sockets_per_chat,
            self._limits.sockets_per_address,
        )
        return entered(row)

    async def make_chat(
        self, chat_id: ChatId, visitor: Visitor, address: str | None = None
    ) -> None:
        """Make a chat and note who writes there. Lists show it once something was said.

        Raises `TooMany` when this address made many.
        """
        told = {name: value for name, value in asdict(visitor).items() if value}
        rate = self._limits.chats
        row = await self._row(
            "select begin_chat($1, $2, $3, $4, $5) as wait",
            chat_id,
            json.dumps(told),
            address,
            rate.burst,
            rate.refill,
        )
        allowed(row["wait"], MANY_CHATS)

    async def receive(self, connection: ConnectionId, text: str, client_id: str) -> Received:
        """Store a visitor's message, once for each `client_id`.

        Raises `NotConnected`, and `TooMany` when the chat writes too fast.
        """
        return await self._receive(Sent(connection, text, client_id))

    async def _receive(self, sent: Sent) -> Received:
        said, _ = await self.take_turns([sent], [])
        return one_of(said)

    async def take_turns(
        self, sent: Sequence[Sent], last: Sequence[LastWord]
    ) -> tuple[Results[Received], Results[Finished | None]]:
        """Receive and finish many, in one commit; what one chat was sent in the order given."""
        rate = self._limits.messages
        row = await self._met_again(
            "call take_turns($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
            " null, null, null, null, null)",
            [one.connection for one in sent],
            [one.text for one in sent],
            [one.client_id for one in sent],
            rate.burst,
            rate.refill,
            self.claims_ahead,
            [one.claim.chat_id for one in last],
            [str(one.claim.epoch) for one in last],
            [str(one.claim.try_) for one in last],
            [str(one.claim.reply_to) for one in last],
            [one.text for one in last],
            [one.state for one in last],
            [usage_json(one.usage) for one in last],
            [one.then or "" for one in last],
            [one.reason for one in last],
        )
        return received(sent, row), finished(last, row)

    async def _met_again(self, statement: str, *args: object) -> Any:
        """Two of the same name met: now the one that lost finds the other stored."""
        try:
            return await self._row(statement, *args)
        except asyncpg.UniqueViolationError:
            return await self._row(statement, *args)

    async def resume_user(self, connection: ConnectionId, after: int, limit: int) -> Resumed:
        """Everything after `after`, at most `limit` messages.

        Raises `NotConnected` and `TooMany`.
        """
        return await self._resume(Resuming(connection, after), limit)

    async def _resume(self, resuming: Resuming, limit: int) -> Resumed:
        return one_of(await self.resume_all([resuming], limit))

    async def resume_all(self, resuming: Sequence[Resuming], limit: int) -> Results[Resumed]:
        """What many missed, in one snapshot."""
        row = await self._row(
            "select resume_many($1, $2, $3, $4, $5) as resumed",
            [one.connection for one in resuming],
            [str(one.after) for one in resuming],
            limit + 1,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        return resumed(row, limit)

    async def seen_by_user(self, connection: ConnectionId, seq: int) -> tuple[ChatId, int, Told]:
        """Move the visitor's seen mark forward. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call seen_by_user($1, $2, $3, $4, null, null, null, null, null, null)",
            connection,
            seq,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["known"])
        allowed(row["wait"], MANY_FRAMES)
        told = Told(users=rows.targets(row["users"]), managers=rows.targets(row["managers"]))
        return row["chat_id"], row["seq"], told

    async def typing_user(self, connection: ConnectionId) -> tuple[ChatId, tuple[Target, ...]]:
        """The chat of a connection and the managers who watch it.

        Raises `NotConnected` and `TooMany`.
        """
        row = await self._row(
            "select chat_id, wait, case when wait = 0 then watchers_of(chat_id) end as managers"
            " from chat_of($1, $2, $3)",
            connection,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["chat_id"])
        allowed(row["wait"], MANY_FRAMES)
        return row["chat_id"], rows.targets(row["managers"])

    async def stop_by_user(self, connection: ConnectionId) -> Told:
        """End the running answer; what was shown stays. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call stop_by_user($1, $2, $3, null, null, null, null, null, null)",
            connection,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["known"])
        allowed(row["wait"], MANY_FRAMES)
        return rows.told(row)

    async def ask_for_person(self, connection: ConnectionId, reason: str | None) -> Told:
        """The chat goes to a person and waits. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call ask_for_person($1, $2, $3, $4, null, null, null, null, null, null)",
            connection,
            reason,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["known"])
        allowed(row["wait"], MANY_FRAMES)
        return rows.told(row)

    async def leave(self, connection: ConnectionId, age: int = 0) -> Told:
        """Forget a connection that is at least `age` seconds old."""
        return await self._leave(Leaving(connection, age))

    async def _leave(self, leaving: Leaving) -> Told:
        return one_of(await self.leave_all([leaving]))

    async def leave_all(self, leaving: Sequence[Leaving]) -> Results[Told]:
        """Forget many connections, in one commit."""
        row = await self._row(
            "call leave_many($1, $2, null, null)",
            [one.connection for one in leaving],
            [str(one.age) for one in leaving],
        )
        return left(row)

    # The answer

    async def claim(
        self, chat_id: ChatId, *, bursts: bool, quiet: float, history: int, held: Claim | None
    ) -> Claimed:
        """Ask for the right to write the answer now; a writer that holds it may ask anew."""
        asked = Asked(chat_id, held.try_ if held else None)
        return await self._claim(asked, Terms(bursts, quiet, history))

    async def _claim(self, asked: Asked, terms: Terms) -> Claimed:
        return one_of(await self.claim_all([asked], terms))

    async def claim_all(self, asked: Sequence[Asked], terms: Terms) -> Results[Claimed]:
        """Claim many chats, in one commit."""
        row = await self._row(
            "select * from claim_many($1, $2, $3, $4, $5, $6, $7)",
            [one.chat_id for one in asked],
            [str(one.held) if one.held else None for one in asked],
            terms.bursts,
            terms.quiet,
            terms.history,
            self._limits.tokens_per_day,
            self._limits.tokens_per_chat,
        )
        return claimed(asked, row)

    async def save(self, claim: Claim, offset: int, piece: str, *, bursts: bool) -> Saved:
        """Keep a piece of the answer at `offset` (code points), and beat the claim's heart."""
        row = await self._row(
            "call save_draft($1, $2, $3, $4, $5, $6, null, null, null)",
            claim.chat_id,
            claim.epoch,
            claim.try_,
            offset,
            piece,
            bursts,
        )
        return Saved(row["outcome"], rows.targets(row["users"]), rows.targets(row["managers"]))

    async def finish(
        self,
        claim: Claim,
        text: str,
        state: State = "final",
        *,
        usage: Usage | None = None,
        then: WaitingFor | None = None,
        reason: str = "",
    ) -> Finished | None:
        """Store the answer; None when another has the right to write by now."""
        finished = await self._finish(LastWord(claim, text, state, usage, then, reason))
        if finished and then and finished.told.chat is None:
            return await self._told_again(finished)
        return finished

    async def _finish(self, last: LastWord) -> Finished | None:
        _, answered = await self.take_turns([], [last])
        return one_of(answered)

    async def _told_again(self, finished: Finished) -> Finished:
        """It was done before, and the answer got lost: what came with the last word, from then."""
        told = finished.told
        last = told.messages[-1]
        behind = await self.history(last.chat_id, last.seq, None, 1)
        events = (one for one in behind.messages if one.kind == "event")
        summary = await self.chat(last.chat_id)
        told = replace(told, messages=(*told.messages, *events), chat=summary)
        return replace(finished, told=told)

    async def charge(self, chat_id: ChatId, tokens: int) -> None:
        """Note what an answer cost that was never finished."""
        await self._row("select charge_tokens($1, $2)", chat_id, tokens)

    async def release(self, claim: Claim) -> None:
        """Give a claim back without an answer, so that whoever looks next may go on at once."""
        await self._row(
            "update chats set beat_at = null, attempts = greatest(attempts - 1, 0)"
            " where chat_id = $1 and epoch = $2 and try = $3",
            claim.chat_id,
            claim.epoch,
            claim.try_,
        )

    # Reading

    async def spent_today(self) -> int:
        """The tokens that the assistant's answers of this day (UTC) cost."""
        row = await self._row(
            "select coalesce((select tokens from spending"
            " where day = (now() at time zone 'utc')::date), 0) as tokens"
        )
        return int(row["tokens"])

    async def history(self, chat_id: ChatId, after: int, before: int | None, limit: int) -> Page:
        """Messages between `after` and `before`, in order: the last ones if `before` is given."""
        order = "desc" if before is not None else "asc"
        found = await self._rows(
            "select to_jsonb(m) as message from messages m"
            " where chat_id = $1 and seq > $2 and seq < $3"
            f" order by seq {order} limit $4",
            chat_id,
            after,
            before if before is not None else 2**31 - 1,
            limit + 1,
        )
        if not found:
            await self.chat(chat_id)
        read = [rows.message(json.loads(row["message"])) for row in found[:limit]]
        return Page(tuple(read if before is None else reversed(read)), len(found) > limit)

    async def chat(self, chat_id: ChatId) -> Chat:
        """A chat's summary. Raises `NotFound`."""
        row = await self._row("select summary($1) as chat", chat_id)
        chat = rows.chat_or_none(row["chat"])
        if chat is None:
            raise NotFound(UNKNOWN_CHAT)
        return chat
