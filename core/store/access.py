"""Managers, their links and sign-ins, and tickets. All tokens come here as digests only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import Conflict, NotFound, Unauthorized
from core.limits import NO_LIMITS, Limits
from core.model import ChatId, Manager, ManagerId, Rank, Sight, SignedIn, SiteId, Target, Vouched
from core.store import database
from core.store.refusals import sockets_allowed

TICKET_SECONDS = 60
SIGN_IN_SECONDS = 7 * 24 * 3600
LINK_SECONDS = 24 * 3600

SIGN_IN = "Please sign in: this needs a manager's token or sign-in."
USED = "This login was used before, or its person was removed. Please sign in again."
SPENT = "This link is not good any more: each works once, and for 24 hours."
NO_MANAGER = "There is no manager with this id."


class AccessStore(database.Statements):
    def __init__(self, pool: database.Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool)
        self._limits = limits

    async def manager(self, token: bytes) -> SignedIn:
        """The manager of this API token or sign-in. Raises `Unauthorized`."""
        return _signed_in(
            await self._row("select * from caller_by($1, $2)", token, SIGN_IN_SECONDS)
        )

    async def sign_in(self, link: bytes, session: bytes, user_agent: str | None = None) -> SignedIn:
        """Make a sign-in from a link. Raises `Unauthorized` if it is spent, or is no link."""
        row = await self._row(
            "select * from sign_in_from($1, $2, $3, $4)",
            link,
            session,
            SIGN_IN_SECONDS,
            user_agent,
        )
        if row is None:
            raise Unauthorized(SPENT)
        return _signed_in(row)

    async def admit(
        self, vouched: Vouched, session: bytes, user_agent: str | None = None
    ) -> SignedIn:
        """Sign in a person of the team's own login, once for each token.

        Raises `Unauthorized` if the token was used before, or if the person was removed.
        """
        manager = vouched.manager
        row = await self._row(
            "select * from admit_from($1, $2, $3, $4, $5, $6, $7, $8)",
            vouched.token_hash,
            vouched.until,
            manager.id,
            manager.name,
            vouched.rank,
            session,
            SIGN_IN_SECONDS,
            user_agent,
        )
        if row is None:
            raise Unauthorized(USED)
        return _signed_in(row)

    async def refused(self, address: str | None) -> None:
        """A sign-in has failed."""
        await self._row("select record_refusal($1)", address)

    async def sign_out(self, session: bytes) -> Sequence[Target]:
        """End a sign-in. Returns the manager's sockets, which the caller closes."""
        row = await self._row("select sign_out($1) as sockets", session)
        return Target.parse_all(row["sockets"])

    async def add_manager(self, manager: Manager, rank: Rank, link: bytes) -> None:
        """Raises `Conflict` if there is a manager with this id."""
        row = await self._row(
            "select add_manager($1, $2, $3, $4, $5) as added",
            manager.id,
            manager.name,
            rank,
            link,
            LINK_SECONDS,
        )
        if not row["added"]:
            raise Conflict(f"There is a manager {manager.id} already.")

    async def add_first_manager(self, manager: Manager, link: bytes) -> bool:
        """Add an admin if there is no manager, or a link if the first one ran out unused.

        Returns whether the link is good.
        """
        row = await self._row(
            "select add_first_manager($1, $2, $3, $4) as added",
            manager.id,
            manager.name,
            link,
            LINK_SECONDS,
        )
        return bool(row["added"])

    async def link_device(self, caller: SignedIn, link: bytes) -> None:
        """Store a link for another device of a manager. Raises `NotFound`."""
        row = await self._row(
            "select link_device($1, $2, $3, $4) as added",
            caller.manager.id,
            link,
            LINK_SECONDS,
            caller.lasts_until,
        )
        if not row["added"]:
            raise NotFound(NO_MANAGER)

    async def relink(self, manager_id: ManagerId, link: bytes) -> Sequence[Target]:
        """Replace a manager's link, and end all sign-ins and sockets. Raises `NotFound`."""
        row = await self._row(
            "select relink($1, $2, $3) as sockets", manager_id, link, LINK_SECONDS
        )
        if row["sockets"] is None:
            raise NotFound(NO_MANAGER)
        return Target.parse_all(row["sockets"])

    async def remove_manager(self, manager_id: ManagerId) -> Sequence[Target]:
        """Remove a manager with all links, tokens, sign-ins and sockets. Raises `NotFound`."""
        row = await self._row("select remove_manager($1) as sockets", manager_id)
        if row["sockets"] is None:
            raise NotFound(NO_MANAGER)
        return Target.parse_all(row["sockets"])

    async def managers(self) -> Sequence[tuple[Manager, Rank]]:
        """All managers of the team."""
        found = await self._rows(
            "select manager_id, name, role from managers where removed_at is null order by name"
        )
        return [(Manager(row["manager_id"], row["name"]), row["role"]) for row in found]

    async def add_ticket(
        self,
        ticket: bytes,
        chat_id: ChatId | None,
        manager_id: ManagerId | None,
        until: datetime | None,
        address: str | None,
    ) -> None:
        """Store a ticket for one socket. Raises `TooMany` if too many sockets are open."""
        row = await self._row(
            "select add_ticket($1, $2, $3, $4, $5, $6, $7, $8) as outcome",
            ticket,
            chat_id,
            manager_id,
            TICKET_SECONDS,
            until,
            address,
            self._limits.sockets_per_chat,
            self._limits.sockets_per_address,
        )
        sockets_allowed(row["outcome"])


def sight(sites: Sequence[str] | None) -> Sight:
    """Read the sites that somebody sees."""
    return None if sites is None else tuple(map(SiteId, sites))


def _signed_in(row: Any) -> SignedIn:
    if row is None:
        raise Unauthorized(SIGN_IN)
    return SignedIn(
        Manager(row["manager_id"], row["name"]),
        row["role"],
        row["until"],
        row.get("signed_in_by", "link"),
        row.get("prolonged", False),
        sight(row.get("sites")),
    )
