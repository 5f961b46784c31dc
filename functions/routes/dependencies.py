"""The routes' dependencies: each returns the caller, or raises if they may not call.

A manager shows an API token (`Authorization: Bearer sbm_…`) or a browser's sign-in (a cookie). A
user shows the token of one chat. In open mode nobody has to show anything.
"""

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from core.app import App
from core.auth.tickets import MANAGER_PREFIX
from core.errors import Conflict, Forbidden, NotFound, Unauthorized
from core.model import ChatId, Sight, SignedIn
from core.store.access import SIGN_IN, SIGN_IN_SECONDS
from core.store.refusals import MANY_READS, allowed
from core.store.sites import NO_SITE, Site
from functions import viewer
from functions.open_mode import OPEN
from functions.origins import NOT_ALLOWED, OWN_ONLY, is_allowed, is_own
from functions.routes.parameters import ChatIdParameter, SearchParameter

if TYPE_CHECKING:
    from core.auth.tokens import UserToken

# A browser accepts a `__Host-` cookie only over TLS, and only from this host.
# https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix
COOKIE, SECURE_COOKIE = "switchboard", "__Host-switchboard"

NO_TOKEN = "Please show this chat's token: `Authorization: Bearer …`, from POST /chats."
OTHER_CHAT = "This token opens another chat."
NOT_A_USER = "This is for the chat's user; managers read it with GET /history."
NOT_A_MANAGER = "This is for managers; a user's token opens one chat and nothing else."
ADMINS_ONLY = "This is for admins. Ask one of your team."
OPEN_MODE = "Nobody signs in here: SECRET_KEY is not set."
IN_A_BROWSER = "This needs a browser that is signed in: a token makes no tokens and no links."

