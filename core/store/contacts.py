"""Contacts: the list, one of them, and the team's steps. A manager sees those of their sites."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.contact import Contact, ContactDetails, ContactIdentity, VisitedPage
from core.errors import Conflict, NotFound
from core.model import (
    Chat,
    ChatId,
    Manager,
    Restriction,
    StoredMessage,
    Target,
)
from core.protocol.text import storable
from core.store import contact_lists, cursors
from core.store.changes import Change
from core.store.database import Statements

# The most contacts that one shows, and the most attributes that a team writes down of one.
MOST_MERGED, MOST_ATTRIBUTES = 50, 50
NO_CONTACT = "There is no such contact."
REFUSED = {
    "full": f"At most {MOST_MERGED} contacts are one, and one has {MOST_ATTRIBUTES} attributes.",
    "sites": "These contacts belong to different sites.",
    "restriction": "One of these contacts is blocked or marked as spam, and the other is not."
    " Please make both alike first.",
}


class ContactStore(Statements):
    """`member`: the manager who sees the contacts of their sites only. None: an admin."""

    async def page(
        self,
        member: str | None,
        words: Sequence[str],
        search: str,
        restriction: Restriction | None,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[Contact], str | None]:
        """One page of the list, and the next page's cursor. Raises `Invalid` for a bad cursor."""
        page = (member, *cursors.of_ids(cursor), limit + 1)
        if words:
            searched = (list(words), storable(search))
            found = await self._rows(contact_lists.with_words(restriction), *page, *searched)
        else:
            found = await self._rows(contact_lists.everything(restriction), *page)
        read = [Contact.of_card(json.loads(row["card"])) for row in found[:limit]]
        more = len(found) > limit
        last = cursors.cursor(found[limit - 1]["at"], read[-1].id) if more else None
        return read, last

    async def contact(self, member: str | None, contact_id: UUID) -> ContactDetails:
        """The contact that shows this one. Raises `NotFound`."""
        row = await self._row(contact_lists.DETAILS, member, contact_id)
        if row is None:
            raise NotFound(NO_CONTACT)
        return ContactDetails(
            Contact.of_card(json.loads(row["card"])),
            tuple(
                ContactIdentity(
                    one["kind"], one["value"], datetime.fromisoformat(one["verified_at"])
                )
                for one in json.loads(row["identities"] or "[]")
            ),
            tuple(Chat.of_row(one) for one in json.loads(row["chats"] or "[]")),
            tuple(
                VisitedPage(one["url"], datetime.fromisoformat(one["at"]))
                for one in json.loads(row["pages"] or "[]")
            ),
        )

    async def edit(
        self, member: str | None, contact_id: UUID, fields: Mapping[str, Any], manager: Manager
    ) -> Sequence[Change]:
        """Write down what the team knows. Raises `NotFound` and `Conflict`."""
        row = await self._row(
            "call edit_contact($1, $2, $3, $4, $5, null, null, null)",
            contact_id,
            member,
            manager.id,
            storable(json.dumps(fields, ensure_ascii=False)),
            MOST_ATTRIBUTES,
        )
        return _changes(row)

    async def merge(
        self, member: str | None, contact_id: UUID, other: UUID, manager: Manager
    ) -> Sequence[Change]:
        """Show `other` as a part of a contact. Raises `NotFound` and `Conflict`."""
        row = await self._row(
            "call merge_contacts($1, $2, $3, $4, $5, null, null, null)",
            contact_id,
            other,
            member,
            manager.id,
            MOST_MERGED,
        )
        return _changes(row)

    async def unmerge(
        self, member: str | None, contact_id: UUID, manager: Manager
    ) -> Sequence[Change]:
        """Take a merged contact out again. Raises `NotFound`."""
        row = await self._row(
            "call unmerge_contact($1, $2, $3, null, null, null)", contact_id, member, manager.id
        )
        return _changes(row)

    async def restrict(
        self,
        member: str | None,
        contact_id: UUID,
        restriction: Restriction | None,
        manager: Manager,
    ) -> tuple[Sequence[ChatId], Sequence[Change]]:
        """Block a contact, mark it as spam, or end that. Raises `NotFound`.

        Returns the chats in which an answer is pending again.
        """
        row = await self._row(
            "call restrict_contact($1, $2, $3, $4, null, null, null, null)",
            contact_id,
            member,
            manager.id,
            restriction,
        )
        changes = _changes(row)
        return [ChatId(one) for one in row["pending"] or ()], changes

    async def exported(self, after: UUID | None, limit: int) -> Sequence[Contact]:
        """The next contacts of all sites, in an order that nothing moves."""
        found = await self._rows(contact_lists.EXPORTED, after, limit)
        return [Contact.of_card(json.loads(row["card"])) for row in found]

    async def note_export(self, manager: Manager) -> None:
        """A manager takes all contacts away."""
        await self._row(
            "select record_event('contact.exported', p_actor_kind => 'manager', p_actor => $1)",
            manager.id,
        )


def _changes(row: Any) -> Sequence[Change]:
    if row["outcome"] == "unknown":
        raise NotFound(NO_CONTACT)
    if row["outcome"] != "done":
        raise Conflict(REFUSED[row["outcome"]])
    managers = Target.parse_all(row["managers"])
    return [
        Change(
            messages=tuple(map(StoredMessage.from_row, one["messages"])),
            chat=Chat.from_row(one["chat"]),
            users=Target.parse_all(one["users"]),
            managers=managers,
        )
        for one in json.loads(row["changes"] or "[]")
    ]
