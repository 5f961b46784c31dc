"""What the sweep finds and deletes, a bounded amount at a time."""

import json
from collections.abc import Sequence

from core.model import ChatId, ConnectionId
from core.store import database
from core.store.changes import Change

# Tables with a `chat_id`. A chat without messages stays while one of the first has a row of it, and
# its rows of the others go with it.
KEEPING = ("connections", "notes")
GOING_ALONG = ("assignments", "chat_tags", "cycles")

DROP_UNUSED = (
    "with dropped as (delete from chats where chat_id in ("
    "  select c.chat_id from chats c where c.listed_at is null"
    "    and c.created_at < now() - interval '1 day'"
    + "".join(
        f" and not exists (select from {one} x where x.chat_id = c.chat_id)" for one in KEEPING
    )
    + "  order by c.created_at limit $1 for update skip locked) and listed_at is null"
    " returning chat_id)"
    + "".join(
        f", of_{one} as (delete from {one} x using dropped d where x.chat_id = d.chat_id)"
        for one in GOING_ALONG
    )
    + " select chat_id from dropped"
)


class SweepStore(database.Statements):
    async def pending(self, limit: int, seen: Sequence[ChatId] = ()) -> Sequence[ChatId]:
        """Chats with a pending answer that nobody writes, but for those in `seen`."""
        found = await self._rows(
            "select chat_id from chats c"
            " where listed_at > now() - interval '7 days' and status = 'open'"
            "   and is_pending(c) and is_unclaimed(c) and chat_id <> all ($2)"
            " order by listed_at limit $1",
            limit,
            list(seen),
        )
        return [row["chat_id"] for row in found]

    async def expired(self, limit: int) -> Sequence[ConnectionId]:
        """Connections that have expired without a `$disconnect`."""
        found = await self._rows(
            "select connection_id from connections where expires_at < now()"
            " order by expires_at limit $1",
            limit,
        )
        return [row["connection_id"] for row in found]

    async def drop_stale(self, limit: int) -> int:
        """Delete old tickets, links, tokens, sign-ins, pages, addresses, and what these cost."""
        row = await self._row(
            "with t as (delete from tickets where ticket_hash in (select ticket_hash from tickets"
            "   where expires_at < now() order by expires_at limit $1) returning 1),"
            " s as (delete from sign_ins where token_hash in (select token_hash from sign_ins"
            "   where expires_at < now() order by expires_at limit $1) returning 1),"
            " a as (delete from addresses where address in (select address from addresses"
            "   where allowed_at < now() - interval '1 day' order by allowed_at limit $1)"
            "   returning 1),"
            " l as (delete from spent_logins where token_hash in ("
            "   select token_hash from spent_logins where expires_at < now()"
            "   order by expires_at limit $1) returning 1),"
            " p as (delete from address_spending where (day, address_hash) in ("
            "   select day, address_hash from address_spending where day < today() - 1"
            "   order by day limit $1) returning 1),"
            " k as (delete from sign_in_links where token_hash in ("
            "   select token_hash from sign_in_links where expires_at < now()"
            "   order by expires_at limit $1) returning 1),"
            " v as (delete from visited_pages where (chat_id, at) in ("
            "   select chat_id, at from visited_pages where at < now() - interval '1 day'"
            "   order by at limit $1) returning 1),"
            " i as (delete from api_tokens where token_id in (select token_id from api_tokens"
            "   where until < now() order by until limit $1) returning 1)"
            " select (select count(*) from t) + (select count(*) from s) + (select count(*) from l)"
            "  + (select count(*) from a) + (select count(*) from k) + (select count(*) from i)"
            "  + (select count(*) from p) + (select count(*) from v) as n",
            limit,
        )
        return int(row["n"])

    async def settle_stale(self, limit: int) -> tuple[int, Change | None]:
        """Settle the calls of writers that are gone. Returns what the team is told as well."""
        row = await self._row("select settled, told from settle_stale($1)", limit)
        return row["settled"], Change.told(json.loads(row["told"] or "null"))

    async def close_idle(self, hours: int, limit: int) -> int:
        """Close chats without recent messages, unless an answer is pending.

        Sites that say when have timers for it.
        """
        found = await self._rows(
            "with closed as (update chats set status = 'closed', unread = 0 where chat_id in ("
            " select chat_id from chats c where status = 'open' and waiting_since is null"
            "   and snoozed_until is null"
            "   and listed_at < now() - make_interval(hours => $1) and not is_pending(c)"
            "   and site_id <> all (array("
            "    select s.site_id from sites s where s.close_after is not null))"
            "  order by listed_at limit $2 for no key update skip locked)"
            " returning chat_id),"
            " left_open as (update assignments a set is_open = false from closed c"
            "  where a.chat_id = c.chat_id)"
            " select chat_id from closed",
            hours,
            limit,
        )
        return len(found)

    async def give_contacts(self, limit: int) -> int:
        """Give contacts to chats that have none: the release before makes such chats."""
        row = await self._row("select give_contacts($1) as n", limit)
        return int(row["n"])

    async def drop_contacts(self, limit: int) -> int:
        """Delete contacts without chats that nobody has touched."""
        row = await self._row("select drop_contacts($1) as n", limit)
        return int(row["n"])

    async def drop_deliveries(self, limit: int) -> int:
        """Delete old lines of the log, how far old waits had come, and what is known of old mail.

        Gives the most of one kind.
        """
        row = await self._row(
            "with w as (delete from escalations where chat_id in (select chat_id from escalations"
            "   where since < now() - interval '30 days' order by since limit $1) returning 1),"
            " f as (delete from follow_ups where chat_id in (select chat_id from follow_ups"
            "   where mailed_at < now() - interval '30 days' order by mailed_at limit $1)"
            "   returning 1),"
            " d as (delete from deliveries where id in (select id from deliveries"
            "   where created_at < now() - interval '30 days'"
            "     and (done_at is not null or dead_at is not null)"
            "   order by created_at limit $1) returning 1)"
            " select greatest((select count(*) from w), (select count(*) from f),"
            "  (select count(*) from d)) as n",
            limit,
        )
        return int(row["n"])

    async def drop_unused(self, limit: int) -> int:
        """Delete chats that nothing of `KEEPING` has a row of."""
        return len(await self._rows(DROP_UNUSED, limit))
