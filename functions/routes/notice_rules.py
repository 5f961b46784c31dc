"""How a manager wishes to be told of who waits."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, model_validator

from core.protocol.notice_frames import NoticeRules
from functions.routes.dependencies import CurrentApp, CurrentManager
from functions.routes.site_schemas import Zone

router = APIRouter(prefix="/manager/notices")

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class NewNoticeRules(NoticeRules):
    """What a program or a page may set."""

    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    time_zone: Zone | None = None

    @model_validator(mode="after")
    def _whole(self) -> "NewNoticeRules":
        if len({one is None for one in (self.quiet_from, self.quiet_to, self.time_zone)}) > 1:
            raise ValueError("daily hours need quiet_from, quiet_to and time_zone")
        return self


@router.get("", response_model_exclude_none=True)
async def notice_rules(app: CurrentApp, caller: CurrentManager) -> NoticeRules:
    """Of which waiting chats one is told, and how."""
    return await app.notice_rules.of(caller.manager.id)


@router.put("", response_model_exclude_none=True)
async def set_notice_rules(
    body: NewNoticeRules, app: CurrentApp, caller: CurrentManager
) -> NoticeRules:
    """Replace one's rules, on all devices."""
    return await app.notice_rules.set(caller.manager.id, body)
