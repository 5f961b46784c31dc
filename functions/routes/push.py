"""Which of a manager's browsers are woken when somebody waits."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request

from core.delivery.vapid import b64
from core.errors import Forbidden
from core.model import PushSubscription
from core.protocol.text import line
from functions.routes.dependencies import (
    IN_A_BROWSER,
    Bearer,
    CurrentApp,
    CurrentManager,
    TryingManager,
    own_cookie,
)
from functions.routes.push_schemas import (
    NewPushDevice,
    PushDeviceAdded,
    PushDeviceInfo,
    PushDevices,
    PushTest,
)
from functions.routes.sign_in import MAX_USER_AGENT

router = APIRouter(prefix="/manager/push")


async def session_here(
    request: Request, bearer: Bearer, app: CurrentApp, caller: CurrentManager
) -> str | None:
    """The browser's sign-in; None in open mode. Raises `Forbidden` for a program."""
    if app.is_open:
        return None
    if caller.by == "token":
        raise Forbidden(IN_A_BROWSER)
    return bearer.credentials if bearer else own_cookie(request, app)


SessionHere = Annotated[str | None, Depends(session_here)]


@router.get("", response_model_exclude_none=True)
async def push_devices(
    app: CurrentApp, caller: CurrentManager, session: SessionHere
) -> PushDevices:
    """One's browsers that are woken, and the key with which another one subscribes."""
    found = await app.web_push.devices(caller.manager.id, session)
    return PushDevices(
        key=b64(await app.web_push.key()),
        devices=[
            PushDeviceInfo(
                id=one.id,
                user_agent=one.user_agent,
                created_at=one.created_at,
                used_at=one.used_at,
                current=one.current,
            )
            for one in found
        ],
    )


@router.post("", status_code=201)
async def add_push_device(
    body: NewPushDevice,
    request: Request,
    app: CurrentApp,
    caller: CurrentManager,
    session: SessionHere,
) -> PushDeviceAdded:
    """Wake this browser from now on. A repeat changes nothing."""
    subscription = PushSubscription(
        uuid4(), str(body.endpoint), body.keys.p256dh, body.keys.auth, body.language
    )
    agent = line(request.headers.get("user-agent", ""), MAX_USER_AGENT) or None
    added = await app.web_push.add(caller.manager.id, session, subscription, agent)
    return PushDeviceAdded(id=added)


@router.post("/test", status_code=202)
async def try_push(app: CurrentApp, caller: TryingManager, _session: SessionHere) -> PushTest:
    """Wake each of one's browsers once, to see that it works. Ten a minute."""
    return PushTest(id=await app.web_push.try_out(caller.manager.id))


@router.delete("/{device_id}", status_code=204)
async def remove_push_device(
    device_id: UUID, app: CurrentApp, caller: CurrentManager, _session: SessionHere
) -> None:
    """Wake one of one's browsers no more."""
    await app.web_push.remove(caller.manager.id, device_id)
