"""A chat as a file: to keep it, or to hand it on."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from core.chat.transcripts import Format
from core.model import ChatId
from core.protocol.transcript import POLICY, Language, TranscriptReader
from functions.routes.dependencies import CurrentApp, ReadingManager
from functions.routes.parameters import ChatIdInPath, SeqParameter
from functions.routes.site_schemas import Zone

router = APIRouter(prefix="/manager/chats/{chat_id}/transcript")

KINDS: dict[Format, tuple[str, str]] = {
    "text": ("txt", "text/plain; charset=utf-8"),
    "html": ("html", "text/html; charset=utf-8"),
    "json": ("json", "application/json"),
}


@router.get("", response_class=StreamingResponse)
async def transcript(
    chat_id: ChatIdInPath,
    app: CurrentApp,
    caller: ReadingManager,
    format: Format = "text",
    time_zone: Zone = "UTC",
    language: Language = "en",
    after: SeqParameter = 0,
) -> StreamingResponse:
    """A chat's messages as a file, with the times of a zone. Notes are not in it.

    About 4 MB at most: the end says after which `seq` more follows.
    """
    reader = TranscriptReader(language, ZoneInfo(time_zone))
    made = await app.transcripts.of(ChatId(chat_id), format, after, reader, caller.sites)
    ending, media_type = KINDS[format]
    name = f"chat-{chat_id}-{datetime.now(UTC):%Y-%m-%d}.{ending}"
    return StreamingResponse(
        made,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": f"{POLICY}; sandbox",
            "Cache-Control": "no-store",
        },
    )
