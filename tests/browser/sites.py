"""Other people's sites, each on an origin of its own, with the widget of a server on it."""

import mimetypes
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, WebSocket

from tests.lacking import lacking

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ROOT / "node_modules"
HOSTS = Path(__file__).parent / "hosts"


class Site:
    """A site. `html` is its first page, `pages` are all; a path may lead to a file.

    A page that is a list of texts stops between them until `more` is set.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str | list[str]] = {}
        self.files: dict[str, Path | str] = {}
        self.more = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                page = site.pages.get(path)
                file = site.files.get(path)
                self.send_response(204 if page is None and file is None else 200)
                kind = mimetypes.guess_type(path)[0] if file else "text/html"
                self.send_header("content-type", f"{kind}; charset=utf-8")
                self.end_headers()
                parts = [page] if isinstance(page, str) else page or []
                if file:
                    parts = [file.read_text() if isinstance(file, Path) else file]
                for number, part in enumerate(parts):
                    if number:
                        site.more.wait(60)
                    self.wfile.write(part.encode())
                    self.wfile.flush()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def html(self) -> str:
        return str(self.pages["/"])

    @html.setter
    def html(self, html: str) -> None:
        self.pages["/"] = html

    def close(self) -> None:
        self.more.set()
        self._server.shutdown()
        self._server.server_close()


class Sockets:
    """Every socket that a page has opened."""

    def __init__(self, page: Page) -> None:
        self.all: list[WebSocket] = []
        page.on("websocket", lambda socket: self.all.append(socket))

    @property
    def open(self) -> int:
        return sum(not socket.is_closed() for socket in self.all)


def package(path: str) -> Path:
    """A file of a package of the checks. Without the packages the test is skipped."""
    found = PACKAGES / path
    if not found.exists():
        lacking("the packages of package.json are not installed; run npm ci")
    return found


def bundled(name: str) -> str:
    """A script of `hosts/`, with the packages that it imports, as sites build them."""
    command = [str(package(".bin/esbuild")), str(HOSTS / name), "--bundle", "--format=iife"]
    defined = ['--define:process.env.NODE_ENV="production"', "--log-level=error"]
    built = subprocess.run(
        [*command, *defined], capture_output=True, text=True, timeout=120, check=True
    )
    return built.stdout
