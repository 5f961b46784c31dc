"""Deliveries: notices on their way outside, and the receivers of a site."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from core.errors import NotFound
from core.model import FIRST_SITE, ManagerId, Row, SiteId
from core.protocol.text import storable
from core.store import cursors
from core.store.database import Statements
from core.store.sites import NO_SITE
from core.value import value

NO_RECEIVER = "There is no such receiver."
NO_DELIVERY = "There is no such delivery."

ReceiverKind = Literal["mail", "slack", "discord", "teams", "webhook"]
Outcome = Literal["done", "later", "dead", "gone"]

LOG = """
select d.*, r.name as receiver from deliveries d
left join receivers r on r.receiver_id::text = d.target
where d.site_id = $1
  and (d.created_at, d.id) < (coalesce($2, 'infinity'::timestamptz), coalesce($3, d.id))
order by d.created_at desc, d.id desc limit $4
"""


@value
class Receiver:
    """Where notices of a site go. `sealed` is a hook's address, encrypted."""

    id: UUID
    site_id: SiteId
    kind: ReceiverKind
    name: str
    email: str | None
    sealed: bytes | None
    language: str
    events: tuple[str, ...]
    created_at: datetime
    gone_at: datetime | None

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read a row of `receivers`, as JSON."""
        sealed, gone = row["sealed"], row["gone_at"]
        return cls(
            id=UUID(row["receiver_id"]),
            site_id=SiteId(row["site_id"]),
            kind=row["kind"],
            name=row["name"],
            email=row["email"],
            # As Postgres writes bytes in JSON.
            sealed=bytes.fromhex(sealed.removeprefix("\\x")) if sealed else None,
            language=row["language"],
            events=tuple(row["events"]),
            created_at=datetime.fromisoformat(row["created_at"]),
            gone_at=datetime.fromisoformat(gone) if gone else None,
        )


@value
class NewReceiver:
    id: UUID
    kind: ReceiverKind
    name: str
    email: str | None
    sealed: bytes | None
    language: str
    events: Sequence[str]


@value
class Delivery:
    """One line of the log. `error` is a code: of the last attempt, or why nothing was sent."""

    id: UUID
    kind: str
    what: str
    target: str
    receiver: str | None
    chat_id: str | None
    attempts: int
    due_at: datetime
    done_at: datetime | None
    dead_at: datetime | None
    error: str | None
    created_at: datetime


FIELDS = fields(Delivery)


class DeliveryStore(Statements):
    async def claim(self, limit: int, seconds: float) -> Sequence[Row]:
        """Claim what is due for so many seconds; each with all that its text needs."""
        found = await self._rows("select claim_deliveries($1, $2) as notice", limit, seconds)
        return [json.loads(row["notice"]) for row in found]

    async def end(
        self, delivery_id: UUID, attempt: int, outcome: Outcome, error: str | None, seconds: float
    ) -> bool:
        """End an attempt. False: another worker has begun a later one."""
        row = await self._row(
            "select end_delivery($1, $2, $3, $4, $5) as ended",
            delivery_id,
            attempt,
            outcome,
            error,
            seconds,
        )
        return bool(row["ended"])

    async def due_in(self, delivery_id: UUID) -> float | None:
        """In how many seconds it is due. None: it is at its end."""
        row = await self._row(
            "select extract(epoch from due_at - clock_timestamp())::float8 as seconds"
            " from deliveries where id = $1 and done_at is null and dead_at is null",
            delivery_id,
        )
        return float(row["seconds"]) if row else None

    async def is_due(self) -> bool:
        """Whether something is due that nobody sends."""
        row = await self._row(
            "select coalesce((select true from deliveries where done_at is null and dead_at is null"
            " and due_at <= (select clock_timestamp()) order by due_at limit 1), false) as due"
        )
        return bool(row["due"])

    async def add_test(self, receiver: Receiver) -> UUID:
        """Write a delivery that says only that the way works."""
        row = await self._row(
            "select add_delivery($1, 'test', $2, $3) as id",
            receiver.kind,
            str(receiver.id),
            receiver.site_id,
        )
        return UUID(str(row["id"]))

    async def add_link(
        self, delivery_id: UUID, what: str, manager_id: ManagerId, sealed: bytes
    ) -> None:
        """Write the mail of a sign-in link. `sealed`: where it goes, and the link, encrypted."""
        await self._row(
            "insert into deliveries (id, kind, what, target, site_id, data)"
            " values ($1, 'mail', $2, $3, $4, jsonb_build_object('sealed', $5::text)) returning id",
            delivery_id,
            what,
            manager_id,
            FIRST_SITE,
            sealed.hex(),
        )

    async def again(self, site_id: SiteId, delivery_id: UUID) -> None:
        """Send a dead delivery again. Raises `NotFound`."""
        row = await self._row("select send_again($1, $2) as known", site_id, delivery_id)
        if not row["known"]:
            raise NotFound(NO_DELIVERY)

    async def log(
        self, site_id: SiteId, cursor: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        """One page, the newest first, and the cursor of the next. Raises `Invalid`."""
        at, name = cursors.of_ids(cursor)
        found = await self._rows(LOG, site_id, at, name, limit + 1)
        read = [Delivery(**{field.name: row[field.name] for field in FIELDS}) for row in found]
        page, more = read[:limit], len(read) > limit
        return page, cursors.cursor(page[-1].created_at, page[-1].id) if more else None

    async def receivers(self, site_id: SiteId) -> Sequence[Receiver]:
        """The receivers of a site, the oldest first."""
        row = await self._row(
            "select json_agg(r order by r.created_at, r.receiver_id) as found from receivers r"
            " where r.site_id = $1 and r.removed_at is null",
            site_id,
        )
        return [Receiver.of_row(one) for one in json.loads(row["found"] or "[]")]

    async def receiver(self, site_id: SiteId, receiver_id: UUID) -> Receiver:
        """One of them. Raises `NotFound`."""
        for one in await self.receivers(site_id):
            if one.id == receiver_id:
                return one
        raise NotFound(NO_RECEIVER)

    async def add_receiver(self, site_id: SiteId, new: NewReceiver, manager: str) -> None:
        """Add a receiver. A repeat adds nothing. Raises `NotFound` if there is no such site."""
        row = await self._row(
            "select add_receiver($1, $2, $3, $4) as known", site_id, new.id, _fields(new), manager
        )
        if not row["known"]:
            raise NotFound(NO_SITE)

    async def remove_receiver(self, site_id: SiteId, receiver_id: UUID, manager: str) -> None:
        """Remove a receiver: it gets nothing any more. Raises `NotFound`."""
        row = await self._row(
            "select remove_receiver($1, $2, $3) as known", site_id, receiver_id, manager
        )
        if not row["known"]:
            raise NotFound(NO_RECEIVER)


def _fields(new: NewReceiver) -> str:
    given: Mapping[str, Any] = {
        "kind": new.kind,
        "name": new.name,
        "email": new.email,
        "sealed": new.sealed and "\\x" + new.sealed.hex(),
        "language": new.language,
        "events": list(new.events),
    }
    return storable(json.dumps(given))
