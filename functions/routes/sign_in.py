"""A manager's sign-in, sign-out and name."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from core.errors import Conflict, Forbidden
from core.model import SignedIn
from core.protocol.text import line
from functions.origins import OWN_ONLY, is_own
from functions.routes.dependencies import (
    COOKIE,
    OPEN_MODE,
    SECURE_COOKIE,
    CurrentApp,
    CurrentManager,
    address,
    keep_signed_in,
    own_cookie,
)
from functions.routes.schemas import Me, SignIn

router = APIRouter(prefix="/manager")

MAX_USER_AGENT = 300


@router.post("/session", status_code=201)
async def sign_in(body: SignIn, request: Request, app: CurrentApp) -> Me:
    """Sign a browser in, with a link's token, once, or with an ID token of the team's login."""
    if app.is_open:
        raise Conflict(OPEN_MODE)
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    scheme = request.scope["scheme"]
    if origin is not None and not is_own(origin, host, app.settings.public_url, scheme):
        raise Forbidden(OWN_ONLY)
    user_agent = line(request.headers.get("user-agent", ""), MAX_USER_AGENT)
    session, signed_in = await app.access.sign_in(body.token, address(app, request), user_agent)
    keep_signed_in(request, app, session)
    return me_of(signed_in, datetime.now(UTC), open_mode=False)


@router.delete("/session", status_code=204)
async def sign_out(request: Request, response: Response, app: CurrentApp) -> None:
    """Sign out: the browser's sign-in and all of the manager's sockets end."""
    session = own_cookie(request, app)
    if session is not None and not app.is_open:
        await app.access.sign_out(session)
    for name, secure in ((SECURE_COOKIE, True), (COOKIE, False)):
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")


@router.get("/me")
async def me(app: CurrentApp, caller: CurrentManager) -> Me:
    """The manager who is signed in."""
    return me_of(caller, datetime.now(UTC), open_mode=app.is_open)


def me_of(signed_in: SignedIn, now: datetime, *, open_mode: bool) -> Me:
    """Who is signed in, as the calls show it."""
    who = signed_in.manager
    own_name = signed_in.names_itself and not open_mode
    return Me(
        id=who.id,
        name=who.name,
        role=signed_in.rank,
        open=open_mode,
        own_name=own_name,
        now=now,
    )
