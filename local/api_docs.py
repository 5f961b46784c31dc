"""`/docs`: the HTTP API's description in Swagger UI, whose files come from a package.

All addresses are relative, so it works below any path.
"""

from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response
from fastapi.openapi.docs import get_swagger_ui_html

FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def page() -> Response:
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title="Switchboard's calls",
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon-32x32.png",
    )


@router.get("/docs/{name}")
def file(name: str) -> Response:
    if name not in FILES:
        raise HTTPException(404)
    content = files("fastapi_swagger.resources").joinpath(name).read_bytes()
    return Response(content, media_type=FILES[name])
