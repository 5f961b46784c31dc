"""Managers, sign-ins and tickets. Tokens and tickets come here as digests only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import Conflict, NotFound, Unauthorized
from core.limits import NO_LIMITS, Limits
from core.model import ChatId, Manager, ManagerId, Rank, SignedIn, Target, Vouched
from core.store import database
from core.store.refusals import sockets_allowed

TICKET_SECONDS = 60
SIGN_IN_SECONDS = 7 * 24 * 3600

SIGN_IN = "Please sign in: this needs a manager's token or sign-in."
USED = "This login was used before, or its person was removed. Please sign in again."
NO_MANAGER = "There is no manager with this id."

ADDED = "record_event('manager.added', p_data => jsonb_build_object('manager_id', manager_id))"


class AccessStore(database.Statements):
    def __init__(self, pool: database.Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool)
        self._limits = limits

    async def manager(self, token: bytes) -> SignedIn:
        """The manager of this token or sign-in. Raises `Unauthorized`."""
        return _signed_in(await self._row("select * from manager_by($1)", token))

    async def sign_in(self, token: bytes, session: bytes) -> SignedIn:
        """Make a sign-in from a manager's own token. Raises `Unauthorized`."""
        return _signed_in(
            await self._row("select * from sign_in($1, $2, $3)", token, session, SIGN_IN_SECONDS)
        )

    async def admit(self, vouched: Vouched, session: bytes) -> SignedIn:
        """Sign in a person of the team's own login, once for each token.

        Raises `Unauthorized` if the token was used before, or if the person was removed.
        """
        manager = vouched.manager
        row = await self._row(
            "select * from admit_once($1, $2, $3, $4, $5, $6, $7)",
            vouched.token_hash,
            vouched.until,
            manager.id,
            manager.name,
            vouched.rank,
            session,
            SIGN_IN_SECONDS,
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

    async def add_manager(self, manager: Manager, rank: Rank, token: bytes) -> None:
        """Raises `Conflict` if there is a manager with this id."""
        row = await self._row(
            "with m as (insert into managers (manager_id, name, role, token_hash)"
            "  values ($1, $2, $3, $4)"
            "  on conflict (manager_id) do update set name = $2, role = $3, token_hash = $4,"
            "  removed_at = null where managers.removed_at is not null or managers.token_hash = $4"
            f"  returning manager_id) select {ADDED} from m",
            manager.id,
            manager.name,
            rank,
            token,
        )
        if row is None:
            raise Conflict(f"There is a manager {manager.id} already.")

    async def add_first_manager(self, manager: Manager, token: bytes) -> bool:
        """Add an admin if there is no manager. Returns whether one was added."""
        row = await self._row(
            "with m as (insert into managers (manager_id, name, role, token_hash)"
            "  select $1, $2, 'admin', $3"
            "  where not exists (select from managers where removed_at is null)"
            "  on conflict (manager_id) do update set token_hash = $3, role = 'admin',"
            "  removed_at = null where managers.removed_at is not null"
            f"  returning manager_id) select {ADDED} from m",
            manager.id,
            manager.name,
            token,
        )
        return row is not None

    async def replace_token(self, manager_id: ManagerId, token: bytes) -> Sequence[Target]:
        """Replace a manager's token, and end all sign-ins and sockets. Raises `NotFound`."""
        row = await self._row(
            "with m as (update managers set token_hash = $2"
            "  where manager_id = $1 and removed_at is null returning manager_id),"
            " s as (delete from sign_ins where manager_id in (select manager_id from m)),"
            " t as (delete from tickets where manager_id in (select manager_id from m))"
            " select drop_sockets_of(manager_id) as sockets, record_event('manager.relinked',"
            "  p_data => jsonb_build_object('manager_id', manager_id)) from m",
            manager_id,
            token,
        )
        if row is None:
            raise NotFound(NO_MANAGER)
        return Target.parse_all(row["sockets"])

    async def remove_manager(self, manager_id: ManagerId) -> Sequence[Target]:
        """Remove a manager with all tokens, sign-ins and sockets. Raises `NotFound`."""
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


def _signed_in(row: Any) -> SignedIn:
    if row is None:
        raise Unauthorized(SIGN_IN)
    return SignedIn(Manager(row["manager_id"], row["name"]), row["role"], row["until"])
