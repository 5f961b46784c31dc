"""Processes with sockets: the key that they share, and the addresses where they are."""

import secrets
from uuid import UUID

from core.store.database import Statements

KEY = "nodes"
KEY_BYTES = 32


class NodeStore(Statements):
    async def key(self) -> str:
        """The key that signs calls between nodes. The first node makes it."""
        row = await self._row(
            """
            with made as (
                insert into installation_keys (name, value) values ($1, $2)
                on conflict (name) do nothing returning value
            )
            select value from made union all select value from installation_keys where name = $1
            """,
            KEY,
            secrets.token_hex(KEY_BYTES),
        )
        # None: another node made it after this statement began, so the next one sees it.
        return str(row["value"]) if row else await self.key()

    async def start(self, url: str, callback_urls: list[str], process_id: UUID) -> None:
        """A node has started at `url`. All connections that an older process had there end."""
        await self._row(
            """
            with ended as (
                update connections set expires_at = now() where callback_url = any ($2)
            )
            insert into nodes (callback_url, process_id) values ($1, $3)
            on conflict (callback_url) do update set process_id = $3, seen_at = now()
            """,
            url,
            callback_urls,
            process_id,
        )

    async def is_alone(self, url: str, process_id: UUID) -> bool:
        """Whether no other process was at this address since the last call."""
        row = await self._row(
            """
            update nodes n set process_id = $2, seen_at = now()
            from (select * from nodes where callback_url = $1 for update) before
            where n.callback_url = $1 returning before.process_id
            """,
            url,
            process_id,
        )
        return row is None or row["process_id"] == process_id
