"""The pages and scripts that the HTTP API serves, from `web/`.

There is no build: a browser gets the files of `web/`, without their comments, and those of the
widget in two bundles. A page names its
scripts with their version (`/v/<version>/…`). So a browser caches them for ever and never mixes
two versions. A browser asks again each time for a script under its plain address.
"""

import gzip
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import brotli
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from core.settings import Settings
from functions.routes.bundles import bundles, whole_sheets
from functions.routes.dependencies import CurrentApp

WEB = Path(__file__).parent.parent / "web"
# A placeholder of the version, in pages and in the widget's loader.
UNVERSIONED = "/v/dev/"
SERVED = {".html", ".js", ".css", ".svg", ".png", ".webmanifest"}
# Small already.
PACKED = "image/png"
# A page names its scripts relative to its own address.
BESIDE = b"./v/"
CONSOLE = "console.html"
# What the console shows has an address: a room, a view of it, and what is open there.
PAGES = {
    "/": "demo.html",
    "/manager": CONSOLE,
    "/manager/inbox": CONSOLE,
    "/manager/inbox/{view}": CONSOLE,
    "/manager/inbox/{view}/{chat_id}": CONSOLE,
    "/manager/mentions": CONSOLE,
    "/manager/replies": CONSOLE,
    "/manager/people": CONSOLE,
    "/manager/people/{contact_id}": CONSOLE,
    "/manager/settings": CONSOLE,
    "/manager/settings/{part}": CONSOLE,
    "/manager/settings/{part}/{id}": CONSOLE,
    "/manager/account": CONSOLE,
    "/manager/try": "try.html",
}

REVALIDATE = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"

