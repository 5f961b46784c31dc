"""What names in a search mean: tags, people, teams and sites, of those whom the caller may see."""

from collections.abc import Sequence
from uuid import UUID

from core.model import ManagerId, Sight, SiteId
from core.store.database import Statements

# So many people may have a name that begins as one.
PEOPLE = 5


class NameStore(Statements):
    async def tags(self, name: str, sites: Sight) -> Sequence[UUID]:
        """The tags of this name or id, of these sites."""
        found = await self._rows(
            "select tag_id from tags where (lower(name) = lower($1) or tag_id = $3)"
            " and ($2::text[] is null or site_id = any ($2))",
            name,
            sites,
            _uuid(name),
        )
        return [row["tag_id"] for row in found]

    async def people(self, name: str, sites: Sight) -> Sequence[ManagerId]:
        """Who has this id or name, or else a name with a part that begins so."""
        found = await self._rows(
            "select m.manager_id, lower($1) in (lower(m.name), m.manager_id) as is_exact"
            " from managers m"
            " where m.removed_at is null"
            " and (m.manager_id = $1 or starts_with(' ' || lower(m.name), ' ' || lower($1))"
            "  or position(' ' || lower($1) in lower(m.name)) > 0)"
            " and ($2::text[] is null or sites_of(m.manager_id) is null"
            "  or sites_of(m.manager_id) && $2)"
            f" order by is_exact desc, lower(m.name), m.manager_id limit {PEOPLE}",
            name,
            sites,
        )
        exact = [row["manager_id"] for row in found if row["is_exact"]]
        return exact or [row["manager_id"] for row in found]

    async def teams(self, name: str, sites: Sight) -> Sequence[str]:
        """The teams of this id or name, of these sites."""
        found = await self._rows(
            "select team_id from teams where removed_at is null"
            " and (team_id = $1 or lower(name) = lower($1))"
            " and ($2::text[] is null or site_id = any ($2))",
            name,
            sites,
        )
        return [row["team_id"] for row in found]

    async def sites(self, name: str, sites: Sight) -> Sequence[SiteId]:
        """The sites of this id, key or name, of these sites."""
        found = await self._rows(
            "select site_id from sites where lower($1) in (site_id, lower(name), lower(public_key))"
            " and ($2::text[] is null or site_id = any ($2))",
            name,
            sites,
        )
        return [row["site_id"] for row in found]


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
