"""The managers' steps in Postgres; see `store.py`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import NotConnected, NotFound
from core.model import Broadcast, Chat, ChatId, ConnectionId, Draft, Filter, Manager, Target, Told
from core.store import chat_lists, rows
from core.store.chats import CONNECTION_SECONDS, Store
from core.store.refusals import RECONNECT, UNKNOWN_CHAT, sockets_allowed

BROADCAST_PAGE = 100


class DeskStore(Store):
    async def enter_manager(
        self, target: Target, manager: Manager | None, ticket: bytes | None = None
    ) -> None:
        """Register a manager's socket: theirs whom `ticket` (its hash) names, or, where there
        are no tickets, `manager`'s. Raises `Unauthorized`.
        """
        row = await self._row(
            "call open_manager($1, $2, $3, $4, $5, $6, null)",
            target.connection_id,
            target.callback_url,
            ticket,
            manager.id if manager else None,
            manager.name if manager else None,
            CONNECTION_SECONDS,
        )
        sockets_allowed(row["outcome"])

    async def take_over(
        self, chat_id: ChatId, manager: Manager, text: str | None, client_id: str | None
    ) -> tuple[bool, Told]:
        """The manager owns the chat from here on, and says `text` if given.

        Returns whether it is new (not a repeated `client_id`). Raises `NotFound`.
        """
        row = await self._row(
            "call take_over($1, $2, $3, $4, $5, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
            text,
            client_id,
        )
        _exists(row)
        return row["outcome"] == "done", rows.told(row)

    async def hand_back(self, chat_id: ChatId, manager: Manager) -> tuple[bool, Told]:
        """The assistant owns the chat again. Returns whether it owes an answer."""
        row = await self._row(
            "call hand_back($1, $2, $3, null, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
        )
        _exists(row)
        return row["owed"], rows.told(row)

    async def set_status(self, chat_id: ChatId, status: str, manager: Manager) -> Told:
        """Close or reopen a chat. Raises `NotFound`."""
        row = await self._row(
            "call set_status($1, $2, $3, $4, null, null, null, null, null)",
            chat_id,
            status,
            manager.id,
            manager.name,
        )
        _exists(row)
        return rows.told(row)

    async def stop_answer(self, chat_id: ChatId, manager: Manager) -> Told:
        """End the running answer; what was shown stays. Raises `NotFound`."""
        row = await self._row(
            "call stop_by_manager($1, $2, $3, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
        )
        if not row["known"]:
            raise NotFound(UNKNOWN_CHAT)
        return rows.told(row)

    async def seen_by_manager(
        self, connection: ConnectionId, chat_id: ChatId, seq: int
    ) -> tuple[int, Told]:
        """Move the team's seen mark. Raises `NotConnected` or `NotFound`."""
        row = await self._row(
            "call seen_by_manager($1, $2, $3, null, null, null, null, null)",
            connection,
            chat_id,
            seq,
        )
        _exists(row)
        told = Told(
            chat=rows.chat_or_none(row["chat"]),
            users=rows.targets(row["users"]),
            managers=rows.targets(row["managers"]),
        )
        return row["seq"], told

    async def typing_manager(
        self, connection: ConnectionId, chat_id: ChatId
    ) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
        """The visitor's sockets and the watching managers. Raises `NotConnected`."""
        row = await self._row(
            "select users_of($2) as users, watchers_of($2) as managers from connections"
            " where connection_id = $1 and expires_at > now() and chat_id is null",
            connection,
            chat_id,
        )
        if row is None:
            raise NotConnected(RECONNECT)
        return rows.targets(row["users"]), rows.targets(row["managers"])

    async def watch(self, connection: ConnectionId, chat_id: ChatId) -> Draft | None:
        """Get this chat's deltas from now on. Returns the draft so far.

        Raises `NotConnected` or `NotFound`.
        """
        row = await self._row(
            "with me as (select connection_id from connections"
            "  where connection_id = $1 and expires_at > now() and chat_id is null),"
            " watched as (insert into watches (connection_id, chat_id)"
            "  select me.connection_id, c.chat_id from me, chats c where c.chat_id = $2"
            "  on conflict do nothing)"
            " select exists (select from me) as connected, c.chat_id,"
            "  case when c.beat_at is not null and c.draft <> '' then jsonb_build_object("
            "   'chat_id', c.chat_id, 'reply_to', c.reply_to, 'try', c.try, 'text', c.draft)"
            "  end as draft"
            " from (select) one left join chats c on c.chat_id = $2",
            connection,
            chat_id,
        )
        if not row["connected"]:
            raise NotConnected(RECONNECT)
        if row["chat_id"] is None:
            raise NotFound(UNKNOWN_CHAT)
        return rows.draft(row["draft"])

    async def unwatch(self, connection: ConnectionId, chat_id: ChatId) -> None:
        """Get no more deltas of this chat."""
        await self._row(
            "delete from watches where connection_id = $1 and chat_id = $2", connection, chat_id
        )

    async def changed_since(
        self, connection: ConnectionId, since: datetime | None, limit: int
    ) -> tuple[Sequence[Chat], datetime, bool]:
        """Summaries changed since a time, oldest change first, and the server's time.

        Raises `NotConnected`. Without a time: nothing but the time.
        """
        row = await self._row(
            "select now() as now, (select jsonb_agg(to_jsonb(s) order by s.updated_at) from ("
            "  select * from summaries where updated_at >= $2"
            "   and listed_at >= $2::timestamptz - interval '1 minute'"
            "  order by updated_at limit $3) s) as chats"
            " from connections where connection_id = $1 and expires_at > now()"
            "  and chat_id is null",
            connection,
            since,
            limit + 1,
        )
        if row is None:
            raise NotConnected(RECONNECT)
        found = [rows.chat(one) for one in json.loads(row["chats"] or "[]")]
        return found[:limit], row["now"], len(found) > limit

    async def chats(
        self, filter: Filter, words: Sequence[str], cursor: str | None, limit: int, mine: str
    ) -> tuple[Sequence[Chat], str | None]:
        """One page of the list and the next page's cursor. Raises `Invalid` for a bad cursor."""
        page = (*chat_lists.read_cursor(cursor), limit + 1, mine)
        found: Sequence[Any] = ()
        if not words:
            found = await self._rows(chat_lists.everything(filter), *page)
        elif await self._are_common(words):
            found = await self._rows(chat_lists.near_with_words(filter), *page, list(words))
        if words and len(found) <= limit:
            everywhere = await self._rows(chat_lists.with_words(filter), *page, list(words))
            found = chat_lists.merged(filter, found, everywhere)
        read = [rows.chat(json.loads(row["chat"])) for row in found[:limit]]
        more = len(found) > limit
        return read, chat_lists.cursor(found[limit - 1]["at"], read[-1].chat_id) if more else None

    async def _are_common(self, words: Sequence[str]) -> bool:
        row = await self._row("select are_common($1) as common", list(words))
        return bool(row["common"])

    async def named_chats(self, chat_ids: Sequence[str]) -> Sequence[Chat]:
        """Those of the named chats that exist."""
        found = await self._rows(
            "select to_jsonb(s) as chat from summaries s where chat_id = any ($1)",
            list(chat_ids),
        )
        return [rows.chat(json.loads(row["chat"])) for row in found]

    # Broadcasts

    async def count_audience(self, audience: str, chat_ids: Sequence[str]) -> int:
        """How many chats a broadcast would reach."""
        row = await self._row(
            "select count(*) as n from broadcast_audience($1, $2)", audience, list(chat_ids)
        )
        return int(row["n"])

    async def unknown_chats(self, chat_ids: Sequence[str]) -> Sequence[str]:
        """Those of the named chats that do not exist."""
        found = await self._rows(
            "select name from unnest($1::text[]) name"
            " where not exists (select from chats c where c.chat_id = name) limit 5",
            list(chat_ids),
        )
        return [row["name"] for row in found]

    async def begin_broadcast(
        self,
        text: str,
        client_id: str | None,
        manager: Manager,
        audience: str,
        chat_ids: Sequence[str],
    ) -> Broadcast:
        """Fix the recipients of a broadcast; a repeated `client_id` gives the first one."""
        row = await self._row(
            "select * from begin_broadcast($1, $2, $3, $4, $5, $6, $7)",
            text,
            client_id,
            manager.id,
            manager.name,
            audience,
            list(chat_ids),
            BROADCAST_PAGE,
        )
        return Broadcast(row["broadcast_id"], row["recipients"], row["pages"])

    async def broadcast(self, broadcast_id: UUID) -> Broadcast:
        """The progress of a broadcast. Raises `NotFound`."""
        row = await self._row(
            "select b.broadcast_id, b.recipients, b.pages,"
            "  count(*) filter (where r.outcome in ('stored', 'delivered')) as stored,"
            "  count(*) filter (where r.outcome = 'delivered') as delivered,"
            "  count(*) filter (where r.outcome = 'failed') as failed"
            " from broadcasts b left join broadcast_recipients r using (broadcast_id)"
            " where b.broadcast_id = $1 group by b.broadcast_id",
            broadcast_id,
        )
        if row is None:
            raise NotFound("There is no such broadcast.")
        return Broadcast(*row)

    async def broadcast_page(self, broadcast_id: UUID, page: int) -> Sequence[Told]:
        """Store one page's messages; whom to tell of each. Repeating it changes nothing."""
        row = await self._row("call broadcast_page($1, $2, null)", broadcast_id, page)
        return [_delivery(one) for one in json.loads(row["deliveries"] or "[]")]

    async def mark_delivered(
        self, broadcast_id: UUID, page: int, chat_ids: Sequence[ChatId]
    ) -> None:
        """Note the chats in which at least one socket took the message."""
        await self._row("select mark_delivered($1, $2, $3)", broadcast_id, page, list(chat_ids))


def _exists(row: Any) -> None:
    if row["outcome"] == "unknown":
        raise NotFound(UNKNOWN_CHAT)
    if row["outcome"] == "unconnected":
        raise NotConnected(RECONNECT)


def _delivery(one: dict[str, Any]) -> Told:
    return Told(
        messages=tuple(rows.message(row) for row in one["messages"]),
        users=rows.targets(one["users"]),
        managers=rows.targets(one["managers"]),
    )
