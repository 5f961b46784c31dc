"""Who hears of a chat that still waits, step by step. For admins."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.model import SiteId
from core.store.escalation import EscalationAction, EscalationStep
from functions.routes.dependencies import CurrentAdmin, CurrentApp
from functions.routes.site_settings import SiteIdInPath

router = APIRouter(prefix="/manager/sites/{site_id}/escalation")

WEEK = 7 * 24 * 3600


class EscalationStepBody(BaseModel):
    """After so many seconds of waiting. `only_open`: only seconds of open hours count."""

    model_config = ConfigDict(extra="forbid")

    after_seconds: Annotated[int, Field(ge=0, le=WEEK)]
    action: EscalationAction
    receiver_id: UUID | None = None
    only_open: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.action == "receiver") != (self.receiver_id is not None):
            raise ValueError("a step to a `receiver` has a `receiver_id`, and no other")
        return self


class EscalationSteps(BaseModel):
    """The steps of a site, at most 20."""

    model_config = ConfigDict(extra="forbid")

    steps: Annotated[list[EscalationStepBody], Field(max_length=20)]


@router.get("", response_model_exclude_none=True)
async def escalation(
    site_id: SiteIdInPath, app: CurrentApp, caller: CurrentAdmin
) -> EscalationSteps:
    """Who hears of a chat that still waits, and when. For admins."""
    site = await app.sites.site(SiteId(site_id))
    return _read(await app.store.escalation.steps(site.id))


@router.put("", response_model_exclude_none=True)
async def set_escalation(
    site_id: SiteIdInPath, body: EscalationSteps, app: CurrentApp, caller: CurrentAdmin
) -> EscalationSteps:
    """Replace the steps. What waits already goes on with the new ones. For admins."""
    steps = [
        EscalationStep(one.after_seconds, one.action, one.receiver_id, one.only_open)
        for one in body.steps
    ]
    await app.store.escalation.set_steps(SiteId(site_id), steps, caller.manager.id)
    return body


def _read(steps: Sequence[EscalationStep]) -> EscalationSteps:
    return EscalationSteps(
        steps=[
            EscalationStepBody(
                after_seconds=one.after_seconds,
                action=one.action,
                receiver_id=one.receiver_id,
                only_open=one.only_open,
            )
            for one in steps
        ]
    )
