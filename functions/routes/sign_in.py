"""A manager's sign-in, sign-out and name."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from core.errors import Conflict, Forbidden
from core.model import SignedIn
from core.store.access import SIGN_IN_SECONDS
from functions.origins import OWN_ONLY, is_own
from functions.routes.dependencies import (
    COOKIE,
    SECURE_COOKIE,
    CurrentApp,
    CurrentManager,
    address,
    is_secure,
    own_cookie,
)
from functions.routes.schemas import Me, SignIn

OPEN_MODE = "Nobody signs in here: SECRET_KEY is not set."

router = APIRouter(prefix="/manager")


@router.post("/session", status_code=201)
async def sign_in(body: SignIn, request: Request, response: Response, app: CurrentApp) -> Me:
    """Sign a browser in, with a manager's token or an ID token of the team's login."""
    if app.is_open:
        raise Conflict(OPEN_MODE)
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    scheme = request.scope["scheme"]
    if origin is not None and not is_own(origin, host, app.settings.public_url, scheme):
        raise Forbidden(OWN_ONLY)
    session, signed_in = await app.access.sign_in(body.token, address(app, request))
    secure = is_secure(request, app)
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        session,
        max_age=SIGN_IN_SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return _me(signed_in, open_mode=False)


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
    return _me(caller, open_mode=app.is_open)


def _me(signed_in: SignedIn, *, open_mode: bool) -> Me:
    who = signed_in.manager
    return Me(id=who.id, name=who.name, role=signed_in.rank, open=open_mode, now=datetime.now(UTC))
