"""What is known of a visitor across chats: by the team, by the host site, and by themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.model import Chat, Restriction, Row
from core.value import value

ValueSource = Literal["edited", "verified", "claimed"]
SOURCES: tuple[ValueSource, ...] = ("edited", "verified", "claimed")
FIELDS = ("name", "email", "locale", "time_zone")


@value
class SourcedValue:
    """A value, and where it is from: the team, the host site, or the visitor."""

    value: str
    source: ValueSource


@value
class MergedContact:
    """A contact that another one shows."""

    id: UUID
    name: str | None
    email: str | None
    merged_at: datetime


@value
class Contact:
    """What is known of a visitor. `fields` are `name`, `email`, `locale` and `time_zone`."""

    id: UUID
    site: str
    verified: bool
    fields: Mapping[str, SourcedValue]
    attributes: Mapping[str, SourcedValue]
    device: str | None
    restriction: Restriction | None
    first_seen_at: datetime
    last_seen_at: datetime
    merged: tuple[MergedContact, ...]

    @classmethod
    def of_card(cls, rows: Sequence[Row]) -> "Contact":
        """Read a `contact_card`: the contact, then those that were merged into it."""
        root = rows[0]
        return cls(
            id=UUID(root["contact_id"]),
            site=root["site_id"],
            verified=any(row["verified"] for row in rows),
            fields={name: known for name in FIELDS if (known := _known(rows, name))},
            attributes=_attributes(rows),
            device=next((row["device"] for row in rows if row["device"]), None),
            restriction=root["restriction"],
            first_seen_at=min(map(datetime.fromisoformat, (r["first_seen_at"] for r in rows))),
            last_seen_at=max(map(datetime.fromisoformat, (r["last_seen_at"] for r in rows))),
            merged=tuple(map(_merged, rows[1:])),
        )


@value
class ContactIdentity:
    """What the host site has signed: a `sub` or an `email`."""

    kind: str
    value: str
    verified_at: datetime


@value
class VisitedPage:
    url: str
    at: datetime


@value
class ContactDetails:
    """A contact with its identities, its newest chats, and the pages of the present visit."""

    contact: Contact
    identities: tuple[ContactIdentity, ...]
    chats: tuple[Chat, ...]
    pages: tuple[VisitedPage, ...]


def _known(rows: Sequence[Row], name: str) -> SourcedValue | None:
    """The value that counts: by where it is from, then by whose it is."""
    values = (
        SourcedValue(row[source][name], source)
        for source in SOURCES
        for row in rows
        if row[source].get(name)
    )
    return next(values, None)


def _attributes(rows: Sequence[Row]) -> dict[str, SourcedValue]:
    found: dict[str, SourcedValue] = {}
    for source in SOURCES:
        for row in rows:
            for name, one in row[source].get("attributes", {}).items():
                found.setdefault(name, SourcedValue(one, source))
    return found


def _merged(row: Row) -> MergedContact:
    name, email = _known([row], "name"), _known([row], "email")
    return MergedContact(
        UUID(row["contact_id"]),
        name.value if name else None,
        email.value if email else None,
        datetime.fromisoformat(row["merged_at"]),
    )
