"""Errors as HTTP says them: `application/problem+json` with a stable `code` (RFC 9457)."""

import json
from typing import Any

from core.errors import INTERNAL, ChatError

MEDIA_TYPE = "application/problem+json"

STATUS = {
    "invalid": 422,
    "unknown_action": 422,
    "not_found": 404,
    "conflict": 409,
    "not_connected": 410,
    "try_again": 503,
    "misconfigured": 500,
    "internal": 500,
}

TITLES = {
    404: "Not found",
    409: "Conflict",
    410: "Gone",
    422: "Not acceptable as it is",
    500: "Internal error",
    503: "Try again",
}


def problem(code: str, detail: str, status: int | None = None) -> tuple[int, dict[str, Any]]:
    """The status and the body of a problem."""
    status = status or STATUS.get(code, 500)
    title = TITLES.get(status, "Problem")
    return status, {"title": title, "status": status, "code": code, "detail": detail}


def of(error: ChatError) -> tuple[int, dict[str, Any]]:
    """The problem that an error of the chat is."""
    return problem(error.code, error.message)


def internal() -> tuple[int, dict[str, Any]]:
    """The problem that a defect is shown as."""
    return problem("internal", INTERNAL)


def refusal(code: str, detail: str, status: int) -> dict[str, Any]:
    """A `$connect` answer that refuses the handshake with `status`."""
    status, body = problem(code, detail, status)
    headers = {"Content-Type": MEDIA_TYPE}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
