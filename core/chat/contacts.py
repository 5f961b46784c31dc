"""What managers do with contacts: find, edit, merge, take apart, block, export."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from core.chat.publish import Publisher
from core.contact import Contact, ContactDetails
from core.delivery.jobs import AnswerChat, Queue
from core.model import Restriction, SignedIn
from core.protocol.text import words
from core.store.contacts import ContactStore

EXPORTED_AT_ONCE = 500


class Contacts:
    def __init__(self, store: ContactStore, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def page(
        self,
        search: str,
        restriction: Restriction | None,
        cursor: str | None,
        limit: int,
        caller: SignedIn,
    ) -> tuple[Sequence[Contact], str | None]:
        """One page of the list, and the cursor of the next. Raises `Invalid`."""
        looked_for = words(search)[:10]
        if search.strip() and not looked_for:
            return [], None
        return await self._store.page(
            _member(caller), looked_for, search.strip(), restriction, cursor, limit
        )

    async def contact(self, contact_id: UUID, caller: SignedIn) -> ContactDetails:
        """One contact. A merged one is shown by another. Raises `NotFound`."""
        return await self._store.contact(_member(caller), contact_id)

    async def edit(
        self, contact_id: UUID, fields: Mapping[str, Any], caller: SignedIn
    ) -> ContactDetails:
        """Write down what the team knows; None takes it away. Raises `NotFound`, `Conflict`."""
        changes = await self._store.edit(_member(caller), contact_id, fields, caller.manager)
        await self._publisher.publish(*changes)
        return await self.contact(contact_id, caller)

    async def merge(self, contact_id: UUID, other: UUID, caller: SignedIn) -> ContactDetails:
        """Show `other` as a part of this one. Raises `NotFound` and `Conflict`."""
        changes = await self._store.merge(_member(caller), contact_id, other, caller.manager)
        await self._publisher.publish(*changes)
        return await self.contact(contact_id, caller)

    async def unmerge(self, contact_id: UUID, caller: SignedIn) -> ContactDetails:
        """Take a merged contact out again, as it was. Raises `NotFound`."""
        changes = await self._store.unmerge(_member(caller), contact_id, caller.manager)
        await self._publisher.publish(*changes)
        return await self.contact(contact_id, caller)

    async def restrict(
        self, contact_id: UUID, restriction: Restriction | None, caller: SignedIn
    ) -> ContactDetails:
        """Block, mark as spam, or end that: then what is pending is answered. Raises `NotFound`."""
        pending, changes = await self._store.restrict(
            _member(caller), contact_id, restriction, caller.manager
        )
        await self._queue.enqueue(*map(AnswerChat, pending))
        await self._publisher.publish(*changes)
        return await self.contact(contact_id, caller)

    async def export(self, caller: SignedIn) -> AsyncIterator[Contact]:
        """All contacts, a few at a time. Only for admins, who see all sites."""
        await self._store.note_export(caller.manager)
        return self._exported()

    async def _exported(self) -> AsyncIterator[Contact]:
        after: UUID | None = None
        while found := await self._store.exported(after, EXPORTED_AT_ONCE):
            for contact in found:
                yield contact
            after = found[-1].id


def _member(caller: SignedIn) -> str | None:
    """The manager who sees only their sites. Admins see all."""
    return None if caller.rank == "admin" else caller.manager.id
