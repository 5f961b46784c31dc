"""A provider's errors, translated into our own."""

import re
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import httpx2
from anyio import EndOfStream
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError

from core.assistants.assistant import AssistantFailed
from core.protocol.text import line

# What reading a response may raise.
STREAM_ERRORS = (OpenAIError, httpx2.RequestError, OSError, EndOfStream, ValueError, RuntimeError)
WORDS_CHARACTERS = 200
NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
# A code, a type or the name of an option, which hold no words of a visitor.
NAME = re.compile(r"[\w.\[\]-]{1,64}", re.ASCII)

STATUSES = {
    401: ("unauthorized", False),
    403: ("forbidden", False),
    404: ("not_found", False),
    408: ("stalled", True),
    409: ("conflict", True),
    429: ("rate_limited", True),
}
CODES = {
    "rate_limit_exceeded": ("rate_limited", True),
    "insufficient_quota": ("quota", False),
    "billing_hard_limit_reached": ("quota", False),
    "invalid_api_key": ("unauthorized", False),
    "model_not_found": ("not_found", False),
    "invalid_prompt": ("refused", False),
    "bio_policy": ("refused", False),
    "misalignment_policy_violation": ("refused", False),
    "content_filter": ("refused", False),
    "content_policy_violation": ("refused", False),
    "context_length_exceeded": ("bad_request", False),
    "invalid_request_error": ("bad_request", False),
    "data_residency_mismatch": ("bad_request", False),
}

# What words of a provider mean, which themselves may quote a visitor.
HINTS = {
    r"\btools?\b": "if this model has no tools, set ask_for_person: false in the profile",
    r"\bcontext\b": "if the model reads less, set a smaller history_tokens in the profile",
    r"model name|model.*(not found|not exist)": "does the server have this model?",
}


def failure(error: Exception, *, streaming: bool) -> AssistantFailed:
    """Translate an error of the SDK or the connection. `streaming`: the response had begun."""
    kind = type(error).__name__
    if _timed_out(error):
        return AssistantFailed("stalled", retryable=True, detail=kind)
    match error:
        case APIConnectionError() | httpx2.RequestError() | ssl.SSLError() | EndOfStream():
            return AssistantFailed(
                "cut" if streaming else "unreachable", retryable=True, detail=kind
            )
        case APIStatusError():
            return _by_status(error)
        case APIError():
            return declared(error.code or error.type, "error in the stream")
        case _:
            return AssistantFailed("garbled", retryable=True, detail=kind)


def _timed_out(error: BaseException) -> bool:
    """Whether it took too long. The SDK calls every lost connection of aiohttp a timeout."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectionError):
            return isinstance(cause, TimeoutError)
        cause = cause.__cause__
    return isinstance(error, TimeoutError | APITimeoutError | httpx2.TimeoutException)


def declared(code: Any, where: str) -> AssistantFailed:
    """The failure that an event names, by a code or by an HTTP status."""
    name = str(code) if code is not None and NAME.fullmatch(str(code)) else ""
    if name.isdecimal():
        ours, retryable = _of_status(int(name))
    else:
        ours, retryable = CODES.get(name, ("server_error", True))
    return AssistantFailed(ours, retryable=retryable, detail=f"{where} {name}".strip())


def _of_status(status: int) -> tuple[str, bool]:
    other = ("bad_request", False) if 400 <= status < 500 else ("server_error", True)
    return STATUSES.get(status, other)


def _by_status(error: APIStatusError) -> AssistantFailed:
    status, headers = error.status_code, error.response.headers
    code, retryable = _of_status(status)
    if headers.get("x-should-retry") in ("true", "false"):
        retryable = headers["x-should-retry"] == "true"
    if any(CODES.get(str(name), ("", True))[0] == "quota" for name in (error.code, error.type)):
        code, retryable = "quota", False
    named = (status, error.code, error.type, error.param, error.request_id)
    detail = " ".join(dict.fromkeys(str(one) for one in named if one and NAME.fullmatch(str(one))))
    return AssistantFailed(
        code,
        retryable=retryable,
        retry_after=_seconds(headers.get("retry-after-ms"), headers.get("retry-after")),
        detail=" ".join(filter(None, (detail, _hint(error)))),
    )


def _hint(error: APIStatusError) -> str:
    """What a person may do about it. Only a 404's own words hold nothing of the chat."""
    words = _words(error)
    if error.status_code == 404:
        return f'"{line(" ".join(words.split()), WORDS_CHARACTERS)}"' if words else ""
    if error.status_code not in (400, 413, 422, 500):
        return ""
    return next((hint for sign, hint in HINTS.items() if re.search(sign, words, re.I)), "")


def _words(error: APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        body = next((body[name] for name in ("message", "detail", "error") if body.get(name)), "")
    return body if isinstance(body, str) else ""


def _seconds(milliseconds: str | None, seconds: str | None) -> float | None:
    """The delay from `retry-after-ms` or `retry-after` (seconds or an HTTP date)."""
    for value, unit in ((milliseconds, 0.001), (seconds, 1.0)):
        if value and NUMBER.fullmatch(value.strip()):
            return float(value) * unit
    try:
        return max(0.0, parsedate_to_datetime(seconds or "").timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
