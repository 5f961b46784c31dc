"""Canned replies: what the team writes often, of a site, a team, or one person."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ValidationError

from core.protocol.text import Text, clean
from core.store.canned import CannedReply
from functions.routes.dependencies import CurrentApp, CurrentManager, ReadingManager
from functions.routes.macro_schemas import MacroEntry, Place, macro_entry

router = APIRouter(prefix="/manager/canned")

MOST_SHORTCUT = 40


def _shortcut(value: str) -> str:
    value = clean(value).strip().removeprefix("/")
    if not 0 < len(value) <= MOST_SHORTCUT or len(value.split()) != 1:
        raise ValueError(f"it must be one word of at most {MOST_SHORTCUT} characters")
    return value


class CannedBody(Place):
    """`shortcut`: what one types behind the `/`. `{{visitor.name}}` is filled in by the browser."""

    shortcut: Annotated[str, AfterValidator(_shortcut)]
    text: Text


class CannedEntry(CannedBody):
    """`editable`: the caller may change it."""

    id: str
    editable: bool


class CannedSite(BaseModel):
    """`editable`: the caller may keep replies for it."""

    id: str
    name: str
    editable: bool


class CannedTeam(BaseModel):
    id: str
    name: str
    site: str


class CannedList(BaseModel):
    """What the caller may use, and the sites and teams that they see."""

    replies: list[CannedEntry]
    macros: list[MacroEntry]
    sites: list[CannedSite]
    teams: list[CannedTeam]


class CannedFile(Place):
    """`csv`: a file with the columns `shortcut` and `text`."""

    csv: str


class RefusedLine(BaseModel):
    line: int
    reason: str


class Imported(BaseModel):
    saved: int
    refused: list[RefusedLine]


@router.get("", response_model_exclude_none=True)
async def canned(app: CurrentApp, caller: ReadingManager) -> CannedList:
    """The canned replies and macros that one may use: of one's sites, teams, and one's own."""
    found = await app.canned.all(caller.manager)
    return CannedList(
        replies=list(map(_entry, found.replies)),
        macros=list(map(macro_entry, found.macros)),
        sites=[CannedSite(**one) for one in found.sites],
        teams=[CannedTeam(**one) for one in found.teams],
    )


@router.put("/{reply_id}", response_model_exclude_none=True)
async def save(
    reply_id: UUID, body: CannedBody, app: CurrentApp, caller: CurrentManager
) -> CannedEntry:
    """Make a canned reply, or change it. The caller chooses its id.

    A site's are for admins, a team's for its members and admins.
    """
    reply = CannedReply(reply_id, body.shortcut, body.text, body.site, body.team)
    await app.canned.save(reply, caller.manager)
    return _entry(reply)


@router.delete("/{reply_id}", status_code=204)
async def remove(reply_id: UUID, app: CurrentApp, caller: CurrentManager) -> None:
    """Delete a canned reply."""
    await app.canned.remove(reply_id, caller.manager)


@router.post("/import")
async def take_in(body: CannedFile, app: CurrentApp, caller: CurrentManager) -> Imported:
    """Take the replies of a CSV file in. A shortcut that is there gets its new text.

    Lines that hold no reply are refused, each with the reason. The others are kept.
    """
    place = CannedReply(UUID(int=0), "", "", body.site, body.team)
    saved, refused = await app.canned.take_in(body.csv, place, _checked, caller.manager)
    return Imported(saved=saved, refused=[RefusedLine(line=n, reason=why) for n, why in refused])


def _checked(reply: CannedReply) -> CannedReply | str:
    try:
        read = CannedBody(shortcut=reply.shortcut, text=reply.text)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
    return replace(reply, shortcut=read.shortcut, text=read.text)


def _entry(reply: CannedReply) -> CannedEntry:
    return CannedEntry(
        id=str(reply.id),
        shortcut=reply.shortcut,
        text=reply.text,
        site=reply.site_id,
        team=reply.team_id,
        editable=reply.editable,
    )
