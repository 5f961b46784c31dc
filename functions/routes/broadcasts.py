"""A manager's message to many chats."""

from uuid import UUID

from fastapi import APIRouter

from functions.routes.dependencies import CurrentAdmin, CurrentApp, CurrentManager
from functions.routes.schemas import Broadcast, BroadcastAccepted, BroadcastProgress

router = APIRouter(prefix="/manager")


@router.post("/broadcast", status_code=202, response_model_exclude_none=True)
async def broadcast(body: Broadcast, app: CurrentApp, caller: CurrentAdmin) -> BroadcastAccepted:
    """Send a message to many chats. `dry_run` only counts them. For admins."""
    audience, named = body.reach
    site_id = (await app.sites.named(body.site)).id if body.site else None
    if body.dry_run:
        counted = await app.broadcasts.count_audience(audience, named, site_id)
        return BroadcastAccepted(recipients=counted)
    begun = await app.broadcasts.begin(
        body.text, audience, named, body.client_id, caller.manager, site_id
    )
    return BroadcastAccepted(broadcast_id=begun.broadcast_id, recipients=begun.recipients)


@router.get("/broadcasts/{broadcast_id}")
async def progress(
    broadcast_id: UUID, app: CurrentApp, caller: CurrentManager
) -> BroadcastProgress:
    """The progress of a broadcast."""
    found = await app.broadcasts.progress(broadcast_id, caller.sites)
    return BroadcastProgress(
        recipients=found.recipients,
        stored=found.stored,
        delivered=found.delivered,
        failed=found.failed,
        done=found.done,
    )
