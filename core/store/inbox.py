"""The managers' steps: take over, hand back, close, read. And the list of all chats."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.errors import NewerReply, NotConnected, NotFound
from core.model import (
    BudgetUse,
    Chat,
    ChatId,
    ConnectionId,
    Manager,
    ManagerId,
    Rank,
    Sight,
    Status,
    Target,
)
from core.store.access import sight
from core.store.changes import Change, budget_use, new_text
from core.store.database import Statements
from core.store.read_marks import own_mark
from core.store.refusals import NEWER_REPLY, RECONNECT, UNKNOWN_CHAT
from core.value import value

# The newest of those that a manager has read elsewhere.
MARKS = 100

CHANGED_SINCE = f"""
with me as materialized (
    select sites, manager_id from connections
    where connection_id = $1 and expires_at > now() and chat_id is null
), changed as (
    select chat_id, updated_at from chats
    where updated_at >= $2 and sees((select sites from me), site_id)
      and listed_at >= $2::timestamptz - interval '1 minute'
    union
    -- A broadcast leaves each chat its place in the list.
    select c.chat_id, c.updated_at
    from broadcasts b
    cross join lateral (select x.chat_id from broadcast_recipients x
                        where x.broadcast_id = b.broadcast_id offset 0) r
    cross join lateral (select x.chat_id, x.updated_at from chats x
                        where x.chat_id = r.chat_id and sees((select sites from me), x.site_id)
                        offset 0) c
    where b.created_at >= $2::timestamptz - interval '10 minutes'
      and c.updated_at >= $2
    order by updated_at limit $3
)
select now() as now, (
    select jsonb_agg(to_jsonb(s) || {own_mark("me.manager_id")} order by s.updated_at)
    from changed n join summaries s using (chat_id)) as chats, (
    select json_build_object('percent', d.told, 'tokens_today', d.tokens,
                             'tokens_per_day', d.budget, 'day', d.day)
    from spending d where d.day = today() and d.told > 0) as budget,
    -- What they have read elsewhere meanwhile.
    (select jsonb_object_agg(r.chat_id, r.seq)
     from (select x.chat_id, x.seq from read_marks x
           where x.manager_id = me.manager_id and x.at >= $2
           order by x.at desc limit {MARKS}) r) as read,
    me.sites, coalesce((select m.role from managers m where m.manager_id = me.manager_id), 'admin'
                      ) as role
