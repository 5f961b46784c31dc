"""Sites: which one a page's key selects, and which origins may use it.

Every page view needs this, so it is published outside the database on each change.
"""

import json
import re
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from core.delivery.published import Publication
from core.errors import Conflict, NotFound, TryAgain
from core.limits import Bucket, Rate
from core.model import FIRST_SITE, Manager, ManagerId, Rank, Row, SiteId
from core.protocol.text import MAX_NAME, line
from core.store.sites import NO_SITE, Site, SiteStore

KEY_PREFIX = "site_"
NO_KEY = "No site has this key. Please copy the snippet of the site once more."
ARCHIVED = "This site is archived: no chat begins on it."
STAYS = "The first site stays: it cannot be archived."


class Directory:
    """The sites as they were at `published_at`."""

    def __init__(self, published_at: datetime, rows: Sequence[Row], allowed: Sequence[str]) -> None:
        self.published_at = published_at
        self.sites = [Site.of_row(row) for row in rows]
        self._by_name = {name: site for site in self.sites for name in (site.id, site.key)}
        self._allowed = frozenset(allowed)

    def find(self, name: str) -> Site | None:
        """The site with this key or id."""
        return self._by_name.get(name)

    def origins_of(self, site: Site) -> Collection[str]:
        """The origins of the pages that may use a site."""
        return self._allowed if site.origins is None else site.origins

    @cached_property
    def origins(self) -> frozenset[str]:
        """The origins that may use some site: a preflight does not say which one it is for."""
        in_use = (site for site in self.sites if site.archived_at is None)
        return frozenset(origin for site in in_use for origin in self.origins_of(site))


class Sites:
    """`allowed`: the origins of a site that names none."""

    def __init__(
        self, store: SiteStore, publication: Publication, allowed: Sequence[str] = ()
    ) -> None:
        self._store = store
        self._publication = publication
        self._allowed = allowed
        self._directory: Directory | None = None
        self._document = b""
        self._read_at = 0.0
        # Somebody who makes keys up does not wake the database with each.
        self._looks = Bucket(Rate(burst=1, refill=0.2))

    async def directory(self) -> Directory:
        """The published sites. Only where nothing is published yet, the database is asked."""
        if self._directory is not None and self._is_fresh():
            return self._directory
        document = await self._publication.read()
        if document is not None:
            return self._read(document)
        try:
            return await self.publish()
        except TryAgain:
            if self._directory is None:
                raise
            return self._directory

    def known_origins(self) -> Collection[str]:
        """The origins that may use some site, as far as this process knows."""
        return self._allowed if self._directory is None else self._directory.origins

    async def publish(self) -> Directory:
        """Publish what the database holds now."""
        rows = await self._store.rows()
        document = {"published_at": datetime.now(UTC).isoformat(), "sites": rows}
        encoded = json.dumps(document).encode()
        await self._publication.write(encoded)
        return self._read(encoded)

    async def named(self, name: str | None) -> Site:
        """The site with this key or id; without one, the first site. Raises `NotFound`."""
        directory = await self.directory()
        site = directory.find(name or FIRST_SITE)
        if site is None and self._looks.draw():
            # Another process may have made it a moment ago.
            site = (await self.publish()).find(name or FIRST_SITE)
        if site is None:
            raise NotFound(NO_KEY)
        return site

    async def in_use(self, name: str | None) -> Site:
        """The same, for a new chat. Raises `NotFound`, and `Conflict` for an archived one."""
        site = await self.named(name)
        if site.archived_at is not None:
            raise Conflict(ARCHIVED)
        return site

    async def origins_of(self, site: Site) -> Collection[str]:
        """The origins of the pages that may use a site."""
        return (await self.directory()).origins_of(site)

    async def make(self, name: str, manager: ManagerId) -> Site:
        """Make a site that inherits everything."""
        name = line(name, MAX_NAME)
        word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "site"
        site_id = SiteId(f"{word[:40]}-{secrets.token_hex(2)}")
        key = KEY_PREFIX + secrets.token_urlsafe(16)
        made = await self._store.make(site_id, key, name, manager)
        await self.publish()
        return made

    async def change(
        self, site_id: SiteId, rev: int | None, changes: Mapping[str, object], manager: ManagerId
    ) -> Site:
        """Change the named fields. Raises `NotFound` and `Conflict`."""
        if site_id == FIRST_SITE and changes.get("archived"):
            raise Conflict(STAYS)
        changed = await self._store.change(site_id, rev, changes, manager)
        await self.publish()
        return changed

    async def all(self) -> Sequence[Site]:
        """All sites, the oldest first, as the database holds them."""
        return [Site.of_row(row) for row in await self._store.rows()]

    async def site(self, site_id: SiteId) -> Site:
        """A site as the database holds it. Raises `NotFound`."""
        for site in await self.all():
            if site.id == site_id:
                return site
        raise NotFound(NO_SITE)

    async def members(self, site_id: SiteId) -> Sequence[tuple[Manager, Rank]]:
        """The members of a site. Admins see it without being members."""
        return await self._store.members(site_id)

    def _is_fresh(self) -> bool:
        return time.monotonic() < self._read_at + self._publication.fresh_seconds

    def _read(self, document: bytes) -> Directory:
        self._read_at = time.monotonic()
        if self._directory is None or document != self._document:
            read = json.loads(document)
            at = datetime.fromisoformat(read["published_at"])
            self._directory = Directory(at, read["sites"], self._allowed)
            self._document = document
        return self._directory
