"""Websites with their own widget, assistant and members."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self

from core.errors import Conflict, Invalid, NotFound
from core.hours import Hours
from core.model import Manager, ManagerId, Rank, Row, SiteId
from core.protocol.text import storable
from core.store.database import Statements
from core.value import value

NO_SITE = "There is no such site."
NO_MEMBER = "There is no such site, or no such manager."
NO_ZONE = "Please correct `time_zone`: the database does not know this time zone."
NEWER = "Somebody else has changed this site meanwhile. Please look at it again."

AnsweringMode = Literal["always", "when_away", "never"]
AfterClosing = Literal["reopen", "new"]


@value
class Site:
    """One website. What is None comes from the environment.

    `key` stands in its pages. `identity_key` is encrypted. `rev` rises with each change.
    """

    id: SiteId
    key: str
    name: str
    origins: tuple[str, ...] | None
    answering_mode: AnsweringMode | None
    assistant_id: str | None
    locale: str | None
    time_zone: str | None
    hours: list[list[list[str]]] | None
    special_days: dict[str, Any]
    theme: dict[str, Any]
    texts: dict[str, Any]
    privacy_url: str | None
    consent: str | None
    tokens_per_day: int | None
    tokens_per_chat: int | None
    close_after: int | None
    hand_back_after: int | None
    after_closing: AfterClosing | None
    identity_key: bytes | None
    rev: int
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def opening_hours(self) -> Hours:
        return Hours.of(self.time_zone, self.hours, self.special_days)

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read a row of `sites`, as JSON."""
        origins, sealed, archived = row["origins"], row["identity_key"], row["archived_at"]
        return cls(
            id=SiteId(row["site_id"]),
            key=row["public_key"],
            name=row["name"],
            origins=None if origins is None else tuple(origins),
            answering_mode=row["answering"],
            assistant_id=row["assistant_id"],
            locale=row["locale"],
            time_zone=row["time_zone"],
            # What the release before has published says nothing of hours.
            hours=row.get("hours"),
            special_days=row.get("special_days") or {},
            theme=row["theme"],
            texts=row["texts"],
            privacy_url=row["privacy_url"],
            consent=row["consent"],
            tokens_per_day=row["tokens_per_day"],
            tokens_per_chat=row["tokens_per_chat"],
            # A document that the release before has published lacks these.
            close_after=row.get("close_after"),
            hand_back_after=row.get("hand_back_after"),
            after_closing=row.get("after_closing"),
            # As Postgres writes bytes in JSON.
            identity_key=bytes.fromhex(sealed.removeprefix("\\x")) if sealed else None,
            rev=row["rev"],
            archived_at=datetime.fromisoformat(archived) if archived else None,
            created_at=datetime.fromisoformat(row["created_at"]),
            updated_at=datetime.fromisoformat(row["updated_at"]),
        )


class SiteStore(Statements):
    async def rows(self) -> Sequence[Row]:
        """All sites, as the rows that `Site.of_row` reads. There are few."""
        row = await self._row(
            "select json_agg(s order by s.created_at, s.site_id) as sites from sites s"
        )
        found: Sequence[Row] = json.loads(row["sites"] or "[]")
        return found

    async def make(self, site_id: SiteId, key: str, name: str, manager: ManagerId) -> Site:
        """Make a site that inherits everything."""
        row = await self._row(
            "select make_site($1, $2, $3, $4) as site", site_id, key, storable(name), manager
        )
        return Site.of_row(json.loads(row["site"]))

    async def change(
        self, site_id: SiteId, rev: int | None, changes: Mapping[str, object], manager: ManagerId
    ) -> Site:
        """Change the columns that are named. Raises `NotFound`, and `Invalid` for a strange zone.

        Raises `Conflict` if somebody else has changed the site since this `rev`.
        """
        row = await self._row(
            "select outcome, site from change_site($1, $2, $3, $4)",
            site_id,
            rev,
            storable(json.dumps(dict(changes))),
            manager,
        )
        if row["outcome"] == "unknown":
            raise NotFound(NO_SITE)
        if row["outcome"] == "newer":
            raise Conflict(NEWER)
        if row["outcome"] == "zone":
            raise Invalid(NO_ZONE)
        return Site.of_row(json.loads(row["site"]))

    async def members(self, site_id: SiteId) -> Sequence[tuple[Manager, Rank]]:
        """The members of a site by name. Admins see it without being members."""
        found = await self._rows(
            "select m.manager_id, m.name, m.role from members x join managers m using (manager_id)"
            " where x.site_id = $1 and m.removed_at is null order by m.name, m.manager_id",
            site_id,
        )
        return [(Manager(row["manager_id"], row["name"]), row["role"]) for row in found]

    async def set_member(
        self, site_id: SiteId, manager_id: ManagerId, actor: ManagerId, *, joins: bool
    ) -> None:
        """Make a manager a member, or end that, at once for open sockets. Raises `NotFound`."""
        row = await self._row(
            "select set_member($1, $2, $3, $4) as outcome", site_id, manager_id, joins, actor
        )
        if row["outcome"] == "unknown":
            raise NotFound(NO_MEMBER)
