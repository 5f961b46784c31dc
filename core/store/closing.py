"""Closing a site's idle chats, and handing back those whose manager fell silent."""

import json
from collections.abc import Sequence
from typing import Any

from core.model import Chat, ChatId, SiteId, StoredMessage, Target
from core.store.changes import Change
from core.store.database import Statements


class ClosingStore(Statements):
    async def close_idle(self, site_id: SiteId, limit: int) -> Sequence[Change]:
        """Close chats that are idle, as the site wants it. Sets the site's timer for the next."""
        row = await self._row("call close_idle_chats($1, $2, null)", site_id, limit)
        return [_change(one) for one in json.loads(row["closed"] or "[]")]

    async def hand_back(self, site_id: SiteId, limit: int) -> Sequence[tuple[ChatId, Change]]:
        """Hand chats back to the assistant, as the site wants it. In each an answer is pending.

        Sets the site's timer for the next.
        """
        row = await self._row("call hand_back_silent($1, $2, null)", site_id, limit)
        found = json.loads(row["handed"] or "[]")
        return [(ChatId(one["chat_id"]), _change(one)) for one in found]

    async def renew(self) -> None:
        """Set the timers that are missing."""
        await self._row("select renew_closing()")


def _change(row: dict[str, Any]) -> Change:
    return Change(
        messages=tuple(map(StoredMessage.from_row, row.get("messages") or ())),
        chat=Chat.from_row(row["chat"]),
        users=Target.parse_all(row["users"]),
        managers=Target.parse_all(row["managers"]),
    )
