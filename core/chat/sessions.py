"""What managers do with their own account: its sign-ins, and its name."""

from collections.abc import Sequence
from uuid import UUID

from core.auth.tickets import digest
from core.chat.access import close_all
from core.chat.publish import Publisher
from core.errors import Conflict
from core.model import Manager, ManagerSession, SignedIn
from core.store.sessions import SessionStore

NAMED_ELSEWHERE = "Your team's login says what your name is. Please change it there."


class Sessions:
    def __init__(self, store: SessionStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def of(self, caller: SignedIn, session: str) -> Sequence[ManagerSession]:
        """The caller's sign-ins; `session` is the one that calls."""
        return await self._store.of(caller.manager.id, digest(session))

    async def end(self, caller: SignedIn, session_id: UUID) -> None:
        """End one of the caller's sign-ins, and all their sockets. Raises `NotFound`."""
        await close_all(self._publisher, await self._store.end(caller.manager.id, session_id))

    async def end_others(self, caller: SignedIn, session: str) -> None:
        """End all of the caller's sign-ins but this one, and all their sockets."""
        ended = await self._store.end_others(caller.manager.id, digest(session))
        await close_all(self._publisher, ended)

    async def rename(self, caller: SignedIn, name: str) -> Manager:
        """Give the caller another name. Raises `Conflict` if the team's login gives it."""
        if not caller.names_itself:
            raise Conflict(NAMED_ELSEWHERE)
        await self._store.rename(caller.manager.id, name)
        return Manager(caller.manager.id, name)
