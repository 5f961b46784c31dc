"""Sites: what every page view needs of them, without the database."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

from core.store.sites import Site
from functions.routes.dependencies import CurrentApp
from functions.routes.schemas import PublicSite

router = APIRouter()

SiteKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
# A change is seen after so long at most, and a site with many visitors is not asked by each.
KEEP = "public, max-age=60, stale-while-revalidate=600"


@router.get("/sites/{key}", response_model_exclude_none=True)
async def site(key: SiteKey, app: CurrentApp, response: Response) -> PublicSite:
    """What a page's widget shows: words, colours and links. `Age` says how old that is."""
    found = await app.sites.named(key)
    directory = await app.sites.directory()
    age = max(0, int((datetime.now(UTC) - directory.published_at).total_seconds()))
    response.headers["Cache-Control"] = KEEP
    response.headers["Age"] = str(age)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return _public(found, directory.published_at)


def _public(site: Site, published_at: datetime) -> PublicSite:
    hours, now = site.opening_hours, datetime.now(UTC)
    return PublicSite(
        key=site.key,
        name=site.name,
        archived=site.archived_at is not None,
        locale=site.locale,
        theme=site.theme,
        texts=site.texts,
        privacy_url=site.privacy_url,
        consent=site.consent,
        answering_mode=site.answering_mode,
        open=hours.is_open(now),
        back_at=None if hours.is_open(now) else hours.opens_after(now),
        published_at=published_at,
    )
