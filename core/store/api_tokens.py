"""API tokens of managers, for programs. A token comes here as its digest only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Conflict, NotFound
from core.model import ApiToken, ManagerId, Target
from core.store import database

MOST = 50
NONE_OR_MANY = f"There is no manager with this id, or there are {MOST} tokens already."
NO_TOKEN = "There is no token with this id."


class ApiTokenStore(database.Statements):
    async def add(
        self, manager_id: ManagerId, token: bytes, name: str, until: datetime | None, *, own: bool
    ) -> ApiToken:
        """Store a token. `own`: the manager makes it. Raises `Conflict`."""
        row = await self._row(
            "select * from add_api_token($1, $2, $3, $4, $5)", manager_id, token, name, until, own
        )
        if row is None:
            raise Conflict(NONE_OR_MANY)
        return _api_token(row)

    async def of(self, manager_id: ManagerId | None) -> Sequence[ApiToken]:
        """The tokens of a manager, or of all."""
        found = await self._rows(
            "select t.* from api_tokens t join managers m using (manager_id)"
            " where ($1::text is null or manager_id = $1)"
            "   and (t.until is null or t.until > now()) and m.removed_at is null"
            " order by manager_id, t.created_at",
            manager_id,
        )
        return [_api_token(row) for row in found]

    async def revoke(self, token_id: UUID, own: ManagerId | None) -> Sequence[Target]:
        """Delete a token; `own`: only one of this manager's. Raises `NotFound`.

        Returns the manager's sockets, which the caller closes.
        """
        row = await self._row("select revoke_api_token($1, $2) as sockets", token_id, own)
        if row["sockets"] is None:
            raise NotFound(NO_TOKEN)
        return Target.parse_all(row["sockets"])


def _api_token(row: Any) -> ApiToken:
    return ApiToken(
        id=row["token_id"],
        manager_id=row["manager_id"],
        name=row["name"],
        created_at=row["created_at"],
        used_on=row["used_on"],
        until=row["until"],
    )
