"""API tokens: what a manager's programs show. Each has a name, and can be revoked by itself."""

from collections.abc import Sequence
from uuid import UUID

from core.auth.tickets import MANAGER_PREFIX, digest, new_token
from core.chat.access import close_all
from core.chat.publish import Publisher
from core.model import ApiToken, ManagerId, SignedIn
from core.protocol.text import MAX_NAME, line
from core.store.api_tokens import ApiTokenStore


class ApiTokens:
    def __init__(self, store: ApiTokenStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def make(self, caller: SignedIn, name: str) -> tuple[str, ApiToken]:
        """A token of one's own; its secret is shown only once. Raises `Conflict`."""
        token = new_token(MANAGER_PREFIX)
        made = await self._store.add(
            caller.manager.id, digest(token), line(name, MAX_NAME), caller.lasts_until, own=True
        )
        return token, made

    async def make_for(self, manager_id: ManagerId, name: str) -> str:
        """A token for any manager. Raises `Conflict`."""
        token = new_token(MANAGER_PREFIX)
        await self._store.add(manager_id, digest(token), line(name, MAX_NAME), None, own=False)
        return token

    async def of(self, manager_id: ManagerId | None = None) -> Sequence[ApiToken]:
        """The tokens of a manager, or of all."""
        return await self._store.of(manager_id)

    async def revoke(self, token_id: UUID, own: ManagerId | None = None) -> None:
        """End a token and its manager's sockets; `own`: only one of theirs. Raises `NotFound`."""
        await close_all(self._publisher, await self._store.revoke(token_id, own))
