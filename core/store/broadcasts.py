"""A manager's message to many chats, a page of them at a time."""

import json
from collections.abc import Sequence
from uuid import UUID

from core.errors import NotFound
from core.model import Chat, ChatId, Manager, Sight, SiteId, StoredMessage, Target
from core.store.changes import Change, new_text
from core.store.database import Statements
from core.value import value

PAGE = 100


@value
class StoredBroadcast:
    """The progress of a manager's message to many chats."""

    broadcast_id: UUID
    recipients: int
    pages: int
    stored: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def done(self) -> bool:
        return self.stored + self.failed >= self.recipients


class BroadcastStore(Statements):
    async def count_audience(
        self, audience: str, chat_ids: Sequence[str], site_id: SiteId | None = None
    ) -> int:
        """How many chats a broadcast would reach."""
        row = await self._row(
            "select count(*) as n from broadcast_audience($1, $2, $3)",
            audience,
            list(chat_ids),
            site_id,
        )
        return int(row["n"])

    async def unknown_chats(self, chat_ids: Sequence[str]) -> Sequence[str]:
        """The named chats that do not exist, at most five."""
        found = await self._rows(
            "select name from unnest($1::text[]) name"
            " where not exists (select from chats c where c.chat_id = name) limit 5",
            list(chat_ids),
        )
        return [row["name"] for row in found]

    async def begin(
        self,
        text: str,
        client_id: str | None,
        manager: Manager,
        audience: str,
        chat_ids: Sequence[str],
        site_id: SiteId | None = None,
    ) -> StoredBroadcast:
        """Store a broadcast and its recipients. A repeated `client_id` gives the stored one.

        `site_id`: to chats of this site only.
        """
        author = {"author_id": manager.id, "author_name": manager.name}
        row = await self._row(
            "select * from start_broadcast($1, $2, $3, $4)",
            new_text(text, client_id=client_id, **author, site_id=site_id),
            audience,
            list(chat_ids),
            PAGE,
        )
        return StoredBroadcast(row["broadcast_id"], row["recipients"], row["pages"])

    async def broadcast(self, broadcast_id: UUID, sites: Sight = None) -> StoredBroadcast:
        """The progress of a broadcast, to all sites or to one of these. Raises `NotFound`."""
        row = await self._row(
            """
            select b.broadcast_id, b.recipients, b.pages,
                   count(*) filter (where r.outcome in ('stored', 'delivered')) as stored,
                   count(*) filter (where r.outcome = 'delivered') as delivered,
                   count(*) filter (where r.outcome = 'failed') as failed
            from broadcasts b left join broadcast_recipients r using (broadcast_id)
            where b.broadcast_id = $1
              and (b.site_id is null or $2::text[] is null or b.site_id = any ($2))
            group by b.broadcast_id
            """,
            broadcast_id,
            sites,
        )
        if row is None:
            raise NotFound("There is no such broadcast.")
        return StoredBroadcast(**row)

    async def store_page(self, broadcast_id: UUID, page: int) -> Sequence[Change]:
        """Store one page's messages; return the changes to publish. A repeat changes nothing."""
        row = await self._row("call broadcast_page($1, $2, null)", broadcast_id, page)
        return [
            Change(
                messages=tuple(map(StoredMessage.from_row, one["messages"])),
                users=Target.parse_all(one["users"]),
                managers=Target.parse_all(one["managers"]),
                listed=Chat.from_row(one["listed"]),
            )
            for one in json.loads(row["deliveries"] or "[]")
        ]

    async def mark_delivered(
        self, broadcast_id: UUID, page: int, chat_ids: Sequence[ChatId]
    ) -> None:
        """Store in which chats at least one socket took the message."""
        await self._row("select mark_delivered($1, $2, $3)", broadcast_id, page, list(chat_ids))
