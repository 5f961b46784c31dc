"""The visitor's and the answer's steps in Postgres: one method, one statement, one round trip.

What a statement calls stands in `migrations/`. `DeskStore` in `desk_store.py` is the same for
what managers do. Every method raises `TryAgain` when the database is away.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core import database, rows
from core.errors import NotConnected, NotFound
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
    Visitor,
    WaitingFor,
)

# API Gateway ends every connection after two hours; a row outlives that by a little.
CONNECTION_SECONDS = 2 * 3600 + 300
# A push may meet 410 while its socket is still being opened: younger rows are not forgotten.
OPENING_SECONDS = 10

UNKNOWN_CHAT = "There is no such chat."
RECONNECT = "This connection is not known any more. Please connect again."


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
class Claimed:
    """The answer to a claim. `claim` and `conversation` are set for `claimed` and `spent`."""

    outcome: str
    delay: float = 0.0
    claim: Claim | None = None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a flush: `saved`, `newer` (begin anew with all) or `fenced` (stop)."""

    outcome: str
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """A stored answer; `owed`: something newer waits for one."""

    told: Told
    owed: bool


class Store:
    def __init__(self, pool: database.Pool) -> None:
        self._pool = pool

    async def _row(self, statement: str, *args: object) -> Any:
        return await database.repeatable(lambda: self._pool.fetchrow(statement, *args))

    async def _rows(self, statement: str, *args: object) -> Any:
        return await database.repeatable(lambda: self._pool.fetch(statement, *args))

    async def ping(self) -> None:
        """Raise `TryAgain` unless the database answers."""
        await self._row("select 1")

    # The visitor

    async def enter_user(self, target: Target, chat_id: ChatId) -> Told:
        """Register a visitor's socket; the chat is made if it is new."""
        row = await self._row(
            "call enter_user($1, $2, $3, $4, null, null)",
            target.connection_id,
            target.callback_url,
            chat_id,
            CONNECTION_SECONDS,
        )
        return Told(chat=rows.chat_or_none(row["chat"]), managers=rows.targets(row["managers"]))

    async def make_chat(self, chat_id: ChatId, visitor: Visitor) -> None:
        """Make a chat and note who writes there. Lists show it once something was said."""
        known = {name: value for name, value in asdict(visitor).items() if value}
        await self._row(
            "insert into chats (chat_id, visitor) values ($1, $2)"
            " on conflict (chat_id) do update set visitor = excluded.visitor",
            chat_id,
            json.dumps(known),
        )

    async def receive(self, connection: ConnectionId, text: str, client_id: str) -> Received:
        """Store a visitor's message, once for each `client_id`. Raises `NotConnected`."""
        row = await self._row(
            "call receive($1, $2, $3, null, null, null, null, null, null)",
            connection,
            text,
            client_id,
        )
        _known(row["known"])
        message = rows.message(json.loads(row["message"]))
        told = Told(
            messages=(message,),
            chat=rows.chat_or_none(row["chat"]),
            users=rows.targets(row["users"]),
            managers=rows.targets(row["managers"]),
        )
        return Received(message, row["owed"], told)

    async def resume_user(self, connection: ConnectionId, after: int, limit: int) -> Resumed:
        """Everything after `after`, at most `limit` messages. Raises `NotConnected`."""
        row = await self._row("select * from resume_user($1, $2, $3)", connection, after, limit + 1)
        _known(row)
        found = rows.messages(row["messages"])
        chat = rows.chat(json.loads(row["chat"]))
        page = Page(found[:limit], len(found) > limit)
        return Resumed(chat, page, rows.draft(row["draft"]), row["owed"])

    async def seen_by_user(self, connection: ConnectionId, seq: int) -> tuple[ChatId, int, Told]:
        """Move the visitor's seen mark forward. Raises `NotConnected`."""
        row = await self._row(
            "call seen_by_user($1, $2, null, null, null, null, null)", connection, seq
        )
        _known(row["known"])
        told = Told(users=rows.targets(row["users"]), managers=rows.targets(row["managers"]))
        return row["chat_id"], row["seq"], told

    async def typing_user(self, connection: ConnectionId) -> tuple[ChatId, tuple[Target, ...]]:
        """The chat of a connection and the managers who watch it. Raises `NotConnected`."""
        row = await self._row(
            "select chat_id, watchers_of(chat_id) as managers from connections"
            " where connection_id = $1 and expires_at > now() and chat_id is not null",
            connection,
        )
        _known(row)
        return row["chat_id"], rows.targets(row["managers"])

    async def stop_by_user(self, connection: ConnectionId) -> Told:
        """End the running answer; what was shown stays. Raises `NotConnected`."""
        row = await self._row("call stop_by_user($1, null, null, null, null, null)", connection)
        _known(row["known"])
        return rows.told(row)

    async def ask_for_person(self, connection: ConnectionId, reason: str | None) -> Told:
        """The chat goes to a person and waits. Raises `NotConnected`."""
        row = await self._row(
            "call ask_for_person($1, $2, null, null, null, null, null)", connection, reason
        )
        _known(row["known"])
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
        row = await self._row(
            "select * from claim_answer($1, $2, $3, $4, $5)",
            chat_id,
            bursts,
            quiet,
            history,
            held.try_ if held else None,
        )
        if row["outcome"] not in ("claimed", "spent"):
            return Claimed(row["outcome"], float(row["delay"] or 0))
        claim = Claim(chat_id, row["epoch"], row["try"], row["reply_to"])
        conversation = Conversation(
            chat_id,
            rows.lines(row["lines"]),
            float(row["age"] or 0),
            Visitor(**json.loads(row["visitor"])),
        )
        return Claimed(row["outcome"], 0.0, claim, conversation)

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
        row = await self._row(
            "call finish_answer($1, $2, $3, $4, $5, $6, $7, $8, $9,"
            " null, null, null, null, null, null)",
            claim.chat_id,
            claim.epoch,
            claim.try_,
            claim.reply_to,
            text,
            state,
            _usage(usage),
            then or "",
            reason,
        )
        if row["outcome"] == "fenced":
            return None
        return Finished(rows.told(row), row["owed"])

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