BASE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Vary": "Accept-Encoding",
}
# Any site may load the widget. Scripts hold no secrets.
SCRIPT_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PAGE_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Frame-Options": "DENY",
}
# Comments on lines of their own. A comment after code stays.
COMMENTS = re.compile(rb"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
# The script may serve the console, whose address is above its own.
WORKER = "worker/sw.js"
WORKER_HEADERS = {
    "Service-Worker-Allowed": "../manager",
    "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'",
}
HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


@dataclass(frozen=True)
class File:
    """A file as it is sent."""

    content: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        return f'"{sha256(self.content).hexdigest()[:20]}"'

    @cached_property
    def zipped(self) -> bytes:
        return gzip.compress(self.content, 9, mtime=0)

    @cached_property
    def smallest(self) -> bytes:
        """An eighth smaller than `zipped`. The best quality would take a second of start-up."""
        return bytes(brotli.compress(self.content, quality=9))


class Web:
    """Every file of `web/`, read at the first request."""

    @cached_property
    def version(self) -> str:
        whole = sha256()
        for name, content in sorted(self._read.items()):
            whole.update(f"{name} {len(content)} ".encode() + content)
        return whole.hexdigest()[:12]

    @cached_property
    def files(self) -> dict[str, File]:
        return {name: self._file(name, content) for name, content in self._read.items()}

    @cached_property
    def pages(self) -> dict[str, File]:
        """Each page by its address. The deeper that is, the further away are the scripts."""
        return {
            address: replace(file, content=file.content.replace(BESIDE, _up(address) + b"v/"))
            for address, name in PAGES.items()
            for file in [self.files[name]]
        }

    @cached_property
    def _read(self) -> dict[str, bytes]:
        read = {
            path.relative_to(WEB).as_posix(): _lean(path)
            for path in WEB.rglob("*")
            if path.suffix in SERVED
        }
        return read | whole_sheets(read) | bundles(read, UNVERSIONED)

    def _file(self, name: str, content: bytes) -> File:
        kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
        content = content.replace(UNVERSIONED.encode(), f"/v/{self.version}/".encode())
        return File(content, PACKED if kind == PACKED else f"{kind}; charset=utf-8")


def _lean(path: Path) -> bytes:
    """A file without its comments: they would be a third of the download."""
    content = path.read_bytes()
    return COMMENTS.sub(b"", content) if path.suffix in (".js", ".css") else content


def _up(address: str) -> bytes:
    return b"../" * (address.count("/") - 1) or b"./"


GET = ["GET", "HEAD"]

router = APIRouter(include_in_schema=False)
web = Web()


async def page(request: Request, app: CurrentApp) -> Response:
    connect = [*own_sockets(request), *socket_hosts(app.settings)]
    headers = PAGE_HEADERS | {"Content-Security-Policy": policy(connect)}
    return _answer(request, web.pages[request.scope["route"].path], REVALIDATE, headers)


for _path in PAGES:
    router.add_api_route(_path, page, methods=GET)


@router.api_route("/v/{version}/{name:path}", methods=GET)
async def versioned(request: Request, version: str, name: str) -> Response:
    """A script by its version. For another version it is the current one, and is not cached."""
    return _script(request, name, FOR_EVER if version == web.version else REVALIDATE)


@router.api_route("/manager/sw.js", methods=GET)
async def service_worker(request: Request) -> Response:
    """What shows pushes while no page is open. A browser looks for a newer one by itself."""
    return _answer(request, web.files[WORKER], REVALIDATE, WORKER_HEADERS)


@router.api_route("/favicon.ico", methods=GET)
async def favicon(request: Request) -> Response:
    """Some programs ask for it by this name, without reading the page."""
    return _script(request, "favicon.svg", REVALIDATE)


async def script(request: Request) -> Response:
    """A script under its plain address."""
    return _script(request, request.url.path.lstrip("/"), REVALIDATE)


for _path in ("/widget.js", "/client.js", "/favicon.svg"):
    router.add_api_route(_path, script, methods=GET)
for _folder in ("client", "view", "widget", "console"):
    router.add_api_route(f"/{_folder}/{{name}}", script, methods=GET)


def own_sockets(request: Request) -> list[str]:
    """The origins of sockets at the host that the page comes from."""
    host = request.headers.get("host", "")
    return [f"ws://{host}", f"wss://{host}"] if HOST.fullmatch(host) else []


def socket_hosts(settings: Settings) -> list[str]:
    """The origins of sockets in these settings, as sources of a policy."""
    urls = (settings.public_url, settings.ws_url, settings.manager_ws_url)
    parts = [urlsplit(url.replace("http", "ws", 1)) for url in urls if url]
    named = (f"{part.scheme}://{part.netloc}" for part in parts if HOST.fullmatch(part.netloc))
    return list(dict.fromkeys(named))


def policy(connect: Sequence[str] = (), *, trusted_types: bool = True) -> str:
    """A page's Content-Security-Policy: only our own files and calls, and sockets to `connect`."""
    rules = [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        " ".join(dict.fromkeys(["connect-src 'self'", *connect])),
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    if trusted_types:
        rules += ["require-trusted-types-for 'script'", "trusted-types switchboard"]
    return "; ".join(rules)


def _script(request: Request, name: str, keep: str) -> Response:
    file = web.files.get(name)
    if file is None or name.endswith(".html"):
        raise HTTPException(404, "There is no such page")
    return _answer(request, file, keep, SCRIPT_HEADERS)


def _answer(request: Request, file: File, keep: str, headers: dict[str, str]) -> Response:
    headers = {**BASE_HEADERS, **headers, "Cache-Control": keep, "ETag": file.etag}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = file.content
    offered = _offered(request.headers.get("accept-encoding", ""))
    if file.media_type != PACKED and "br" in offered:
        content = file.smallest
        headers["Content-Encoding"] = "br"
    elif file.media_type != PACKED and "gzip" in offered:
        content = file.zipped
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=file.media_type)


def _offered(accept: str) -> set[str]:
    """The encodings that a client takes. Who says `q=0` does not.

    https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
    """
    entries = (entry.replace(" ", "").lower().partition(";q=") for entry in accept.split(","))
    return {name for name, _, weight in entries if weight.strip("0.") or not weight}
