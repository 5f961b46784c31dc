"""A page with the mail that stays on this machine, in open mode: what would have been sent."""

import asyncio
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from core.errors import NotFound
from functions.routes.dependencies import CurrentApp

router = APIRouter(include_in_schema=False)

MOST = 50
NONE = "There is no such page."
PAGE = (
    '<!doctype html><meta charset="utf-8"><title>Mail</title>'
    '<meta name="viewport" content="width=device-width">'
    "<h1>Mail that would have left</h1>{mails}"
)
ONE = "<h2>{Subject}</h2><p>{Date}<br>{From} → {To}</p><pre>{text}</pre>"
SAFE = {"Content-Security-Policy": "default-src 'none'"}


@router.get("/dev/mail")
async def mails(app: CurrentApp) -> HTMLResponse:
    """The newest mails in the folder, in open mode only."""
    if not app.is_open or app.settings.mail_url:
        raise NotFound(NONE)
    found = await asyncio.to_thread(_read, app.settings.data_dir / "mail")
    return HTMLResponse(PAGE.format(mails="".join(found) or "<p>None yet.</p>"), headers=SAFE)


def _read(folder: Path) -> list[str]:
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_shown(file.read_bytes()) for file in files[:MOST]]


def _shown(content: bytes) -> str:
    read = message_from_bytes(content, policy=policy.default)
    body = read.get_body(("plain",))
    headers = {name: escape(str(read[name])) for name in ("Subject", "Date", "From", "To")}
    return ONE.format(**headers, text=escape(str(body.get_content()) if body else ""))
