"""A manager's message to many chats."""

from uuid import UUID

from fastapi import APIRouter, Depends

from functions.routes.dependencies import CurrentAdmin, CurrentApp, manager
from functions.routes.schemas import Broadcast, BroadcastAccepted, BroadcastProgress

router = APIRouter(prefix="/manager")


@router.post("/broadcast", status_code=202, response_model_exclude_none=True)
async def broadcast(body: Broadcast, app: CurrentApp, caller: CurrentAdmin) -> BroadcastAccepted:
    """Send a message to many chats. `dry_run` only counts them. For admins."""
    audience, named = body.reach
    if body.dry_run:
        return BroadcastAccepted(recipients=await app.broadcasts.count_audience(audience, named))
    begun = await app.broadcasts.begin(body.text, audience, named, body.client_id, caller.manager)
    return BroadcastAccepted(broadcast_id=begun.broadcast_id, recipients=begun.recipients)


@router.get("/broadcasts/{broadcast_id}", dependencies=[Depends(manager)])
async def progress(broadcast_id: UUID, app: CurrentApp) -> BroadcastProgress:
    """The progress of a broadcast."""
    found = await app.broadcasts.progress(broadcast_id)
    return BroadcastProgress(
        recipients=found.recipients,
        stored=found.stored,
        delivered=found.delivered,
        failed=found.failed,
        done=found.done,
    )
