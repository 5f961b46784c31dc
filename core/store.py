"""The visitor's and the answer's steps in Postgres: one method, one statement, one round trip.

What a statement calls stands in `migrations/`. `DeskStore` in `desk_store.py` is the same for
what managers do. Every method raises `TryAgain` when the database is away.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from core import database, rows
from core.errors import ChatError, NotConnected, NotFound, TooMany, Unauthorized
from core.limits import NO_LIMITS, Limits
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

# API Gateway ends every connection after two hours; a row outlives that by a little.
CONNECTION_SECONDS = 2 * 3600 + 300
# A push may meet 410 while its socket is still being opened: younger rows are not forgotten.
OPENING_SECONDS = 10

UNKNOWN_CHAT = "There is no such chat."
BAD_TICKET = "This ticket was used already or is too old. Ask for another with POST /tickets."
MANY_MESSAGES = "That was a lot at once. Please send it again in {seconds}."
MANY_FRAMES = "That was a lot at once. Please try again in {seconds}."
MANY_CHATS = "Many chats were begun from here. Please try again in {seconds}."
MANY_SOCKETS = "Too many windows are open here. Close some and try again in {seconds}."
# Nobody knows when one of them will be closed.
SOCKET_WAIT_SECONDS = 10
T = TypeVar("T")
Results = list[T | ChatError]

RECONNECT = "This connection is not known any more. Please connect again."


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


class Store(database.Statements):
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
        row = await self._row(
            "call open_user($1, $2, $3, $4, $5, $6, $7, $8, null, null, null)",
            target.connection_id,
            target.callback_url,
            ticket,
            chat_id,
            CONNECTION_SECONDS,
            address,
            self._limits.sockets_per_chat,
            self._limits.sockets_per_address,
        )
        sockets_allowed(row["outcome"])
        return Told(chat=rows.chat_or_none(row["chat"]), managers=rows.targets(row["managers"]))

    async def make_chat(
        self, chat_id: ChatId, visitor: Visitor, address: str | None = None
    ) -> None:
        """Make a chat and note who writes there. Lists show it once something was said.

        Raises `TooMany` when this address made many.
        """
        known = {name: value for name, value in asdict(visitor).items() if value}
        rate = self._limits.chats
        row = await self._row(
            "select begin_chat($1, $2, $3, $4, $5) as wait",
            chat_id,
            json.dumps(known),
            address,
            rate.burst,
            rate.refill,
        )
        _allowed(row["wait"], MANY_CHATS)

    async def receive(self, connection: ConnectionId, text: str, client_id: str) -> Received:
        """Store a visitor's message, once for each `client_id`.

        Raises `NotConnected`, and `TooMany` when the chat writes too fast.
        """
        return one_of(await self.receive_all([Sent(connection, text, client_id)]))

    async def receive_all(self, sent: Sequence[Sent]) -> Results[Received]:
        """The same for many, in one commit; those of one chat in the order given."""
        rate = self._limits.messages
        row = await self._row(
            "call receive_all($1, $2, $3, $4, $5, null, null)",
            [one.connection for one in sent],
            [one.text for one in sent],
            [one.client_id for one in sent],
            rate.burst,
            rate.refill,
        )
        managers = rows.targets(row["managers"])
        return [_received(one, managers) for one in json.loads(row["results"])]

    async def resume_user(self, connection: ConnectionId, after: int, limit: int) -> Resumed:
        """Everything after `after`, at most `limit` messages.

        Raises `NotConnected` and `TooMany`.
        """
        rate = self._limits.frames
        row = await self._row(
            "select n.chat_id, n.wait, r.* from chat_of($1, $4, $5) n"
            " left join lateral resume_user($1, $2, $3) r on n.wait = 0",
            connection,
            after,
            limit + 1,
            rate.burst,
            rate.refill,
        )
        _known(row["chat_id"])
        _allowed(row["wait"], MANY_FRAMES)
        _known(row["chat"])
        found = rows.messages(row["messages"])
        chat = rows.chat(json.loads(row["chat"]))
        page = Page(found[:limit], len(found) > limit)
        return Resumed(chat, page, rows.draft(row["draft"]), row["owed"])

    async def seen_by_user(self, connection: ConnectionId, seq: int) -> tuple[ChatId, int, Told]:
        """Move the visitor's seen mark forward. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call seen_by_user($1, $2, $3, $4, null, null, null, null, null, null)",
            connection,
            seq,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        _known(row["known"])
        _allowed(row["wait"], MANY_FRAMES)
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
        _known(row["chat_id"])
        _allowed(row["wait"], MANY_FRAMES)
        return row["chat_id"], rows.targets(row["managers"])

    async def stop_by_user(self, connection: ConnectionId) -> Told:
        """End the running answer; what was shown stays. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call stop_by_user($1, $2, $3, null, null, null, null, null, null)",
            connection,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        _known(row["known"])
        _allowed(row["wait"], MANY_FRAMES)
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
        _known(row["known"])
        _allowed(row["wait"], MANY_FRAMES)
        return rows.told(row)

    async def leave(self, connection: ConnectionId, age: int = 0) -> Told:
        """Forget a connection that is at least `age` seconds old."""
        row = await self._row("call leave($1, $2, null, null)", connection, age)
        return Told(chat=rows.chat_or_none(row["chat"]), managers=rows.targets(row["managers"]))

    # The answer

    async def claim(
        self, chat_id: ChatId, *, bursts: bool, quiet: float, history: int, held: Claim | None
    ) -> Claimed:
        """Ask for the right to write the answer now; a writer that holds it may ask anew."""
        terms = Terms(bursts, quiet, history)
        if held is not None:
            return await self._claim_anew(held, terms)
        return one_of(await self.claim_all([chat_id], terms))

    async def claim_all(self, chat_ids: Sequence[ChatId], terms: Terms) -> Results[Claimed]:
        """The same for many chats, in one commit."""
        row = await self._row(
            "select claim_all($1, $2, $3, $4, $5, $6) as results",
            chat_ids,
            terms.bursts,
            terms.quiet,
            terms.history,
            self._limits.tokens_per_day,
            self._limits.tokens_per_chat,
        )
        claims = json.loads(row["results"])
        return [_claimed(chat_id, claim) for chat_id, claim in zip(chat_ids, claims, strict=True)]

    async def _claim_anew(self, held: Claim, terms: Terms) -> Claimed:
        row = await self._row(
            "select to_jsonb(a) || jsonb_build_object('over_budget', budget_spent($1, $6, $7))"
            " as result from claim_answer($1, $2, $3, $4, $5) a",
            held.chat_id,
            terms.bursts,
            terms.quiet,
            terms.history,
            held.try_,
            self._limits.tokens_per_day,
            self._limits.tokens_per_chat,
        )
        return _claimed(held.chat_id, json.loads(row["result"]))

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
        return one_of(await self.finish_all([LastWord(claim, text, state, usage, then, reason)]))

    async def finish_all(self, last: Sequence[LastWord]) -> Results[Finished | None]:
        """The same for many chats, in one commit."""
        row = await self._row(
            "call finish_all($1, $2, $3, $4, $5, $6, $7, $8, $9, null, null)",
            [one.claim.chat_id for one in last],
            [one.claim.epoch for one in last],
            [one.claim.try_ for one in last],
            [one.claim.reply_to for one in last],
            [one.text for one in last],
            [one.state for one in last],
            [_usage(one.usage) for one in last],
            [one.then or "" for one in last],
            [one.reason for one in last],
        )
        managers = rows.targets(row["managers"])
        return [_finished(one, managers) for one in json.loads(row["results"])]

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

    # The sweep

    async def owed(self, limit: int) -> Sequence[ChatId]:
        """Chats whose answer nobody is writing."""
        found = await self._rows(
            "select chat_id from chats"
            " where listed_at > now() - interval '7 days' and status = 'open'"
            "   and owner = 'assistant' and answered_seq < last_user_seq"
            "   and (beat_at is null or beat_at < now() - interval '20 seconds')"
            " order by listed_at limit $1",
            limit,
        )
        return [row["chat_id"] for row in found]

    async def expired(self, limit: int) -> Sequence[ConnectionId]:
        """Connections that their gateway has ended without saying so."""
        found = await self._rows(
            "select connection_id from connections where expires_at < now()"
            " order by expires_at limit $1",
            limit,
        )
        return [row["connection_id"] for row in found]

    async def drop_stale(self, limit: int) -> int:
        """Forget tickets, sign-ins and addresses that mean nothing any more."""
        row = await self._row(
            "with t as (delete from tickets where ticket_hash in (select ticket_hash from tickets"
            "   where expires_at < now() order by expires_at limit $1) returning 1),"
            " s as (delete from sign_ins where token_hash in (select token_hash from sign_ins"
            "   where expires_at < now() order by expires_at limit $1) returning 1),"
            " a as (delete from addresses where address in (select address from addresses"
            "   where allowed_at < now() - interval '1 day' order by allowed_at limit $1)"
            "   returning 1)"
            " select (select count(*) from t) + (select count(*) from s)"
            "  + (select count(*) from a) as n",
            limit,
        )
        return int(row["n"])

    async def forget_node(self, callback_url: str) -> None:
        """A gateway has just started: none of the sockets it held before is open."""
        await self._row(
            "update connections set expires_at = now() where callback_url = $1", callback_url
        )

    async def close_idle(self, hours: int, limit: int) -> int:
        """Close chats in which nothing happened, never while something is owed."""
        found = await self._rows(
            "update chats set status = 'closed', unread = 0 where chat_id in ("
            " select chat_id from chats where status = 'open' and waiting_since is null"
            "   and listed_at < now() - make_interval(hours => $1)"
            "   and not (owner = 'assistant' and answered_seq < last_user_seq)"
            "  order by listed_at limit $2 for no key update skip locked)"
            " returning chat_id",
            hours,
            limit,
        )
        return len(found)

    async def drop_unused(self, limit: int) -> int:
        """Forget chats in which nothing was ever said and nobody is."""
        found = await self._rows(
            "delete from chats where chat_id in ("
            " select c.chat_id from chats c where c.listed_at is null"
            "   and c.created_at < now() - interval '1 day' and not exists ("
            "    select from connections n where n.chat_id = c.chat_id)"
            "  order by c.created_at limit $1 for update skip locked) and listed_at is null"
            " returning chat_id",
            limit,
        )
        return len(found)


def one_of(results: Results[T]) -> T:
    """The only result. Raises it when it is an error."""
    (result,) = results
    if isinstance(result, ChatError):
        raise result
    return result


def _received(row: dict[str, Any], managers: tuple[Target, ...]) -> Received | ChatError:
    try:
        _known(row["known"])
        _allowed(row["wait"], MANY_MESSAGES)
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


def _claimed(chat_id: ChatId, row: dict[str, Any]) -> Claimed:
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


def _finished(row: dict[str, Any], managers: tuple[Target, ...]) -> Finished | None:
    if row["outcome"] == "fenced":
        return None
    told = Told(
        messages=tuple(rows.message(one) for one in row["messages"]),
        chat=rows.chat(row["chat"]) if row["chat"] else None,
        users=rows.targets(row["users"]),
        managers=managers,
    )
    return Finished(told, row["owed"])


def sockets_allowed(outcome: str | None) -> None:
    """Raise `Unauthorized` or `TooMany` unless a socket may be opened."""
    match outcome:
        case "refused":
            raise Unauthorized(BAD_TICKET)
        case "chat" | "address":
            raise TooMany(MANY_SOCKETS, SOCKET_WAIT_SECONDS)


def _allowed(wait: float | None, sentence: str) -> None:
    if wait:
        raise TooMany(sentence, wait)


def _known(found: object) -> None:
    if not found:
        raise NotConnected(RECONNECT)


def _usage(usage: Usage | None) -> str | None:
    if usage is None:
        return None
    return json.dumps(
        {
            "model": usage.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        }
    )
