"""A manager's own sign-ins, and their name. A sign-in comes here as its digest only."""

from collections.abc import Sequence
from uuid import UUID

from core.errors import NotFound
from core.model import ManagerId, ManagerSession, Target
from core.store import database
from core.store.access import NO_MANAGER

NO_SESSION = "There is no sign-in with this id."
# Each needs a link of its own, and lasts a week.
SHOWN = 100


class SessionStore(database.Statements):
    async def of(self, manager_id: ManagerId, current: bytes) -> Sequence[ManagerSession]:
        """A manager's sign-ins: the current one, then those that were seen last."""
        found = await self._rows(
            "select sign_in_id, user_agent, created_at, seen_at, expires_at,"
            " token_hash = $2 as current"
            " from sign_ins where manager_id = $1 and expires_at > now()"
            " order by current desc, seen_at desc limit $3",
            manager_id,
            current,
            SHOWN,
        )
        return [
            ManagerSession(
                id=row["sign_in_id"],
                user_agent=row["user_agent"],
                created_at=row["created_at"],
                seen_at=row["seen_at"],
                until=row["expires_at"],
                current=row["current"],
            )
            for row in found
        ]

    async def end(self, manager_id: ManagerId, session_id: UUID) -> Sequence[Target]:
        """End one. Returns all of the manager's sockets. Raises `NotFound`."""
        row = await self._row(
            "select end_sign_ins($1, $2, null) as sockets", manager_id, session_id
        )
        if row["sockets"] is None:
            raise NotFound(NO_SESSION)
        return Target.parse_all(row["sockets"])

    async def end_others(self, manager_id: ManagerId, current: bytes) -> Sequence[Target]:
        """End all but this one. Returns all of the manager's sockets."""
        row = await self._row("select end_sign_ins($1, null, $2) as sockets", manager_id, current)
        return Target.parse_all(row["sockets"])

    async def rename(self, manager_id: ManagerId, name: str) -> None:
        """Give a manager another name. Raises `NotFound`."""
        row = await self._row("select rename_manager($1, $2) as found", manager_id, name)
        if not row["found"]:
            raise NotFound(NO_MANAGER)