_bearer = HTTPBearer(
    auto_error=False, description="a chat's token, a manager's API token, or none in open mode"
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def current_app(request: Request) -> App:
    """The App of the request. Raises `TryAgain` while the server starts or stops."""
    opened: App = await request.app.state.open_app()
    return opened


CurrentApp = Annotated[App, Depends(current_app)]


def address(app: App, request: Request) -> str | None:
    """The caller's network, as the limits count it."""
    source = request.client.host if request.client else None
    return viewer.address(app.settings.origin_secret, request.headers.get, source)


async def manager(request: Request, bearer: Bearer, app: CurrentApp) -> SignedIn:
    """A manager. Raises `Unauthorized`, and `Forbidden` for a user."""
    if app.is_open:
        return OPEN
    token = bearer.credentials if bearer else own_cookie(request, app)
    if token is None:
        raise Unauthorized(SIGN_IN)
    try:
        if is_managers(bearer):
            return await app.access.holder(token, address(app, request))
        signed_in = await app.access.manager(token)
    except Unauthorized:
        if _is_user(app, token):
            raise Forbidden(NOT_A_MANAGER) from None
        raise
    if signed_in.prolonged:
        keep_signed_in(request, app, token)
    return signed_in


CurrentManager = Annotated[SignedIn, Depends(manager)]


async def admin(caller: CurrentManager) -> SignedIn:
    """An admin. Raises `Unauthorized` and `Forbidden`."""
    if caller.rank != "admin":
        raise Forbidden(ADMINS_ONLY)
    return caller


CurrentAdmin = Annotated[SignedIn, Depends(admin)]


async def browser(app: CurrentApp, caller: CurrentManager) -> SignedIn:
    """A manager who is signed in. Raises `Forbidden` for a program, whose token makes no other."""
    if app.is_open:
        raise Conflict(OPEN_MODE)
    if caller.by == "token":
        raise Forbidden(IN_A_BROWSER)
    return caller


CurrentBrowser = Annotated[SignedIn, Depends(browser)]


async def reader(
    request: Request, bearer: Bearer, app: CurrentApp, chat_id: ChatIdParameter
) -> Sight:
    """Let the chat's user or a manager read it, if it is of one of the sites that this gives.

    Raises `Unauthorized`, `Forbidden` and `TooMany`.
    """
    if app.is_open or bearer is None or is_managers(bearer):
        caller = await reading_manager(request, await manager(request, bearer, app), app)
        return caller.sites
    user(app, bearer, ChatId(chat_id))
    allowed(app.reads.wait(chat_id), MANY_READS)
    return None


ReadableSites = Annotated[Sight, Depends(reader)]


async def narrowed(app: App, caller: SignedIn, site: str | None) -> Sight:
    """The sites that the caller sees, or the one that is asked for. Raises `NotFound`."""
    if site is None:
        return caller.sites
    site_id = (await app.sites.named(site)).id
    if caller.sites is not None and site_id not in caller.sites:
        raise NotFound(NO_SITE)
    return (site_id,)


async def reading_manager(request: Request, caller: CurrentManager, app: CurrentApp) -> SignedIn:
    """A manager who reads. Raises `TooMany`."""
    if (name := _name(request, caller, app)) is not None:
        allowed(app.manager_reads.wait(name), MANY_READS)
    return caller


async def searching_manager(
    request: Request, caller: "ReadingManager", app: CurrentApp, q: SearchParameter = ""
) -> SignedIn:
    """A manager who reads, and may search. Raises `TooMany`."""
    if q and (name := _name(request, caller, app)) is not None:
        allowed(app.searches.wait(name), MANY_READS)
    return caller


async def trying_manager(request: Request, caller: CurrentManager, app: CurrentApp) -> SignedIn:
    """A manager who tries out what costs like an answer, or calls others. Raises `TooMany`."""
    if (name := _name(request, caller, app)) is not None:
        allowed(app.tries.wait(name), MANY_READS)
    return caller


async def trying_admin(caller: CurrentAdmin, _: "TryingManager") -> SignedIn:
    """The same for admins only. Raises `TooMany`."""
    return caller


TryingManager = Annotated[SignedIn, Depends(trying_manager)]
TryingAdmin = Annotated[SignedIn, Depends(trying_admin)]
ReadingManager = Annotated[SignedIn, Depends(reading_manager)]
SearchingManager = Annotated[SignedIn, Depends(searching_manager)]


def _name(request: Request, caller: SignedIn, app: App) -> str | None:
    """Who is counted. In open mode everyone is one manager, so their addresses are."""
    return address(app, request) if app.is_open else caller.manager.id


def user(app: App, bearer: Bearer, chat_id: ChatId | None) -> "UserToken":
    """The user's token, for this chat. Raises `Unauthorized` and `Forbidden`."""
    if bearer is None:
        raise Unauthorized(NO_TOKEN)
    if is_managers(bearer):
        raise Forbidden(NOT_A_USER)
    token = app.keys.read_user(bearer.credentials)
    if chat_id is not None and token.chat_id != chat_id:
        raise Forbidden(OTHER_CHAT)
    return token


async def site_in_use(app: App, request: Request, key: str | None) -> Site:
    """The site of a new chat. Raises `NotFound`, `Conflict` for an archived one, `Forbidden`."""
    site = await app.sites.in_use(key)
    await may_use(app, request, site)
    return site


async def may_use(app: App, request: Request, site: Site) -> None:
    """Raise `Forbidden` for a page whose origin may not use the site. A program sends none."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    host, scheme = request.headers.get("host", ""), request.scope["scheme"]
    theirs = await app.sites.origins_of(site)
    if not is_allowed(origin, host, app.settings.public_url, scheme, theirs):
        raise Forbidden(NOT_ALLOWED)


def is_managers(bearer: HTTPAuthorizationCredentials | None) -> bool:
    """Whether a token has the form of a manager's."""
    return bearer is not None and bearer.credentials.startswith(MANAGER_PREFIX)


def _is_user(app: App, token: str) -> bool:
    try:
        app.keys.read_user(token)
    except Unauthorized:
        return False
    return True


def own_cookie(request: Request, app: App) -> str | None:
    """The browser's sign-in. Raises `Forbidden` if a page of another site made the call."""
    # Over TLS a cookie without the prefix may come from another host of the same domain.
    session = request.cookies.get(SECURE_COOKIE if is_secure(request, app) else COOKIE)
    origin = request.headers.get("origin")
    if session is None or origin is None:
        return session
    host, scheme = request.headers.get("host", ""), request.scope["scheme"]
    if not is_own(origin, host, app.settings.public_url, scheme):
        raise Forbidden(OWN_ONLY)
    return session


def keep_signed_in(request: Request, app: App, session: str) -> None:
    """Give the browser its sign-in with whatever is answered, for as long as it is good."""
    secure = is_secure(request, app)
    given = Response()
    given.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        session,
        max_age=SIGN_IN_SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    # A route that makes its own response would lose a header of FastAPI's.
    request.state.cookie = given.headers["set-cookie"]


def is_secure(request: Request, app: App) -> bool:
    """Whether the browser reaches us over TLS."""
    return (app.settings.public_url or str(request.scope["scheme"])).startswith("https")
