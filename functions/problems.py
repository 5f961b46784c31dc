"""Errors over HTTP: `application/problem+json` with a stable `code` (RFC 9457)."""

import json
from typing import Any

import structlog

from core.errors import INTERNAL, ChatError, Misconfigured, TooMany

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUS = {
    "invalid": 422,
    "unknown_action": 422,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_late": 409,
    "chat_closed": 409,
    "newer_reply": 409,
    "not_connected": 410,
    "too_many": 429,
    "try_again": 503,
    "internal": 500,
}

TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    422: "Not acceptable as it is",
    429: "Too many",
    500: "Internal error",
    503: "Try again",
}


def problem(code: str, detail: str, status: int | None = None) -> tuple[int, dict[str, Any]]:
    """The status and the body of a problem."""
    status = status or STATUS.get(code, 500)
    title = TITLES.get(status, "Problem")
    return status, {"title": title, "status": status, "code": code, "detail": detail}


def of(error: ChatError) -> tuple[int, dict[str, Any]]:
    """The problem of an error."""
    if isinstance(error, Misconfigured):
        # Its sentence is for the operator. A caller must not read names of our settings.
        log.error("setting_wrong", reason=error.message)
        return internal()
    status, body = problem(error.code, error.message)
    if isinstance(error, TooMany):
        body["retry_after"] = error.retry_after
    return status, body


def headers(body: dict[str, Any]) -> dict[str, str]:
    """The headers of a problem."""
    match body:
        case {"retry_after": seconds}:
            return {"Retry-After": str(seconds)}
        case {"status": 401}:
            return {"WWW-Authenticate": "Bearer"}
        case {"status": 413}:
            # The rest of the body will not be read.
            return {"Connection": "close"}
    return {}


def internal() -> tuple[int, dict[str, Any]]:
    """The problem of a defect."""
    return problem("internal", INTERNAL)


def refusal(error: ChatError, status: int | None = None) -> dict[str, Any]:
    """A problem as Lambda's response, for a refused handshake or a failed start."""
    ours, body = of(error)
    status = body["status"] = status or ours
    given = {"Content-Type": MEDIA_TYPE, **headers(body)}
    return {"statusCode": status, "headers": given, "body": json.dumps(body)}
