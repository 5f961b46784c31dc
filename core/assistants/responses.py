"""OpenAI's Responses API.

https://developers.openai.com/api/docs/guides/streaming-responses
"""

from collections.abc import Iterable, Iterator
from typing import Any

from core.assistants import fields
from core.assistants.answer_text import AnswerText
from core.assistants.api import is_spent
from core.assistants.assistant import AssistantFailed, PersonAsked, StreamEnded, StreamEvent
from core.assistants.endpoint import Endpoint
from core.assistants.failures import declared
from core.assistants.profile import Profile
from core.assistants.prompt import DESCRIPTION, PARAMETERS, TOOL, instructions, message, recent
from core.assistants.sse import DONE, Event
from core.model import Conversation, Usage

ASK_FOR_PERSON: dict[str, Any] = {
    "type": "function",
    "name": TOOL,
    "description": DESCRIPTION,
    "strict": True,
    "parameters": PARAMETERS,
}
# They come before the model begins.
ANNOUNCED = ("response.queued", "response.created", "response.in_progress")


class Responses:
    def path(self, endpoint: Endpoint, model: str) -> str:
        return "/responses"

    def body(
        self, endpoint: Endpoint, profile: Profile, conversation: Conversation
    ) -> dict[str, Any]:
        options = profile.options
        body: dict[str, Any] = {
            "model": options.model,
            "stream": True,
            # llama.cpp knows an item by its type only.
            "input": [
                {"type": "message", **message(line)}
                for line in recent(conversation, options.history_tokens)
            ],
            "instructions": instructions(profile),
            "store": False,
            "stream_options": {"include_obfuscation": False},
        }
        if options.ask_for_person:
            body |= {"tools": [ASK_FOR_PERSON], "parallel_tool_calls": False}
        if options.max_output_tokens is not None:
            body["max_output_tokens"] = options.max_output_tokens
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.reasoning_effort is not None:
            body["reasoning"] = {"effort": options.reasoning_effort}
        if options.verbosity is not None:
            body["text"] = {"verbosity": options.verbosity}
        return body

    def reader(self, most: int | None) -> "ResponsesReader":
        return ResponsesReader(most)


class ResponsesReader:
    """A text or a call counts wherever it stands first: in a delta, or whole in a later event."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.ended = False
        self.begun = False
        self.usage: Usage | None = None
        self._text = AnswerText()
        self._asked = False
        self._cut = ""

    @property
    def finished(self) -> bool:
        return self.ended

    def read(self, event: Event) -> Iterable[StreamEvent]:
        kind = event["type"]
        self.begun = self.begun or (kind.startswith("response.") and kind not in ANNOUNCED)
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return self._text.add(_part(event), event["delta"])
        if kind in ("response.output_text.done", "response.refusal.done"):
            return self._text.complete(
                _part(event), event.get("text") or event.get("refusal") or ""
            )
        if kind == "response.content_part.done":
            return self._text.complete(_part(event), _text(event["part"]))
        if kind == "response.output_item.done":
            return self._item(event["item"])
        return self._end(event)

    def done(self) -> StreamEnded:
        if not self.ended:
            raise AssistantFailed("cut", retryable=True, detail="no terminal event")
        if self._text.is_blank and not self._asked:
            raise AssistantFailed("empty", retryable=not self._cut, detail=self._cut)
        return StreamEnded(self.usage, cut=bool(self._cut) or is_spent(self.usage, self.most))

    def _end(self, event: Event) -> Iterator[StreamEvent]:
        kind = event["type"]
        if kind == "response.failed":
            response = event["response"]
            self._fail((response.get("error") or {}).get("code"), kind, response)
        elif event.get("error") or kind == "error":
            error = event.get("error") or event
            code = error.get("code") or error.get("type") if isinstance(error, dict) else None
            self._fail(code, "error event", event)
        elif kind in ("response.completed", "response.incomplete"):
            yield from self._whole(event["response"])
        elif event.get("object") == "response":
            # A server that does not stream sends the response alone.
            yield from self._whole(event)
        elif event == DONE:
            raise AssistantFailed("cut", retryable=True, detail="no terminal event")

    def _fail(self, code: Any, where: str, holder: Any) -> None:
        self.begun = not self._text.is_blank
        self.usage = fields.usage(holder.get("usage"), holder.get("model"))
        raise declared(code, where)

    def _whole(self, response: Any) -> Iterator[StreamEvent]:
        self.usage = fields.usage(response.get("usage"), response.get("model"))
        if response.get("status") == "failed":
            self._fail((response.get("error") or {}).get("code"), "failed response", response)
        output = response.get("output") or []
        parts = [
            text
            for item in output
            if item.get("type") == "message"
            for text in _texts(item)
            if text
        ]
        yield from self._text.complete_all(parts)
        for item in output:
            yield from self._call(item)
        reason = (response.get("incomplete_details") or {}).get("reason")
        if reason == "content_filter":
            raise AssistantFailed("refused", retryable=False, detail=reason)
        if reason or response.get("status") == "incomplete":
            self._cut = str(reason or "incomplete")
        self.ended = True

    def _item(self, item: Any) -> Iterator[StreamEvent]:
        if item.get("type") == "message":
            for index, text in enumerate(_texts(item)):
                yield from self._text.complete((item.get("id"), index), text)
        yield from self._call(item)

    def _call(self, item: Any) -> Iterator[StreamEvent]:
        is_call = item.get("type") == "function_call" and item.get("name") == TOOL
        if is_call and not self._asked:
            self._asked = True
            yield PersonAsked(fields.reason(item.get("arguments")))


def _part(event: Event) -> tuple[Any, Any]:
    return event.get("item_id"), event.get("content_index")


def _texts(item: Any) -> list[str]:
    return [_text(part) for part in item.get("content") or []]


def _text(part: Any) -> str:
    """The text of a part. What a model thinks is a part of another type."""
    if part.get("type") not in ("output_text", "refusal"):
        return ""
    return part.get("text") or part.get("refusal") or ""
