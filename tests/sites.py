"""Sites for tests, made straight in the database before a server starts."""

from core.auth.tokens import Keys
from core.model import ManagerId, SiteId
from core.store.database import Pool
from core.store.sites import Site, SiteStore
from tests.tickets import SECRET_KEY

BOSS = ManagerId("boss")


async def add_site(
    pool: Pool, name: str, *origins: str, identity_key: str = "", **changes: object
) -> Site:
    """A site with these origins, whose id is its name."""
    store, site_id = SiteStore(pool), SiteId(name)
    await store.make(site_id, f"site_{name}", name.title(), BOSS)
    if identity_key:
        changes["identity_key"] = "\\x" + Keys(SECRET_KEY).seal(identity_key, site_id).hex()
    return await store.change(site_id, None, {"origins": list(origins), **changes}, BOSS)
