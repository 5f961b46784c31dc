"""The calls about contacts: find, look, edit, merge, take apart, block, export."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from core.contact import Contact, ContactDetails
from core.model import Restriction
from core.protocol import wire
from functions.routes.contact_schemas import (
    ContactEdit,
    ContactInfo,
    ContactList,
    ContactPage,
    MergeWanted,
    SetRestriction,
)
from functions.routes.dependencies import (
    CurrentAdmin,
    CurrentApp,
    CurrentManager,
    ReadingManager,
    SearchingManager,
)
from functions.routes.parameters import Limit, SearchParameter

router = APIRouter(prefix="/manager")

# A spreadsheet runs what begins so. https://owasp.org/www-community/attacks/CSV_Injection
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
COLUMNS = (
    "id", "site", "name", "email", "verified", "language", "time_zone", "device", "restriction",
    "first_seen_at", "last_seen_at", "attributes", "merged",
)  # fmt: skip


@router.get("/contacts", response_model_exclude_none=True)
async def contacts(
    app: CurrentApp,
    caller: SearchingManager,
    q: SearchParameter = "",
    restriction: Restriction | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
) -> ContactList:
    """Contacts of the manager's sites: who was here last comes first.

    `q` finds the beginnings of words in names and e-mail addresses, and a whole `sub`.
    """
    found, next_cursor = await app.contacts.page(q, restriction, cursor, limit, caller)
    return ContactList(contacts=[_info(one) for one in found], next_cursor=next_cursor)


@router.get("/contacts.csv", response_class=StreamingResponse)
async def export(app: CurrentApp, caller: CurrentAdmin) -> StreamingResponse:
    """All contacts, as a table for a spreadsheet: UTF-8, with commas. For admins."""
    exported = await app.contacts.export(caller)
    name = f"contacts-{datetime.now(UTC):%Y-%m-%d}.csv"
    return StreamingResponse(
        _lines(exported),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/contacts/{contact_id}", response_model_exclude_none=True)
async def contact(contact_id: UUID, app: CurrentApp, caller: ReadingManager) -> ContactPage:
    """One contact, its 50 newest chats, and the pages of its present visit."""
    return _page(await app.contacts.contact(contact_id, caller))


@router.patch("/contacts/{contact_id}", response_model_exclude_none=True)
async def edit(
    contact_id: UUID, body: ContactEdit, app: CurrentApp, caller: CurrentManager
) -> ContactPage:
    """Write down what the team knows better. `null` takes that away; the rest stays."""
    return _page(await app.contacts.edit(contact_id, body.fields, caller))


@router.post("/contacts/{contact_id}/merge", response_model_exclude_none=True)
async def merge(
    contact_id: UUID, body: MergeWanted, app: CurrentApp, caller: CurrentManager
) -> ContactPage:
    """Show another contact as a part of this one. No message and no chat is moved."""
    return _page(await app.contacts.merge(contact_id, body.contact_id, caller))


@router.post("/contacts/{contact_id}/unmerge", response_model_exclude_none=True)
async def unmerge(contact_id: UUID, app: CurrentApp, caller: CurrentManager) -> ContactPage:
    """Take a merged contact out again, with everything that it had."""
    return _page(await app.contacts.unmerge(contact_id, caller))


@router.post("/contacts/{contact_id}/restriction", response_model_exclude_none=True)
async def restrict(
    contact_id: UUID, body: SetRestriction, app: CurrentApp, caller: CurrentManager
) -> ContactPage:
    """Block a contact, mark it as spam, or (`null`) end that."""
    return _page(await app.contacts.restrict(contact_id, body.restriction, caller))


def _page(found: ContactDetails) -> ContactPage:
    return ContactPage(
        **_info(found.contact).model_dump(),
        identities=[asdict(one) for one in found.identities],
        chats=[wire.chat_model(chat) for chat in found.chats],
        pages=[asdict(one) for one in found.pages],
    )


def _info(contact: Contact) -> ContactInfo:
    fields, attributes = contact.fields, contact.attributes
    values = {name: one.value for name, one in fields.items()}
    return ContactInfo(
        id=contact.id,
        site=contact.site,
        verified=contact.verified,
        name=values.get("name"),
        email=values.get("email"),
        language=values.get("locale"),
        time_zone=values.get("time_zone"),
        device=contact.device,
        restriction=contact.restriction,
        first_seen_at=contact.first_seen_at,
        last_seen_at=contact.last_seen_at,
        sources={_public(name): one.source for name, one in fields.items()},
        attributes=[
            dict(name=name, value=one.value, source=one.source) for name, one in attributes.items()
        ],
        merged=[asdict(one) for one in contact.merged],
    )


def _public(field: str) -> str:
    return "language" if field == "locale" else field


async def _lines(contacts: AsyncIterator[Contact]) -> AsyncIterator[str]:
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    yield "\ufeff" + _line(COLUMNS)
    async for contact in contacts:
        info = _info(contact)
        row = info.model_dump(mode="json") | {
            "attributes": "; ".join(f"{one.name}: {one.value}" for one in info.attributes),
            "merged": " ".join(str(one.id) for one in info.merged),
        }
        yield _line(tuple("" if row[name] is None else str(row[name]) for name in COLUMNS))


def _line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(map(_harmless, cells))
    return line.getvalue()


def _harmless(cell: str) -> str:
    """The cell as a text, also where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULAS) else cell
