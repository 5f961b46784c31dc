"""Whether a manager is away by hand. Who is away is not here, and visitors are told so."""

from fastapi import APIRouter

from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.schemas import Away

router = APIRouter(prefix="/manager/away")


@router.get("")
async def away(app: CurrentApp, caller: CurrentManager) -> Away:
    """Whether one is away by hand."""
    return Away(away=await app.store.hours.is_away(caller.manager.id))


@router.put("")
async def set_away(body: Away, app: CurrentApp, caller: CurrentManager) -> Away:
    """Be away by hand, or be there again. It holds in all browsers, until it is changed."""
    return Away(away=await app.store.hours.set_away(caller.manager.id, away=body.away))
