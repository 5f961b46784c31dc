"""Sites and their members, for admins. Every change is audited."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from core.app import App
from core.errors import Conflict
from core.model import ManagerId, SiteId
from core.store.sites import Site
from functions.routes.dependencies import OPEN_MODE, CurrentAdmin, CurrentApp, CurrentManager
from functions.routes.parameters import ManagerIdInPath
from functions.routes.site_schemas import (
    Holidays,
    Inherited,
    Member,
    NewSite,
    SiteChanges,
    SiteEntry,
    SiteList,
    SiteSettings,
)

router = APIRouter(prefix="/manager/sites")

SiteIdInPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
Country = Annotated[str, Query(pattern=r"^[A-Z]{2}$")]
Region = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9 .'-]{1,40}$")]
SNIPPET = '<script src="{base}/widget.js" data-site="{key}" async></script>'


@router.get("")
async def sites(app: CurrentApp, caller: CurrentManager) -> SiteList:
    """The sites that the manager sees, the oldest first."""
    return SiteList(
        sites=[
            SiteEntry(id=one.id, key=one.key, name=one.name, archived=one.archived_at is not None)
            for one in await app.sites.all()
            if caller.sites is None or one.id in caller.sites
        ]
    )


@router.post("", status_code=201, response_model_exclude_none=True)
async def make_site(
    body: NewSite, request: Request, app: CurrentApp, caller: CurrentAdmin
) -> SiteSettings:
    """Make a site that inherits everything from the environment. For admins."""
    return await _settings(app, request, await app.sites.make(body.name, caller.manager.id))


@router.get("/{site_id}", response_model_exclude_none=True)
async def site_settings(
    site_id: SiteIdInPath, request: Request, app: CurrentApp, caller: CurrentAdmin
) -> SiteSettings:
    """All settings of a site, and what it inherits. For admins."""
    return await _settings(app, request, await app.sites.site(SiteId(site_id)))


@router.patch("/{site_id}", response_model_exclude_none=True)
async def change_site(
    site_id: SiteIdInPath,
    body: SiteChanges,
    request: Request,
    app: CurrentApp,
    caller: CurrentAdmin,
) -> SiteSettings:
    """Change what is named; null is inherited again. With `rev`, nobody is overwritten. For admins.

    `archived` ends a site: no chat begins there any more, and what was said stays.
    """
    changes = _columns(app, SiteId(site_id), body)
    if body.assistant_id is not None:
        await app.assistants.check_choice(SiteId(site_id), body.assistant_id)
    changed = await app.sites.change(SiteId(site_id), body.rev, changes, caller.manager.id)
    return await _settings(app, request, changed)


@router.put("/{site_id}/members/{manager_id}", status_code=204)
async def add_member(
    site_id: SiteIdInPath, manager_id: ManagerIdInPath, app: CurrentApp, caller: CurrentAdmin
) -> None:
    """Let an agent see the chats of this site. Admins see all sites. For admins."""
    await app.team.set_member(SiteId(site_id), ManagerId(manager_id), caller.manager.id, joins=True)


@router.delete("/{site_id}/members/{manager_id}", status_code=204)
async def remove_member(
    site_id: SiteIdInPath, manager_id: ManagerIdInPath, app: CurrentApp, caller: CurrentAdmin
) -> None:
    """End that, at once also for sockets that are open. For admins."""
    await app.team.set_member(
        SiteId(site_id), ManagerId(manager_id), caller.manager.id, joins=False
    )


@router.get("/{site_id}/holidays")
async def holidays(
    site_id: SiteIdInPath, country: Country, caller: CurrentAdmin, region: Region = None
) -> Holidays:
    """The public holidays of this year and the next, as a proposal. Nothing is stored."""
    # Only this call needs the calendars of the world.
    from functions.routes import holidays as calendars

    return calendars.proposed(country, region)


def _columns(app: App, site_id: SiteId, body: SiteChanges) -> dict[str, Any]:
    """The columns that a call names. Raises `Conflict` for a secret in open mode."""
    changes = body.model_dump(exclude_unset=True, exclude={"rev"})
    if "answering_mode" in changes:
        changes["answering"] = changes.pop("answering_mode")
    for name in ("theme", "texts"):
        if name in changes:
            changes[name] = body.model_dump(exclude_none=True)[name] if changes[name] else {}
    if "special_days" in changes:
        changes["special_days"] = changes["special_days"] or {}
    if changes.get("identity_key") is not None:
        if app.is_open:
            raise Conflict(OPEN_MODE)
        changes["identity_key"] = "\\x" + app.keys.seal(changes["identity_key"], site_id).hex()
    return changes


def snippet_of(app: App, request: Request, site: Site) -> str:
    """What a page of the site needs."""
    base = (app.settings.public_url or str(request.base_url)).rstrip("/")
    return SNIPPET.format(base=base, key=site.key)


async def _settings(app: App, request: Request, site: Site) -> SiteSettings:
    members = await app.sites.members(site.id)
    read = app.settings
    return SiteSettings(
        id=site.id,
        key=site.key,
        name=site.name,
        archived=site.archived_at is not None,
        origins=None if site.origins is None else list(site.origins),
        answering_mode=site.answering_mode,
        assistant_id=site.assistant_id,
        locale=site.locale,
        time_zone=site.time_zone,
        hours=site.hours,
        special_days=site.special_days,
        theme=site.theme,
        texts=site.texts,
        privacy_url=site.privacy_url,
        consent=site.consent,
        tokens_per_day=site.tokens_per_day,
        tokens_per_chat=site.tokens_per_chat,
        close_after=site.close_after,
        hand_back_after=site.hand_back_after,
        after_closing=site.after_closing,
        has_identity_key=site.identity_key is not None,
        inherited=Inherited(
            origins=list(read.allowed_origins),
            tokens_per_day=read.tokens_per_day,
            tokens_per_chat=read.tokens_per_chat,
            has_identity_key=read.identity_key is not None,
        ),
        snippet=snippet_of(app, request, site),
        members=[Member(id=who.id, name=who.name, role=rank) for who, rank in members],
        rev=site.rev,
        created_at=site.created_at,
        updated_at=site.updated_at,
    )
