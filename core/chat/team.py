"""The team: admins invite colleagues, say what each may do and see, and remove them."""

from collections.abc import Sequence

from core.auth.tickets import MANAGER_PREFIX, digest, new_token
from core.chat.access import close_all, new_manager
from core.chat.publish import Publisher
from core.errors import Conflict
from core.model import ManagerId, Rank, SiteId
from core.protocol import wire
from core.store.sites import SiteStore
from core.store.team import Colleague, TeamStore

# So begin the ids of those whom the team's own login vouches for.
LOGIN = "oidc:"
BY_LOGIN = "Your team's own login signs this person in, and gives the rank. Please change it there."


class Team:
    def __init__(self, store: TeamStore, sites: SiteStore, publisher: Publisher) -> None:
        self._store = store
        self._sites = sites
        self._publisher = publisher

    async def all(self) -> Sequence[Colleague]:
        """The team, by name."""
        return await self._store.all()

    async def invite(
        self, name: str, rank: Rank, sites: Sequence[SiteId], actor: ManagerId
    ) -> tuple[Colleague, str]:
        """Add a manager of these sites; the secret of their link, which is shown only once."""
        who, link = new_manager(name), new_token(MANAGER_PREFIX)
        await self._store.invite(who, rank, sites, digest(link), actor)
        return await self._store.one(who.id), link

    async def change(
        self,
        manager_id: ManagerId,
        rank: Rank | None,
        sites: Sequence[SiteId] | None,
        actor: ManagerId,
    ) -> Colleague:
        """Give a manager another rank and other sites, at once for open sockets. None leaves them.

        Raises `NotFound`, `Invalid` and `Conflict`.
        """
        if rank is not None and by_login(manager_id):
            raise Conflict(BY_LOGIN)
        await self._store.change(manager_id, rank, sites, actor)
        await self._tell(manager_id)
        return await self._store.one(manager_id)

    async def set_member(
        self, site_id: SiteId, manager_id: ManagerId, actor: ManagerId, *, joins: bool
    ) -> None:
        """Make a manager a member, or end that, at once for open sockets. Raises `NotFound`."""
        await self._sites.set_member(site_id, manager_id, actor, joins=joins)
        await self._tell(manager_id)

    async def relink(self, manager_id: ManagerId, actor: ManagerId, *, ends: bool) -> str:
        """Replace a manager's link. `ends`: end their sign-ins and sockets, too.

        Raises `NotFound`, and `Conflict` for a person of the team's own login.
        """
        if by_login(manager_id):
            raise Conflict(BY_LOGIN)
        link = new_token(MANAGER_PREFIX)
        sockets = await self._store.relink(manager_id, digest(link), actor, ends=ends)
        await close_all(self._publisher, sockets)
        return link

    async def remove(self, manager_id: ManagerId, actor: ManagerId) -> None:
        """Remove a manager with all sign-ins and sockets. Raises `NotFound` and `Conflict`."""
        await close_all(self._publisher, await self._store.remove(manager_id, actor))

    async def _tell(self, manager_id: ManagerId) -> None:
        """Tell a manager's sockets what they may do and see now."""
        rights = await self._store.rights(manager_id)
        if rights is not None and rights.sockets:
            frame = wire.access_frame(rights.rank, rights.sites)
            await self._publisher.send(frame, rights.sockets)


def by_login(manager_id: ManagerId) -> bool:
    """Whether the team's own login signs this person in."""
    return manager_id.startswith(LOGIN)
