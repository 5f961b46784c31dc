"""Reads OpenAI's events and errors, and translates them into our own."""

import json
import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError
from openai.types.responses import Response, ResponseOutputItem, ResponseStreamEvent

from core.assistants.assistant import (
    AssistantFailed,
    PersonAsked,
    StreamEnded,
    StreamEvent,
    TextPiece,
)
from core.model import Usage
from core.protocol.text import clean

TOOL = "ask_for_person"
REASON_CHARACTERS = 500

# Surrogates, each half a character. The database cannot store one alone.
SURROGATE = re.compile(r"[\ud800-\udfff]")
NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
HALF = re.compile(r"[\ud800-\udbff]\Z")

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


class AnswerReader:
    """Reads the events of one stream. `ended`: the event came that ends a stream well."""

    def __init__(self) -> None:
        self.ended = False
        self._usage: Usage | None = None
        self._part: tuple[str, int] | None = None
        self._half = ""
        self._spoke = False
        self._asked = False

    def read(self, event: ResponseStreamEvent) -> list[StreamEvent]:
        """Translate one event. Raises `AssistantFailed` if the event reports a failure."""
        try:
            return list(self._read(event))
        except (AttributeError, TypeError):
            # The SDK turns any JSON into an event. A missing field becomes None.
            raise AssistantFailed("garbled", retryable=True, detail="unreadable event") from None

    def done(self) -> StreamEnded:
        """The end of a good stream. Raises `AssistantFailed` if it was cut, or was empty."""
        if not self.ended:
            raise AssistantFailed("cut", retryable=True, detail="no terminal event")
        if not (self._spoke or self._asked):
            raise AssistantFailed("empty", retryable=True)
        return StreamEnded(self._usage)

    def _read(self, event: ResponseStreamEvent) -> Iterator[StreamEvent]:
        if event.type == "response.output_text.delta" or event.type == "response.refusal.delta":
            yield from self._say((event.item_id, event.content_index), event.delta)
        elif event.type == "response.output_item.done":
            yield from self._call(event.item)
        elif event.type == "response.completed" or event.type == "response.incomplete":
            self._end(event.response)
        elif event.type == "response.failed":
            error = event.response.error
            raise _by_code(error.code if error else None, "response.failed")
        elif event.type == "error":
            raise _by_code(event.code, "error event")

    def _say(self, part: tuple[str, int], delta: str) -> Iterator[TextPiece]:
        text = self._whole(delta)
        if self._part not in (None, part) and self._spoke:
            text = f"\n\n{text}"
        self._part = part
        self._spoke = self._spoke or bool(text.strip())
        if text:
            yield TextPiece(text)

    def _whole(self, delta: str) -> str:
        """The delta, ready to store. Two deltas may each hold one half of a surrogate pair."""
        text = self._half + delta
        half = HALF.search(text)
        self._half = half.group() if half else ""
        text = text.removesuffix(self._half)
        return clean(_joined(text))

    def _call(self, item: ResponseOutputItem) -> Iterator[PersonAsked]:
        if item.type == "function_call" and item.name == TOOL and not self._asked:
            self._asked = True
            yield PersonAsked(_reason(item.arguments))

    def _end(self, response: Response) -> None:
        details = response.incomplete_details
        if details is not None and details.reason == "content_filter":
            raise AssistantFailed("refused", retryable=False, detail="content_filter")
        self.ended = True
        if response.usage is not None:
            self._usage = Usage(
                model=response.model,
                input_tokens=response.usage.input_tokens,
                output_tokens=response.usage.output_tokens,
            )


def failure(error: Exception, *, streaming: bool) -> AssistantFailed:
    """Translate the SDK's error. `streaming`: the response had begun."""
    kind = type(error).__name__
    match error:
        case TimeoutError() | APITimeoutError():
            return AssistantFailed("stalled", retryable=True, detail=kind)
        case APIConnectionError():
            return AssistantFailed(
                "cut" if streaming else "unreachable", retryable=True, detail=kind
            )
        case APIStatusError():
            return _by_status(error)
        case APIError():
            return _by_code(error.code or error.type, "error in the stream")
        case _:
            return AssistantFailed("garbled", retryable=True, detail=kind)


def _by_status(error: APIStatusError) -> AssistantFailed:
    status, headers = error.status_code, error.response.headers
    code, retryable = STATUSES.get(
        status, ("server_error", True) if status >= 500 else ("bad_request", False)
    )
    if headers.get("x-should-retry") in ("true", "false"):
        retryable = headers["x-should-retry"] == "true"
    if CODES.get(error.code or error.type or "", ("", True))[0] == "quota":
        code, retryable = "quota", False
    return AssistantFailed(
        code,
        retryable=retryable,
        retry_after=_seconds(headers.get("retry-after-ms"), headers.get("retry-after")),
        detail=" ".join(filter(None, (str(status), error.code, error.request_id))),
    )


def _by_code(code: str | None, where: str) -> AssistantFailed:
    ours, retryable = CODES.get(code or "", ("server_error", True))
    return AssistantFailed(ours, retryable=retryable, detail=f"{where} {code or ''}".strip())


def _seconds(milliseconds: str | None, seconds: str | None) -> float | None:
    """The delay from `retry-after-ms` or `retry-after` (seconds or an HTTP date)."""
    for value, unit in ((milliseconds, 0.001), (seconds, 1.0)):
        if value and NUMBER.fullmatch(value.strip()):
            return float(value) * unit
    try:
        return max(0.0, parsedate_to_datetime(seconds or "").timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _reason(arguments: str) -> str:
    try:
        reason = json.loads(arguments)["reason"]
    except (ValueError, TypeError, KeyError):
        return ""
    return clean(_joined(reason))[:REASON_CHARACTERS] if isinstance(reason, str) else ""


def _joined(text: str) -> str:
    """The text with each surrogate pair as one character. A lone surrogate becomes U+FFFD."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
