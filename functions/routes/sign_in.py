"""The calls around a manager's sign-in, and what the team may look up about itself."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response

from core.app import App
from core.errors import Conflict, Forbidden
from core.model import ChatId, SignedIn
from core.protocol.frames import Author
from core.store.access import SIGN_IN_SECONDS
from functions.origins import OWN_ONLY, is_own
from functions.routes.dependencies import COOKIE, SECURE_COOKIE, Doors, own_cookie
from functions.routes.parameters import ChatIdParameter, Limit
from functions.routes.schemas import AuditLine, AuditLog, Budget, Me, SignIn

OPEN_MODE = "Nobody signs in here: SECRET_KEY is not set."

GetApp = Callable[[], Awaitable[App]]


def add_signing_in(api: FastAPI, app: GetApp, doors: Doors) -> None:
    """Add the routes. `app` gives the App of the request."""
    _session(api, app, doors)
    _team(api, app, doors)


def _session(api: FastAPI, app: GetApp, doors: Doors) -> None:
    @api.post("/manager/session", status_code=201)
    async def sign_in(body: SignIn, request: Request, response: Response) -> Me:
        """Sign a browser in, with a manager's token or an ID token of the team's login."""
        opened = await app()
        if opened.is_open:
            raise Conflict(OPEN_MODE)
        origin, host = request.headers.get("origin"), request.headers.get("host", "")
        if origin is not None and not is_own(origin, host, opened.settings.public_url):
            raise Forbidden(OWN_ONLY)
        session, signed_in = await opened.access.sign_in(body.token)
        secure = _is_secure(opened, request)
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

    @api.delete("/manager/session", status_code=204)
    async def sign_out(request: Request, response: Response) -> None:
        """Sign out: the browser's sign-in and all of the manager's sockets end."""
        opened = await app()
        session = own_cookie(request, opened)
        if session is not None and not opened.is_open:
            await opened.access.sign_out(session)
        for name, secure in ((SECURE_COOKIE, True), (COOKIE, False)):
            response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")

    @api.get("/manager/me")
    async def me(caller: Annotated[SignedIn, Depends(doors.manager)]) -> Me:
        """Who is signed in."""
        return _me(caller, open_mode=(await app()).is_open)


def _team(api: FastAPI, app: GetApp, doors: Doors) -> None:
    @api.get("/manager/budget", dependencies=[Depends(doors.manager)])
    async def budget() -> Budget:
        """What the assistant's answers cost today (UTC), in the provider's tokens."""
        opened = await app()
        return Budget(
            tokens_today=await opened.store.spent_today(),
            tokens_per_day=opened.settings.tokens_per_day,
            tokens_per_chat=opened.settings.tokens_per_chat,
        )

    @api.get(
        "/manager/audit", response_model_exclude_none=True, dependencies=[Depends(doors.admin)]
    )
    async def audit(
        chat_id: ChatIdParameter | None = None,
        before: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
        limit: Limit = 100,
    ) -> AuditLog:
        """What managers did, the newest first; `before` is the last line's `id`. For admins."""
        found = await (await app()).access_store.audit(
            ChatId(chat_id) if chat_id else None, before, limit
        )
        return AuditLog(
            entries=[
                AuditLine(
                    id=one.id,
                    at=one.at,
                    manager=Author(id=one.manager.id, name=one.manager.name),
                    action=one.action,
                    chat_id=one.chat_id,
                    detail=one.detail,
                )
                for one in found
            ]
        )


def _me(signed_in: SignedIn, *, open_mode: bool) -> Me:
    who = signed_in.manager
    return Me(id=who.id, name=who.name, role=signed_in.role, open=open_mode)


def _is_secure(app: App, request: Request) -> bool:
    return (app.settings.public_url or str(request.url)).startswith("https:")
