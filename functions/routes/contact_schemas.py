"""The bodies of the calls about contacts."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from core.contact import ValueSource
from core.model import Restriction
from core.protocol.attributes import AttributeEdits, TimeZone
from core.protocol.frames import ChatSummary
from core.protocol.text import MAX_EMAIL, MAX_LOCALE, MAX_NAME, optional_line


class ContactAttribute(BaseModel):
    name: str
    value: str
    source: ValueSource


class MergedInto(BaseModel):
    """A contact that this one shows."""

    id: UUID
    name: str | None = None
    email: str | None = None
    merged_at: AwareDatetime


class ContactInfo(BaseModel):
    """`verified`: the host site signed who it is. `sources` says where each value is from."""

    id: UUID
    site: str
    verified: bool
    name: str | None = None
    email: str | None = None
    language: str | None = None
    time_zone: str | None = None
    device: str | None = None
    restriction: Restriction | None = None
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    sources: dict[str, ValueSource]
    attributes: list[ContactAttribute]
    merged: list[MergedInto]


class ContactList(BaseModel):
    contacts: list[ContactInfo]
    next_cursor: str | None = None


class SignedIdentity(BaseModel):
    """What the host site signed: its own name for the person (`sub`), or an `email`."""

    kind: Literal["sub", "email"]
    value: str
    verified_at: AwareDatetime


class PageVisited(BaseModel):
    url: str
    at: AwareDatetime


class ContactPage(ContactInfo):
    """A contact with its newest chats, and the last pages of its present visit."""

    identities: list[SignedIdentity]
    chats: list[ChatSummary]
    pages: list[PageVisited]


class ContactEdit(BaseModel):
    """Only what is named changes. `null` takes away what the team wrote."""

    name: Annotated[str, optional_line(MAX_NAME)] | None = None
    email: Annotated[str, optional_line(MAX_EMAIL)] | None = None
    language: Annotated[str, optional_line(MAX_LOCALE)] | None = None
    time_zone: TimeZone = None
    attributes: AttributeEdits = {}

    @property
    def fields(self) -> dict[str, Any]:
        """What is named, by the names of the store. A blank text is as good as none."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        named = {"locale" if name == "language" else name: one for name, one in given.items()}
        return {name: None if one == "" else one for name, one in named.items()}


class MergeWanted(BaseModel):
    """The contact that is to be shown as a part."""

    contact_id: UUID


class SetRestriction(BaseModel):
    """`blocked`: messages are refused. `spam`: they are stored, and kept apart."""

    restriction: Restriction | None
