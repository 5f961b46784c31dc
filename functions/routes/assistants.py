"""Assistants and their versions, for admins. Every change is audited."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from core.assistants.profile import Profile
from core.model import Manager, SiteId
from core.protocol.frames import Author
from core.store.assistants import AssistantVersion, MadeAssistant
from functions.routes.assistant_schemas import (
    OPTIONS,
    AssistantChanges,
    AssistantEntry,
    AssistantList,
    AssistantSettings,
    NewAssistant,
    RestoreWanted,
    VersionEntry,
    VersionList,
    VersionSettings,
)
from functions.routes.dependencies import CurrentAdmin, CurrentApp, admin
from functions.routes.parameters import Limit

router = APIRouter(prefix="/manager/assistants")

AssistantIdInPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
VersionInPath = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", response_model_exclude_none=True, dependencies=[Depends(admin)])
async def assistants(app: CurrentApp) -> AssistantList:
    """All assistants: files first, then those that the team has made. For admins."""
    made = await app.assistants.made()
    installed = app.assistants.installed
    sites = await app.sites.all()
    chosen: dict[str, list[str]] = {}
    for site in sites:
        if site.assistant_id is not None and site.archived_at is None:
            chosen.setdefault(site.assistant_id, []).append(site.id)
    return AssistantList(
        assistants=[
            *(AssistantEntry(**_file(one, chosen.get(one.name, []))) for one in installed.files),
            *(AssistantEntry(**_made(one)) for one in made),
        ],
        usual=installed.usual.name,
        usual_model=installed.usual.options.model,
        echoes=app.assistants.echoes,
    )


@router.post("", status_code=201, response_model_exclude_none=True)
async def make_assistant(
    body: NewAssistant, app: CurrentApp, caller: CurrentAdmin
) -> AssistantSettings:
    """Make an assistant. It answers where a site chooses it. For admins."""
    content = {
        "name": body.name,
        "instructions": body.instructions,
        "options": body.model_dump(include=OPTIONS, exclude_none=True),
    }
    site_id = SiteId(body.site) if body.site else None
    return _settings(await app.assistants.make(site_id, content, caller.manager.id))


@router.get("/{assistant_id}", response_model_exclude_none=True, dependencies=[Depends(admin)])
async def assistant(assistant_id: AssistantIdInPath, app: CurrentApp) -> AssistantSettings:
    """An assistant with its current instructions and options. For admins."""
    return _settings(await app.assistants.find(assistant_id))


@router.patch("/{assistant_id}", response_model_exclude_none=True)
async def change_assistant(
    assistant_id: AssistantIdInPath, body: AssistantChanges, app: CurrentApp, caller: CurrentAdmin
) -> AssistantSettings:
    """Save a new version, in which what is named is changed. For admins.

    With `rev`, nobody is overwritten. An option that is null is as it is without one. The next
    answer uses it, on every node.
    """
    saved = await app.assistants.save(assistant_id, body.rev, _changes(body), caller.manager.id)
    return _settings(saved)


@router.get(
    "/{assistant_id}/versions", response_model_exclude_none=True, dependencies=[Depends(admin)]
)
async def versions(
    assistant_id: AssistantIdInPath,
    app: CurrentApp,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Limit = 50,
) -> VersionList:
    """Who saved what when, the newest first. `before` is the last one's `version`. For admins."""
    found = await app.assistants.versions(assistant_id, before, limit)
    return VersionList(versions=[VersionEntry(**_version(one)) for one in found])


@router.get(
    "/{assistant_id}/versions/{version}",
    response_model_exclude_none=True,
    dependencies=[Depends(admin)],
)
async def version(
    assistant_id: AssistantIdInPath, version: VersionInPath, app: CurrentApp
) -> VersionSettings:
    """One version with its instructions and options. For admins."""
    found = await app.assistants.version(assistant_id, version)
    return VersionSettings(
        **_version(found), instructions=found.instructions, options=found.options
    )


@router.post("/{assistant_id}/versions/{version}/restore", response_model_exclude_none=True)
async def restore(
    assistant_id: AssistantIdInPath,
    version: VersionInPath,
    body: RestoreWanted,
    app: CurrentApp,
    caller: CurrentAdmin,
) -> AssistantSettings:
    """Save a new version with the content of an old one. Nothing is lost. For admins."""
    saved = await app.assistants.save(
        assistant_id, body.rev, {}, caller.manager.id, restored=version
    )
    return _settings(saved)


def _changes(body: AssistantChanges) -> dict[str, Any]:
    named = body.model_dump(exclude_unset=True, exclude={"rev"})
    options = {name: value for name, value in named.items() if name in OPTIONS}
    others = {name: value for name, value in named.items() if name not in OPTIONS}
    return {**others, "options": options}


def _settings(found: MadeAssistant | Profile) -> AssistantSettings:
    if isinstance(found, Profile):
        options = found.options.model_dump(exclude_none=True)
        return AssistantSettings(
            **_file(found, []), instructions=found.instructions, options=options
        )
    now = found.current
    return AssistantSettings(**_made(found), instructions=now.instructions, options=now.options)


def _file(profile: Profile, sites: list[str]) -> dict[str, Any]:
    return {
        "id": profile.name,
        "name": profile.name,
        "file": True,
        "archived": False,
        "model": profile.options.model,
        "sites": sites,
    }


def _made(found: MadeAssistant) -> dict[str, Any]:
    now = found.current
    return {
        "id": found.id,
        "name": now.name,
        "file": False,
        "archived": found.archived,
        "site": found.site_id,
        "model": now.options.get("model"),
        "sites": list(found.sites),
        "rev": now.version,
        "saved_at": now.saved_at,
        "saved_by": _author(now.saved_by),
    }


def _version(one: AssistantVersion) -> dict[str, Any]:
    return {
        "version": one.version,
        "name": one.name,
        "saved_at": one.saved_at,
        "saved_by": _author(one.saved_by),
        "restored_from": one.restored_from,
    }


def _author(manager: Manager | None) -> Author | None:
    return Author(id=manager.id, name=manager.name) if manager else None
