"""The visitor's steps other than writing, and reading a chat.

A visitor begins a chat, reads, stops an answer and asks for a person.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

from core.errors import NotFound
from core.limits import NO_LIMITS, Limits
from core.model import (
    FIRST_SITE,
    Chat,
    ChatId,
    ConnectionId,
    KnownContact,
    Row,
    Sight,
    SiteId,
    StoredMessage,
    Target,
    Visitor,
)
from core.protocol.text import storable
from core.store.changes import Change, Page
from core.store.database import Pool, Statements, as_json, read_json
from core.store.hours import TeamState
from core.store.known_contact import contact_row
from core.store.refusals import MANY_CHATS, MANY_FRAMES, UNKNOWN_CHAT, allowed, known

# The texts and HTML of one page of a history. What is left out comes with the next page.
PAGE_BYTES = 200_000


class ChatStore(Statements):
    def __init__(self, pool: Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool)
        self._limits = limits

    async def begin(
        self,
        chat_id: ChatId,
        visitor: Visitor,
        address: str | None = None,
        *,
        limited: bool = True,
        site_id: SiteId = FIRST_SITE,
        known: KnownContact | None = None,
    ) -> None:
        """Make a chat with its contact, and store what is known about its visitor. Lists show it
        from its first message on.

        Raises `TooMany` if this address made too many chats, where it is `limited`.
        """
        said = {
            name: storable(value)
            for name, value in asdict(visitor).items()
            if isinstance(value, str)
        }
        rate = self._limits.chats
        row = await self._row(
            "select begin_contact_chat($1, $2, $3, $4, $5, $6, $7, $8) as wait",
            chat_id,
            json.dumps(said),
            address,
            rate.burst if limited else 0,
            rate.refill,
            visitor.verified,
            site_id,
            contact_row(visitor, known or KnownContact()),
        )
        allowed(row["wait"], MANY_CHATS)

    async def seen(self, connection: ConnectionId, seq: int) -> tuple[ChatId, int, Change]:
        """Move the visitor's read mark forward. Raises `NotConnected` and `TooMany`."""
        row = await self._row(
            "call seen_by_user($1, $2, $3, $4, null, null, null, null, null, null)",
            connection,
            seq,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["known"])
        allowed(row["wait"], MANY_FRAMES)
        return row["chat_id"], row["seq"], Change.from_row(row)

    async def typing(self, connection: ConnectionId) -> tuple[ChatId, tuple[Target, ...]]:
        """The connection's chat, and the managers who watch it.

        Raises `NotConnected` and `TooMany`.
        """
        row = await self._row(
            "select chat_id, wait, case when wait = 0 and ("
            "  select c.restriction from chats c where c.chat_id = n.chat_id"
            " ) is distinct from 'blocked' then watchers_of(chat_id) end as managers"
            " from chat_of($1, $2, $3) n",
            connection,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        known(row["chat_id"])
        allowed(row["wait"], MANY_FRAMES)
        return row["chat_id"], Target.parse_all(row["managers"])

    async def stop(self, connection: ConnectionId) -> Change:
        """Stop the running answer and keep its draft. Raises `NotConnected` and `TooMany`."""
        return await self._change(
            "call stop_by_user($1, $2, $3, null, null, null, null, null, null)", connection
        )

    async def want_person(
        self, connection: ConnectionId, wanted: bool, reason: str | None = None
    ) -> tuple[bool, TeamState | None, Change]:
        """Let the chat wait for a person, or end that. Gives whether an answer is pending.

        Raises `NotConnected`, `TooMany` and `Forbidden`.
        """
        row = await self._changed(
            "call want_person($1, $2, $3, $4, $5, null, null, null, null, null, null, null, null)",
            connection,
            wanted,
            reason,
        )
        team = TeamState.from_row(read_json(row["team"] or "null"))
        return row["pending"], team, Change.from_row(row)

    async def claim_email(self, connection: ConnectionId, email: str) -> Change:
        """Keep the address that the visitor has said. Raises `NotConnected` and `TooMany`."""
        return await self._change(
            "call claim_email($1, $2, $3, $4, null, null, null, null, null)", connection, email
        )

    async def on_page(self, connection: ConnectionId, url: str) -> Change:
        """Keep the page that the visitor is on. Raises `NotConnected` and `TooMany`."""
        return await self._change(
            "call user_on_page($1, $2, $3, $4, null, null, null, null, null)", connection, url
        )

    async def _change(self, statement: str, *args: object) -> Change:
        return Change.from_row(await self._changed(statement, *args))

    async def _changed(self, statement: str, *args: object) -> Row:
        """What a visitor's frame changed. It draws from the connection's bucket."""
        frames = self._limits.frames
        row: Row = await self._row(statement, *args, frames.burst, frames.refill)
        known(row["known"])
        allowed(row["wait"], MANY_FRAMES)
        return row

    async def history(
        self, chat_id: ChatId, after: int, before: int | None, limit: int, sites: Sight = None
    ) -> Page:
        """Messages between `after` and `before`, in order. With `before` it is the last ones.

        They end with the one that begins below `PAGE_BYTES`. Raises `NotFound`, also for a chat of
        another site than these.
        """
        order = "desc" if before is not None else "asc"
        found = await self._rows(
            # A row beyond the page is read for its sizes only.
            "select m.*, place < found as has_more,"
            " (select c.change from chats c where c.chat_id = $1) as last_change from ("
            " select *, row_number() over w as place, count(*) over () as found,"
            "  sum(octet_length(text) + coalesce(octet_length(html), 0)) over ("
            "   w rows between unbounded preceding and 1 preceding) as begins from ("
            "   select * from readings where chat_id = $1 and seq > $2 and seq < $3"
            "    and ($5::text[] is null or (select c.site_id from chats c where c.chat_id = $1)"
            "                               = any ($5))"
            f"  order by seq {order} limit $4 + 1) x"
            f" window w as (order by seq {order})) m"
            f" where place <= $4 and coalesce(begins, 0) < {PAGE_BYTES} order by place",
            chat_id,
            after,
            before if before is not None else 2**31 - 1,
            limit,
            sites,
        )
        if not found:
            await self.chat(chat_id, sites)
        messages = list(map(StoredMessage.from_row, found))
        has_more = bool(found) and found[-1]["has_more"]
        change = found[-1]["last_change"] if found else None
        return Page(tuple(messages if before is None else messages[::-1]), has_more, change)

    async def keep_html(self, messages: Sequence[StoredMessage]) -> None:
        """Store the HTML of these messages, unless a newer renderer has made one meanwhile."""
        await self._row(
            "with given as (select * from json_to_recordset($1) as g ("
            "   chat_id text, seq int, rev int, html text, renderer int)),"
            " free as (select m.chat_id, m.seq, g.html, g.renderer"
            "  from given g join messages m using (chat_id, seq)"
            "  where m.rev = g.rev and coalesce(m.renderer, 0) < g.renderer"
            # Another reader stores the same.
            "  for no key update of m skip locked)"
            " update messages m set html = f.html, renderer = f.renderer from free f"
            " where m.chat_id = f.chat_id and m.seq = f.seq",
            as_json(
                {
                    "chat_id": one.chat_id,
                    "seq": one.seq,
                    "rev": one.rev,
                    "html": one.html,
                    "renderer": one.renderer,
                }
                for one in messages
            ),
        )

    async def chat(self, chat_id: ChatId, sites: Sight = None) -> Chat:
        """A chat's summary. Raises `NotFound`."""
        row = await self._row("select summary($1) as chat", chat_id)
        chat = Chat.from_row(read_json(row["chat"] or "null"))
        if chat is None or (sites is not None and chat.site_id not in sites):
            raise NotFound(UNKNOWN_CHAT)
        return chat
