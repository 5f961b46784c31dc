"""The pages and scripts that the HTTP API serves, from `web/`."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

WEB = Path(__file__).parent / "web"


def add_pages(api: FastAPI) -> None:
    """Add the demo page and the console."""

    @api.get("/", include_in_schema=False)
    @api.get("/manager", include_in_schema=False)
    async def calls() -> FileResponse:
        return FileResponse(WEB / "calls.html")
