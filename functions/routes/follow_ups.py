"""Visitors stop their mail: by the link in it, or by the button of their mail program."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from functions.routes.dependencies import CurrentApp

router = APIRouter(prefix="/mail/stop")

PAGE = (
    '<!doctype html><meta charset="utf-8"><title>E-Mail</title>'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="robots" content="noindex">{body}'
)
# A mail scanner follows links, so a link alone stops nothing.
ASKS = (
    '<p lang="en">No more mail from this chat?</p>'
    '<p lang="de">Keine E-Mails mehr aus diesem Chat?</p>'
    '<form method="post"><button>OK</button></form>'
)
DONE = (
    '<p lang="en">You get no more mail from this chat.</p>'
    '<p lang="de">Sie bekommen keine E-Mails mehr aus diesem Chat.</p>'
)
SAFE = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@router.get("/{token}", response_class=HTMLResponse)
async def ask_to_stop(token: UUID) -> HTMLResponse:
    """A page that asks whether mail shall stop."""
    return HTMLResponse(PAGE.format(body=ASKS), headers=SAFE)


@router.post("/{token}", response_class=HTMLResponse)
async def stop_mail(token: UUID, app: CurrentApp) -> HTMLResponse:
    """Stop it. Nobody learns whether there was such a token."""
    await app.store.follow_ups.stop(token)
    return HTMLResponse(PAGE.format(body=DONE), headers=SAFE)
