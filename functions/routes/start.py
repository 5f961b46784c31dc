"""What an installation lacks before it can answer the visitors of a website, for admins."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from core.app import App
from core.store.sites import Site
from functions.routes.dependencies import CurrentAdmin, CurrentApp
from functions.routes.site_settings import snippet_of

router = APIRouter(prefix="/manager")


class Start(BaseModel):
    """`origins`: which websites may use the chat of this site. `managers`: how many there are.

    `answers`: what does so by itself. The echo does where nobody has set a key for an assistant:
    visitors get their own words back. `open`: nobody signs in, and there is no team.
    """

    site: str
    key: str
    name: str
    snippet: str
    origins: list[str]
    managers: int
    answers: Literal["assistant", "echo", "nobody"]
    open: bool


@router.get("/start")
async def start(request: Request, app: CurrentApp, caller: CurrentAdmin) -> Start:
    """What is there of what a website needs: its first site, a team, an assistant. For admins."""
    directory = await app.sites.directory()
    # The first one is never archived.
    site = directory.sites[0]
    return Start(
        site=site.id,
        key=site.key,
        name=site.name,
        snippet=snippet_of(app, request, site),
        origins=list(directory.origins_of(site)),
        managers=len(await app.team.all()),
        answers=_answers(app, site),
        open=app.is_open,
    )


def _answers(app: App, site: Site) -> Literal["assistant", "echo", "nobody"]:
    if site.answering_mode == "never":
        return "nobody"
    return "echo" if app.settings.is_echo else "assistant"
