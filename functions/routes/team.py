"""The team's own figures: the cost of the assistant, and the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from core.model import ChatId
from core.protocol.frames import Author
from functions.routes.dependencies import CurrentApp, admin, manager
from functions.routes.parameters import ChatIdParameter, Limit
from functions.routes.schemas import AuditLine, AuditLog, Budget

router = APIRouter(prefix="/manager")


@router.get("/budget", dependencies=[Depends(manager)])
async def budget(app: CurrentApp) -> Budget:
    """The cost of today's answers (UTC), and what running answers have reserved."""
    spent = await app.store.answers.spent_today()
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
) -> AuditLog:
    """What managers did, the newest first. `before` is the last line's `id`. For admins."""
    found = await app.store.events.audit(ChatId(chat_id) if chat_id else None, before, limit)
    return AuditLog(
        entries=[
            AuditLine(
                id=one.id,
                at=one.at,
                manager=one.manager and Author(id=one.manager.id, name=one.manager.name),
                action=one.action,
                chat_id=one.chat_id,
                detail=one.detail,
                count=one.count,
            )
            for one in found
        ]
    )