from me
"""


@value
class Changes:
    """What a manager missed until `now`, and what they may do and see.

    `budget`: what the team was told of it today. `read`: how far they have read elsewhere.
    """

    chats: Sequence[Chat]
    now: datetime
    has_more: bool
    budget: BudgetUse | None
    rank: Rank
    sites: Sight
    read: Mapping[ChatId, int]


@value
class Reading:
    """How far a manager has read now, and all their sockets."""

    seq: int
    sockets: tuple[Target, ...]


@value
class Writing:
    """A manager who writes, and the sockets that are to see it."""

    manager: Manager | None
    users: tuple[Target, ...]
    managers: tuple[Target, ...]


class InboxStore(Statements):
    async def take_over(
        self,
        chat_id: ChatId,
        manager: Manager,
        text: str | None,
        client_id: str | None,
        after_seq: int | None = None,
    ) -> tuple[bool, Change]:
        """Make the manager the owner, and store their message if there is a `text`.

        In a colleague's chat a message is stored, and the colleague stays the owner. Returns false
        for a repeated `client_id`. Raises `NotFound`, and `NewerReply` if a colleague has replied
        after the message `after_seq`.
        """
        after = None if after_seq is None else str(after_seq)
        row = await self._row(
            "call take_chat_over($1, $2, $3, $4, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
            None if text is None else new_text(text, client_id=client_id, after_seq=after),
        )
        _exists(row)
        if row["outcome"] == "newer":
            raise NewerReply(NEWER_REPLY)
        return row["outcome"] == "done", Change.from_row(row)

    async def hand_back(self, chat_id: ChatId, manager: Manager) -> tuple[bool, Change]:
        """Make the assistant the owner. Returns whether an answer is pending."""
        row = await self._row(
            "call hand_back($1, $2, $3, null, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
        )
        _exists(row)
        pending = row["owed"]
        return pending, Change.from_row(row)

    async def set_status(self, chat_id: ChatId, status: Status, manager: Manager) -> Change:
        """Close or reopen a chat. Raises `NotFound`."""
        row = await self._row(
            "call set_status($1, $2, $3, $4, null, null, null, null, null)",
            chat_id,
            status,
            manager.id,
            manager.name,
        )
        _exists(row)
        return Change.from_row(row)

    async def stop(self, chat_id: ChatId, manager: Manager) -> Change:
        """Stop the running answer and keep its draft. Raises `NotFound`."""
        row = await self._row(
            "call stop_by_manager($1, $2, $3, null, null, null, null, null)",
            chat_id,
            manager.id,
            manager.name,
        )
        if not row["known"]:
            raise NotFound(UNKNOWN_CHAT)
        return Change.from_row(row)

    async def seen(
        self, connection: ConnectionId, chat_id: ChatId, seq: int
    ) -> tuple[int, Change, Reading | None]:
        """Move a manager's read mark forward, and the team's.

        Returns the team's mark, with a summary if it moved, and the manager's own if that moved.
        Raises `NotConnected` or `NotFound`.
        """
        row = await self._row(
            "call read_chat($1, $2, $3, null, null, null, null, null, null, null)",
            connection,
            chat_id,
            seq,
        )
        _exists(row)
        own = row["mark"]
        reading = None if own is None else Reading(own, Target.parse_all(row["own"]))
        return row["seq"], Change.from_row(row), reading

    async def unread(self, chat_id: ChatId, manager: ManagerId) -> Reading:
        """Move a manager's read mark before the visitor's newest message. Raises `NotFound`."""
        row = await self._row("call mark_unread($1, $2, null, null, null)", manager, chat_id)
        _exists(row)
        return Reading(row["seq"], Target.parse_all(row["own"]))

    async def typing(self, connection: ConnectionId, chat_id: ChatId) -> Writing:
        """Who writes, and who is to see it: the visitor's sockets, and those of managers who
        watch the chat or have its row on the screen. Raises `NotConnected`.
        """
        row = await self._row(
            "select n.manager_id, n.manager_name, users_of(c.chat_id) as users,"
            " case when c.chat_id is not null"
            "  then peekers_of(c.chat_id, c.site_id, null) end as managers"
            " from connections n"
            " left join chats c on c.chat_id = $2 and sees(n.sites, c.site_id)"
            " where n.connection_id = $1 and n.expires_at > now() and n.chat_id is null",
            connection,
            chat_id,
        )
        if row is None:
            raise NotConnected(RECONNECT)
        return Writing(
            Manager.from_row(row["manager_id"], row["manager_name"]),
            Target.parse_all(row["users"]),
            Target.parse_all(row["managers"]),
        )

    async def changed_since(
        self, connection: ConnectionId, since: datetime | None, limit: int
    ) -> Changes:
        """The summaries changed since a time, the oldest change first, and the server's time.

        Without a time it gives no summaries. Raises `NotConnected`.
        """
        row = await self._row(CHANGED_SINCE, connection, since, limit + 1)
        if row is None:
            raise NotConnected(RECONNECT)
        found = [Chat.of_row(one) for one in json.loads(row["chats"] or "[]")]
        used = budget_use(json.loads(row["budget"] or "null"))
        missed, more = found[:limit], len(found) > limit
        read = json.loads(row["read"] or "{}")
        return Changes(missed, row["now"], more, used, row["role"], sight(row["sites"]), read)

    async def named_chats(
        self, chat_ids: Sequence[str], mine: str, sites: Sight = None
    ) -> Sequence[Chat]:
        """The named chats that exist, of these sites."""
        found = await self._rows(
            f"select to_jsonb(s) || {own_mark('$3')} as chat from summaries s"
            " where chat_id = any ($1) and ($2::text[] is null or site_id = any ($2))",
            list(chat_ids),
            sites,
            mine,
        )
        return [Chat.of_row(json.loads(row["chat"])) for row in found]


def _exists(row: Any) -> None:
    if row["outcome"] == "unknown":
        raise NotFound(UNKNOWN_CHAT)
    if row["outcome"] == "unconnected":
        raise NotConnected(RECONNECT)
