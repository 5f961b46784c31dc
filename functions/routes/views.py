"""Saved views: what is asked of the list of chats, under a name, of a site or of one person."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.protocol.text import clean, is_blank, unturned
from core.store.views import View
from functions.routes.asked import ListQuery
from functions.routes.dependencies import CurrentApp, CurrentManager, ReadingManager

router = APIRouter(prefix="/manager/views")

MOST_NAME = 60


def _name(value: str) -> str:
    value = " ".join(unturned(clean(value)).split())
    if len(value) > MOST_NAME or is_blank(value):
        raise ValueError(f"it must have at most {MOST_NAME} characters, and at least one")
    return value


class ViewBody(BaseModel):
    """`query`: the list's own parameters. `site`: with whose team it is shared."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, AfterValidator(_name)]
    query: ListQuery
    site: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None
    position: Annotated[int, Field(ge=0, le=1000)] | None = None

    def as_view(self, view_id: UUID) -> View:
        query = self.query.model_dump(mode="json", by_alias=True, exclude_none=True)
        return View(view_id, self.name, query, self.site, self.position)


class ViewEntry(BaseModel):
    """`editable`: the caller may change it. `query`: as the list's call takes it."""

    id: str
    name: str
    query: dict[str, Any]
    site: str | None = None
    position: int
    editable: bool


class ViewPlace(BaseModel):
    id: str
    name: str


class ViewList(BaseModel):
    """`sites`: where the caller may share views. `teams`: those that the caller is in."""

    views: list[ViewEntry]
    sites: list[ViewPlace]
    teams: list[ViewPlace]


@router.get("", response_model_exclude_none=True)
async def views(app: CurrentApp, caller: ReadingManager) -> ViewList:
    """The views that one may look at, in their order: of one's sites, and one's own."""
    found = await app.store.views.all(caller.manager.id)
    return ViewList(
        views=[_entry(one) for one in found.views],
        sites=[ViewPlace(**one) for one in found.sites],
        teams=[ViewPlace(**one) for one in found.teams],
    )


@router.put("/{view_id}", status_code=204)
async def save_view(view_id: UUID, body: ViewBody, app: CurrentApp, caller: CurrentManager) -> None:
    """Make a view, or change it. The caller chooses its id. A site's are for admins."""
    await app.store.views.save(body.as_view(view_id), caller.manager.id)


@router.delete("/{view_id}", status_code=204)
async def remove_view(view_id: UUID, app: CurrentApp, caller: CurrentManager) -> None:
    """Delete a view."""
    await app.store.views.remove(view_id, caller.manager.id)


def _entry(view: View) -> ViewEntry:
    return ViewEntry(
        id=str(view.id),
        name=view.name,
        query=dict(view.query),
        site=view.site_id,
        position=view.position or 0,
        editable=view.editable,
    )
