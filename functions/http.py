"""The HTTP API and its pages: FastAPI, and the Mangum entry that Lambda calls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette import types as asgi
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from core.app import App
from core.chat.sites import Directory
from core.errors import ChatError, TryAgain
from functions import problems
from functions.routes import (
    assignments,
    assistants,
    away,
    broadcasts,
    bulk,
    canned,
    contacts,
    edits,
    escalation,
    follow_ups,
    health,
    inbox,
    macros,
    managers,
    notes,
    notice_rules,
    pages,
    priority,
    push,
    receivers,
    sessions,
    sign_in,
    site_settings,
    sites,
    snooze,
    start,
    tags,
    team,
    tokens,
    transcripts,
    trials,
    views,
    visitors,
)
from functions.routes.schemas import Problem
from functions.runtime import LambdaEvent, container

log = structlog.get_logger()

FindSites = Callable[[], Awaitable[Directory]]

# The longest call is a broadcast of a long text to a thousand chats.
MAX_BODY_BYTES = 64 * 1024
# A smaller answer fits into a few packets, and a higher level costs more time than it saves.
COMPRESSED_FROM, COMPRESSION = 4_000, 4
TOO_LARGE = f"Please send at most {MAX_BODY_BYTES:,} bytes."

ABOUT: dict[str, Any] = {
    "title": "Switchboard",
    "version": "1",
    "description": "Live chat that answers by itself until a person steps in.",
    # A page that loads foreign scripts shows nobody's API.
    "docs_url": None,
    "redoc_url": None,
    # What clients are made of: `send`, and not `send_manager_send_post`.
    "generate_unique_id_function": lambda route: route.name,
    "responses": {"4XX": {"model": Problem, "content": {problems.MEDIA_TYPE: {}}}},
    # For bodies without a `Content-Length`. `_SafeHeaders` checks the others.
    "max_body_size": MAX_BODY_BYTES,
}


ROUTERS: dict[str | Enum, APIRouter] = {
    "pages": pages.router,
    "health": health.router,
    "visitors": visitors.router,
    "sites": sites.router,
    "site settings": site_settings.router,
    "assistants": assistants.router,
    "trials": trials.router,
    "receivers": receivers.router,
    "escalation": escalation.router,
    "mail": follow_ups.router,
    "inbox": inbox.router,
    "notes": notes.router,
    "contacts": contacts.router,
    "broadcasts": broadcasts.router,
    "sign-in": sign_in.router,
    "tokens": tokens.router,
    "sessions": sessions.router,
    "managers": managers.router,
    "start": start.router,
    "push": push.router,
    "away": away.router,
    "notices": notice_rules.router,
    "team": team.router,
    "assignments": assignments.router,
    "snooze": snooze.router,
    "edits": edits.router,
    "transcripts": transcripts.router,
    "canned": canned.router,
    "priority": priority.router,
    "tags": tags.router,
    "bulk": bulk.router,
    "macros": macros.router,
    "views": views.router,
}


def create_api(app: Callable[[], Awaitable[App]]) -> FastAPI:
    """The HTTP API alone, as Lambda serves it."""
    api = FastAPI(**ABOUT)
    add_routes(api, app)
    return api


def add_routes(api: FastAPI, app: Callable[[], Awaitable[App]]) -> None:
    """Add every route. `app` returns the App for a request."""
    api.state.open_app = app
    _problems(api)
    for tag, router in ROUTERS.items():
        api.include_router(router, tags=[tag])


def share(
    api: asgi.ASGIApp, allowed_origins: Sequence[str], directory: FindSites | None = None
) -> asgi.ASGIApp:
    """Let pages of these origins, or of the sites, make the visitors' calls, and forbid caching."""
    shared = _Sharing(
        api,
        directory,
        allow_origins=allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
        expose_headers=["Retry-After"],
    )
    # Pages compress their files themselves, once. A list of chats becomes an eighth of its size.
    small = GZipMiddleware(shared, minimum_size=COMPRESSED_FROM, compresslevel=COMPRESSION)
    return _SafeHeaders(small)


class _Sharing(CORSMiddleware):
    """CORS for the origins of all sites. A preflight does not say which site it is for."""

    def __init__(self, app: asgi.ASGIApp, directory: FindSites | None, **options: Any) -> None:
        super().__init__(app, **options)
        self._directory = directory

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if self._directory is not None and "origin" in Headers(scope=scope):
            # Without the database these are the origins as they were known last.
            with suppress(TryAgain):
                self.allow_origins = tuple((await self._directory()).origins)
        await super().__call__(scope, receive, send)


class _SafeHeaders:
    """Refuses a body whose `Content-Length` is too large.

    Adds security headers to every answer, and a sign-in's cookie where it was given or renewed.
    """

    def __init__(self, app: asgi.ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        async def send_safely(message: asgi.Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
                if cookie := scope.get("state", {}).get("cookie"):
                    headers.append("Set-Cookie", cookie)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        app = _too_large if _announced(scope) > MAX_BODY_BYTES else self._app
        await app(scope, receive, send_safely)


def _announced(scope: asgi.Scope) -> int:
    """The body's `Content-Length`, or 0."""
    if scope["type"] != "http":
        return 0
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


async def _too_large(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    refused = _respond(*problems.problem("too_large", TOO_LARGE, 413))
    await refused(scope, receive, send)


def _respond(
    status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    given = {**problems.headers(body), **(headers or {})}
    return JSONResponse(body, status, headers=given, media_type=problems.MEDIA_TYPE)


def _problems(api: FastAPI) -> None:
    @api.exception_handler(ChatError)
    async def chat_error(request: Request, error: ChatError) -> Response:
        return _respond(*problems.of(error))

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        message = str(first["msg"]).removeprefix("Value error, ")
        return _respond(*problems.problem("invalid", f"Please correct `{where}`: {message}."))

    @api.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 413:
            return _respond(*problems.problem("too_large", TOO_LARGE, 413))
        code = "not_found" if error.status_code == 404 else "refused"
        problem = problems.problem(code, f"{error.detail}.", error.status_code)
        return _respond(*problem, error.headers)

    @api.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path, exc_info=error)
        return _respond(*problems.internal())


class _Entry:
    """Mangum around the routes. The first invocation makes it, on the container's loop."""

    def __init__(self) -> None:
        self._mangum: Callable[[LambdaEvent, Any], dict[str, Any]] | None = None

    def __call__(self, event: LambdaEvent, context: Any) -> dict[str, Any]:
        # Mangum runs the current loop. The App's pool belongs to the container's loop.
        container.runner.get_loop()
        try:
            if self._mangum is None:
                self._mangum = self._made(container.runner.run(container.app(App)))
        except ChatError as error:
            return problems.refusal(error)
        try:
            return self._mangum(event, context)
        finally:
            container.runner.run(container.settle())

    @staticmethod
    def _made(app: App) -> Callable[[LambdaEvent, Any], dict[str, Any]]:
        from mangum import Mangum

        allowed = app.settings.allowed_origins
        api = share(create_api(partial(container.app, App)), allowed, app.sites.directory)
        # Mangum's type wants a coroutine, and ASGI only an awaitable.
        return Mangum(api, lifespan="off")  # type: ignore[arg-type]


handler = _Entry()
