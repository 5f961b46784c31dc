"""The team, for admins. Every change is audited, and a program's token makes none of them."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request

from core.app import App
from core.chat.team import by_login
from core.model import ManagerId, SignedIn, SiteId
from core.store.access import LINK_SECONDS
from core.store.refusals import MANY_READS, allowed
from core.store.team import Colleague
from functions.routes.dependencies import (
    CurrentAdmin,
    CurrentApp,
    CurrentBrowser,
    admin,
)
from functions.routes.manager_schemas import (
    Invited,
    ManagerChanges,
    ManagerEntry,
    NewColleague,
    NewLink,
    SignInLink,
    TeamList,
)
from functions.routes.parameters import ManagerIdInPath

router = APIRouter(prefix="/manager/team")


@router.get("", response_model_exclude_none=True)
async def team(app: CurrentApp, caller: CurrentAdmin) -> TeamList:
    """The team, by name. For admins."""
    found = [_entry(one) for one in await app.team.all()]
    return TeamList(mails=app.invitations.sends, managers=found)


@router.post("", status_code=201, response_model_exclude_none=True, dependencies=[Depends(admin)])
async def invite(
    body: NewColleague, request: Request, app: CurrentApp, caller: CurrentBrowser
) -> Invited:
    """Add a manager, with a link that signs them in once. For admins.

    With `email` the link goes there by mail, ten a minute.
    """
    _may_mail(app, caller, body.email)
    sites = [SiteId(one) for one in body.sites]
    made, secret = await app.team.invite(body.name, body.role, sites, caller.manager.id)
    link = _link(app, request, secret)
    if body.email:
        await app.invitations.mail("invitation", made.manager.id, body.email, link.url)
    return Invited(manager=_entry(made), **link.model_dump())


@router.patch("/{manager_id}", response_model_exclude_none=True, dependencies=[Depends(admin)])
async def change_manager(
    manager_id: ManagerIdInPath, body: ManagerChanges, app: CurrentApp, caller: CurrentBrowser
) -> ManagerEntry:
    """Give a manager another rank or other sites, at once for open sockets. For admins."""
    sites = None if body.sites is None else [SiteId(one) for one in body.sites]
    return _entry(await app.team.change(ManagerId(manager_id), body.role, sites, caller.manager.id))


@router.post("/{manager_id}/link", status_code=201, dependencies=[Depends(admin)])
async def renew_link(
    manager_id: ManagerIdInPath,
    body: NewLink,
    request: Request,
    app: CurrentApp,
    caller: CurrentBrowser,
) -> SignInLink:
    """Another link for a manager. It replaces one that was not used. For admins.

    With `email` the link goes there by mail, ten a minute.
    """
    _may_mail(app, caller, body.email)
    ends, whose = body.end_sessions, ManagerId(manager_id)
    link = _link(app, request, await app.team.relink(whose, caller.manager.id, ends=ends))
    if body.email:
        await app.invitations.mail("sign_in_link", whose, body.email, link.url)
    return link


@router.delete("/{manager_id}", status_code=204, dependencies=[Depends(admin)])
async def remove_manager(
    manager_id: ManagerIdInPath, app: CurrentApp, caller: CurrentBrowser
) -> None:
    """Remove a manager, and end all that they have at once. The last admin stays. For admins."""
    await app.team.remove(ManagerId(manager_id), caller.manager.id)


def _may_mail(app: App, caller: SignedIn, email: str | None) -> None:
    """Before anything is made. Raises `Conflict` and `TooMany`."""
    if email:
        app.invitations.check()
        allowed(app.tries.wait(caller.manager.id), MANY_READS)


def _link(app: App, request: Request, secret: str) -> SignInLink:
    base = (app.settings.public_url or str(request.base_url)).rstrip("/")
    return SignInLink(
        # A browser does not send what stands after `#`.
        url=f"{base}/manager#token={secret}",
        expires_at=datetime.now(UTC) + timedelta(seconds=LINK_SECONDS),
    )


def _entry(one: Colleague) -> ManagerEntry:
    return ManagerEntry(
        id=one.manager.id,
        name=one.manager.name,
        role=one.rank,
        sites=list(one.sites),
        sessions=one.sessions,
        online=one.online,
        own_login=by_login(one.manager.id),
        seen_at=one.seen_at,
        link_expires_at=one.link_until,
    )
