"""The team's own figures: the cost of the assistant, and the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from core.model import ChatId
from core.protocol.frames import Author
from functions.routes.dependencies import CurrentApp, CurrentManager, admin, narrowed
from functions.routes.parameters import ChatIdParameter, Limit, SiteParameter
from functions.routes.schemas import AuditLine, AuditLog, Budget

router = APIRouter(prefix="/manager")


@router.get("/budget")
async def budget(
    app: CurrentApp, caller: CurrentManager, site: SiteParameter | None = None
) -> Budget:
    """The cost of today's answers (UTC), and what running ones reserve: on one site, or on all.

    The limits are the installation's.
    """
    spent = await app.store.answers.spent_today(await narrowed(app, caller, site))
    return Budget(
        tokens_today=spent.tokens,
        tokens_reserved=spent.reserved,
        tokens_per_day=app.settings.tokens_per_day,
        tokens_per_chat=app.settings.tokens_per_chat,
        tokens_per_address=app.settings.tokens_per_address,
    )


@router.get("/audit", response_model_exclude_none=True, dependencies=[Depends(admin)])
async def audit(
    app: CurrentApp,
    chat_id: ChatIdParameter | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
    limit: Limit = 100,
    site: SiteParameter | None = None,
) -> AuditLog:
    """What managers did, the newest first. `before` is the last line's `id`. For admins."""
    site_id = (await app.sites.named(site)).id if site else None
    found = await app.store.events.audit(
        ChatId(chat_id) if chat_id else None, before, limit, site_id
    )
    return AuditLog(
        entries=[
            AuditLine(
                id=one.id,
                at=one.at,
                manager=one.manager and Author(id=one.manager.id, name=one.manager.name),
                action=one.action,
                chat_id=one.chat_id,
                site=one.site_id,
                detail=one.detail,
                count=one.count,
            )
            for one in found
        ]
    )
