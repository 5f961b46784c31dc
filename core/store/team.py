"""The team as admins see and change it: who belongs to it, with which rank, on which sites."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import Conflict, Invalid, NotFound
from core.model import Manager, ManagerId, Rank, Row, Sight, SiteId, Target
from core.store.access import LINK_SECONDS, NO_MANAGER, sight
from core.store.database import Statements
from core.value import value

NO_SITE = "Please correct `sites`: there is no such site."
LAST = "Somebody has to be an admin. Please make somebody else one first."
# More than people read. Whoever has more needs the command line.
SHOWN = 1000

TEAM = """
select m.manager_id, m.name, m.role, greatest(m.seen_at, s.seen_at) as seen_at, s.sessions,
       exists (select from connections n where n.manager_id = m.manager_id and n.chat_id is null
               and n.expires_at > now()) as online,
       (select max(l.expires_at) from sign_in_links l
        where l.manager_id = m.manager_id and l.session_hash is null and l.expires_at > now()
       ) as link_until,
       array(select x.site_id from members x where x.manager_id = m.manager_id order by 1) as sites
from managers m
cross join lateral (select count(*)::int as sessions, max(i.seen_at) as seen_at from sign_ins i
                    where i.manager_id = m.manager_id and i.expires_at > now()) s
where m.removed_at is null and ($1::text is null or m.manager_id = $1)
order by lower(m.name), m.manager_id limit $2
"""


@value
class Colleague:
    """A manager as admins see them. `sites`: whose member they are; an admin sees all sites.

    `seen_at` is right to five minutes. `link_until`: until then they have a link that is unused.
    """

    manager: Manager
    rank: Rank
    sites: Sequence[SiteId]
    sessions: int
    online: bool
    seen_at: datetime | None
    link_until: datetime | None


@value
class Rights:
    """What a manager may do and see now, and their sockets."""

    rank: Rank
    sites: Sight
    sockets: tuple[Target, ...]


class TeamStore(Statements):
    async def all(self) -> Sequence[Colleague]:
        """The team, by name."""
        return [_colleague(row) for row in await self._rows(TEAM, None, SHOWN)]

    async def one(self, manager_id: ManagerId) -> Colleague:
        """A manager. Raises `NotFound`."""
        row = await self._row(TEAM, manager_id, 1)
        if row is None:
            raise NotFound(NO_MANAGER)
        return _colleague(row)

    async def rights(self, manager_id: ManagerId) -> Rights | None:
        """What a manager may do and see now; None: there is no such manager."""
        row = await self._row(
            "select m.role, sites_of(m.manager_id) as sites, (select array_agg("
            "    n.connection_id || ' ' || n.callback_url) from connections n"
            "    where n.manager_id = m.manager_id and n.chat_id is null) as sockets"
            " from managers m where m.manager_id = $1 and m.removed_at is null",
            manager_id,
        )
        if row is None:
            return None
        return Rights(row["role"], sight(row["sites"]), Target.parse_all(row["sockets"]))

    async def invite(
        self, who: Manager, rank: Rank, sites: Sequence[SiteId], link: bytes, actor: ManagerId
    ) -> None:
        """Add a manager with a link. Raises `Invalid` for an unknown site, and `Conflict`."""
        row = await self._row(
            "select invite_manager($1, $2, $3, $4, $5, $6, $7) as outcome",
            who.id,
            who.name,
            rank,
            list(sites),
            link,
            LINK_SECONDS,
            actor,
        )
        _allowed(row["outcome"])

    async def change(
        self,
        manager_id: ManagerId,
        rank: Rank | None,
        sites: Sequence[SiteId] | None,
        actor: ManagerId,
    ) -> None:
        """Give a manager another rank and other sites. None leaves them.

        Raises `NotFound`, `Invalid` for an unknown site, and `Conflict` for the last admin.
        """
        row = await self._row(
            "select change_manager($1, $2, $3, $4) as outcome",
            manager_id,
            rank,
            None if sites is None else list(sites),
            actor,
        )
        _allowed(row["outcome"])

    async def relink(
        self, manager_id: ManagerId, link: bytes, actor: ManagerId, *, ends: bool
    ) -> Sequence[Target]:
        """Replace a manager's link. `ends`: end their sign-ins, too. Raises `NotFound`."""
        row = await self._row(
            "select renew_link($1, $2, $3, $4, $5) as sockets",
            manager_id,
            link,
            LINK_SECONDS,
            ends,
            actor,
        )
        if row["sockets"] is None:
            raise NotFound(NO_MANAGER)
        return Target.parse_all(row["sockets"])

    async def remove(self, manager_id: ManagerId, actor: ManagerId) -> Sequence[Target]:
        """Remove a manager with all they have. Raises `NotFound`, `Conflict` for the last admin."""
        row = await self._row(
            "select outcome, sockets from remove_colleague($1, $2)", manager_id, actor
        )
        _allowed(row["outcome"])
        return Target.parse_all(row["sockets"])


def _allowed(outcome: str) -> None:
    match outcome:
        case "unknown":
            raise NotFound(NO_MANAGER)
        case "site":
            raise Invalid(NO_SITE)
        case "last":
            raise Conflict(LAST)
        case "taken":
            raise Conflict("There is a manager with this id already. Please try again.")


def _colleague(row: Row) -> Colleague:
    return Colleague(
        manager=Manager(row["manager_id"], row["name"]),
        rank=row["role"],
        sites=[SiteId(one) for one in row["sites"]],
        sessions=row["sessions"],
        online=row["online"],
        seen_at=row["seen_at"],
        link_until=row["link_until"],
    )
