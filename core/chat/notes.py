"""Notes of the team. They are pushed to managers only, and nothing else reads them."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from core.chat.publish import Publisher
from core.delivery.carriers.news import News, titled
from core.model import ChatId, Manager, ManagerId, Row, Sight
from core.protocol.frames import Author, encode
from core.protocol.note_frames import ManagerMentions, ManagerNote, Mention, Note
from core.store.notes import Count, NoteChange, NoteStore


class Notes:
    def __init__(self, store: NoteStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def add(
        self, chat_id: ChatId, text: str, client_id: str | None, manager: Manager
    ) -> Note:
        """Store a note and show it to the managers who see the chat. Raises `NotFound`."""
        change = await self._store.add(chat_id, manager, text, client_id)
        await self._publish(change)
        assert change.note is not None
        return change.note

    async def delete(self, chat_id: ChatId, note_id: UUID, manager_id: ManagerId) -> None:
        """Take one's own note back. Raises `NotFound`, `Forbidden` and `Conflict`."""
        await self._publish(await self._store.delete(chat_id, note_id, manager_id))

    async def of(
        self, chat_id: ChatId, sites: Sight, cursor: str | None, limit: int
    ) -> tuple[Sequence[Note], str | None]:
        return await self._store.of(chat_id, sites, cursor, limit)

    async def mentions(
        self, manager_id: ManagerId, sites: Sight, cursor: str | None, limit: int
    ) -> tuple[Sequence[Mention], str | None, int]:
        """Those of a manager, the next page's cursor, and how many they have not seen."""
        found, last = await self._store.mentions(manager_id, sites, cursor, limit)
        return found, last, await self._store.unread(manager_id)

    async def see(self, manager_id: ManagerId, chat_id: ChatId) -> int:
        """A manager has seen a chat's notes, on all devices. Returns how many are left."""
        unread, counts = await self._store.see(manager_id, chat_id)
        await self._tell(counts)
        return unread

    async def colleagues(
        self, chat_id: ChatId, sites: Sight
    ) -> tuple[Sequence[Author], Sequence[Author]]:
        """Whom a note in a chat can name: people, and teams. Raises `NotFound`."""
        return await self._store.colleagues(chat_id, sites)

    async def _publish(self, change: NoteChange) -> None:
        if change.note is not None:
            frame = encode(ManagerNote(**dict(change.note)))
            # The note first: who is named in it opens the chat.
            await self._publisher.send(frame, change.managers)
        named_by = change.note.id if change.note and not change.note.deleted else None
        await self._tell(change.counts, named_by)
        if change.to_deliver:
            await self._publisher.deliver_outside()

    async def _tell(self, counts: Sequence[Count], named_by: str | None = None) -> None:
        await asyncio.gather(
            *(
                self._publisher.send(
                    encode(ManagerMentions(unread=one.unread, note_id=named_by)), one.sockets
                )
                for one in counts
            )
        )


def mentioned(store: NoteStore) -> News:
    """The push for whom a note names. It is over when they have seen the chat's notes."""

    async def is_over(row: Row) -> bool:
        return not await store.is_new(ManagerId(row["target"]), ChatId(row["chat_id"]))

    shown = titled(
        {
            "en": "A colleague names you: {name}",
            "de": "Jemand aus dem Team nennt Sie: {name}",
        }
    )
    return News("note.mentioned", shown, of_the_team=True, beside=True, is_over=is_over)
