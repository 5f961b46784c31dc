"""`/docs`: the HTTP API's description in Swagger UI, whose files come from a package.

All addresses are relative, so it works below any path. Where people sign in, it is for managers.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import HTMLResponse

from functions.routes.dependencies import manager
from functions.routes.pages import PAGE_HEADERS, policy

OURS = Path(__file__).with_name("api_docs.js")
START = "start.js"
FILES = {
    START: "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard's calls</title>
<link rel="icon" href="docs/favicon-32x32.png" type="image/png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="calls"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/{START}"></script>
</body>
</html>
"""
# Swagger UI writes HTML into the page, and with trusted types it shows nothing.
HEADERS = PAGE_HEADERS | {
    "Content-Security-Policy": policy(trusted_types=False),
    "Referrer-Policy": "no-referrer",
}

router = APIRouter(include_in_schema=False, dependencies=[Depends(manager)])


@router.get("/docs")
def page() -> Response:
    return HTMLResponse(PAGE, headers=HEADERS)


@router.get("/docs/{name}")
def file(name: str) -> Response:
    if name not in FILES:
        raise HTTPException(404, "There is no such file")
    return Response(_content(name), media_type=FILES[name])


@cache
def _content(name: str) -> bytes:
    if name == START:
        return OURS.read_bytes()
    return files("fastapi_swagger.resources").joinpath(name).read_bytes()
