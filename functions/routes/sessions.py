"""A manager's own sign-ins and name."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from core.errors import Unauthorized
from core.store.access import SIGN_IN
from functions.routes.dependencies import Bearer, CurrentApp, CurrentBrowser, own_cookie
from functions.routes.schemas import Me, NewName, SessionInfo, SessionList
from functions.routes.sign_in import me_of

router = APIRouter(prefix="/manager")


async def current_session(
    request: Request, bearer: Bearer, app: CurrentApp, _caller: CurrentBrowser
) -> str:
    """The sign-in that the caller shows."""
    session = bearer.credentials if bearer else own_cookie(request, app)
    if session is None:
        raise Unauthorized(SIGN_IN)
    return session


CurrentSession = Annotated[str, Depends(current_session)]


@router.get("/sessions", response_model_exclude_none=True)
async def sessions(app: CurrentApp, caller: CurrentBrowser, session: CurrentSession) -> SessionList:
    """One's own sign-ins: where one is signed in, and when each was seen last."""
    found = await app.sessions.of(caller, session)
    return SessionList(
        sessions=[
            SessionInfo(
                id=one.id,
                user_agent=one.user_agent,
                created_at=one.created_at,
                seen_at=one.seen_at,
                expires_at=one.until,
                current=one.current,
            )
            for one in found
        ]
    )


@router.delete("/sessions", status_code=204)
async def end_others(app: CurrentApp, caller: CurrentBrowser, session: CurrentSession) -> None:
    """End all of one's sign-ins but this one. The manager's sockets end, and may connect again."""
    await app.sessions.end_others(caller, session)


@router.delete("/sessions/{session_id}", status_code=204)
async def end(session_id: UUID, app: CurrentApp, caller: CurrentBrowser) -> None:
    """End one of one's sign-ins. The manager's sockets end; browsers that stay connect again."""
    await app.sessions.end(caller, session_id)


@router.patch("/me")
async def rename(body: NewName, app: CurrentApp, caller: CurrentBrowser) -> Me:
    """Change one's name. What visitors read from then on has the new one."""
    renamed = await app.sessions.rename(caller, body.name)
    return me_of(replace(caller, manager=renamed), datetime.now(UTC), open_mode=False)
