"""Trying an assistant out before it is saved, for admins."""

from fastapi import APIRouter

from core.answerer import Content
from core.errors import Invalid
from core.model import FIRST_SITE, Line, SiteId
from core.protocol.markdown import html
from functions.routes.assistant_schemas import OPTIONS, TrialAnswer, TrialWanted
from functions.routes.dependencies import CurrentApp, TryingAdmin

router = APIRouter(prefix="/manager/assistants")

NO_QUESTION = "Please correct `lines`: the last one must be the visitor's."


@router.post("/try", response_model_exclude_none=True)
async def try_assistant(body: TrialWanted, app: CurrentApp, _: TryingAdmin) -> TrialAnswer:
    """The answer that these instructions give. Nothing is stored but what it costs. For admins."""
    if body.lines[-1].role != "user":
        raise Invalid(NO_QUESTION)
    site = await app.sites.site(SiteId(body.site)) if body.site else None
    options = body.model_dump(include=OPTIONS, exclude_none=True)
    tried = await app.trials.ask(
        site.id if site else FIRST_SITE,
        Content("", body.instructions, options),
        [Line(one.role, one.text) for one in body.lines],
    )
    return TrialAnswer(
        text=tried.text,
        html=html(tried.text),
        echoed=tried.echoed,
        asked=tried.asked,
        cut=tried.cut,
        model=tried.usage.model if tried.usage else None,
        tokens=tried.usage.tokens if tried.usage else None,
    )
