"""Chat completions, for providers that do not have the Responses API.

https://developers.openai.com/api/reference/resources/chat
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from core.assistants import fields
from core.assistants.answer_text import AnswerText
from core.assistants.api import is_spent
from core.assistants.assistant import AssistantFailed, PersonAsked, StreamEnded, StreamEvent
from core.assistants.endpoint import Endpoint
from core.assistants.failures import declared
from core.assistants.profile import Profile
from core.assistants.prompt import DESCRIPTION, PARAMETERS, TOOL, instructions, message, recent
from core.assistants.sse import DONE, Event
from core.assistants.thoughts import Thoughts, without
from core.model import Conversation, Usage

ASK_FOR_PERSON: dict[str, Any] = {
    "type": "function",
    "function": {"name": TOOL, "description": DESCRIPTION, "parameters": PARAMETERS},
}
# Many models want to hear the visitor first. A team may write first, and history is cut.
OPENED = {"role": "user", "content": "[the visitor opened the chat]"}
CUT = ("length", "max_tokens", "model_length", "abort")


class ChatCompletions:
    def path(self, endpoint: Endpoint, model: str) -> str:
        path = "/chat/completions"
        return f"/deployments/{quote(model, safe='')}{path}" if endpoint.needs_deployment else path

    def body(
        self, endpoint: Endpoint, profile: Profile, conversation: Conversation
    ) -> dict[str, Any]:
        options = profile.options
        body: dict[str, Any] = {
            "model": options.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [
                {"role": "system", "content": instructions(profile)},
                *_by_turns(map(message, recent(conversation, options.history_tokens))),
            ],
        }
        if options.ask_for_person:
            body["tools"] = [ASK_FOR_PERSON]
        if options.max_output_tokens is not None:
            # OpenAI's newer models refuse the older name. Ollama knows only that one.
            most = "max_completion_tokens" if endpoint.is_openai else "max_tokens"
            body[most] = options.max_output_tokens
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.reasoning_effort is not None:
            body["reasoning_effort"] = options.reasoning_effort
        if options.verbosity is not None:
            body["verbosity"] = options.verbosity
        return body

    def reader(self, most: int | None) -> "ChatReader":
        return ChatReader(most)


class ChatReader:
    """What a model thinks is not shown, but it is a sign of life."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.ended = False
        self.finished = False
        self.begun = False
        self.usage: Usage | None = None
        self._text = AnswerText()
        self._thoughts = Thoughts()
        self._tool = ""
        self._arguments: Any = ""
        self._asked = False
        self._cut = ""
        self._refused = ""

    def read(self, event: Event) -> Iterator[StreamEvent]:
        if event == DONE:
            yield from self._finish()
            self.ended = True
            return
        choices = event.get("choices") or []
        self.usage = fields.usage(event.get("usage"), event.get("model")) or self.usage
        self._refuse_error(event)
        for choice in choices[:1]:
            yield from self._choice(choice)
        # The usage comes after the last choice, in an event of its own.
        self.ended = self.finished and self.usage is not None

    def done(self) -> StreamEnded:
        if not self.finished:
            raise AssistantFailed("cut", retryable=True, detail="no finish_reason")
        if self._refused:
            raise AssistantFailed("refused", retryable=False, detail=self._refused)
        if self._text.is_blank and not self._asked:
            raise AssistantFailed("empty", retryable=not self._cut, detail=self._cut)
        return StreamEnded(self.usage, cut=bool(self._cut) or is_spent(self.usage, self.most))

    def _refuse_error(self, event: Event) -> None:
        error = event.get("error")
        if not error and event["type"] != "error":
            return
        error = error or event
        code = error.get("code") or error.get("type") if isinstance(error, dict) else None
        self.begun = not self._text.is_blank
        raise declared(code, "error in the stream")

    def _choice(self, choice: Any) -> Iterator[StreamEvent]:
        self.begun = True
        delta, whole = choice.get("delta") or {}, choice.get("message") or {}
        yield from self._say("content", self._thoughts.left(_text(delta.get("content"))))
        yield from self._say("refusal", _text(delta.get("refusal")))
        for name in ("content", "refusal"):
            if text := without(_text(whole.get(name))):
                yield from self._text.complete(name, text)
        for call in delta.get("tool_calls") or whole.get("tool_calls") or []:
            self._call(call)
        if reason := choice.get("finish_reason"):
            yield from self._finish(reason)

    def _say(self, name: str, piece: str) -> Iterator[StreamEvent]:
        if piece:
            yield from self._text.add(name, piece)

    def _call(self, call: Any) -> None:
        function = call.get("function") or {}
        self._tool = self._tool or function.get("name") or ""
        arguments = function.get("arguments") or ""
        if call.get("index") in (None, 0):
            self._arguments = (
                arguments if isinstance(arguments, dict) else (self._arguments + arguments)
            )

    def _finish(self, reason: str = "") -> Iterator[StreamEvent]:
        if reason == "content_filter":
            # The usage comes after it.
            self._refused, self.finished = reason, True
            return
        if reason == "error":
            self.begun = not self._text.is_blank
            raise declared(None, "finish_reason error")
        if reason in CUT:
            self._cut = reason
        yield from self._say("content", self._thoughts.rest())
        self.finished = True
        if self._tool == TOOL and not self._asked:
            self._asked = True
            yield PersonAsked(fields.reason(self._arguments))


def _text(content: Any) -> str:
    """A text, or the texts of a list of parts, of which some are thoughts."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    return content or ""


def _by_turns(messages: Iterator[dict[str, str]]) -> list[dict[str, str]]:
    """The messages as visitor and assistant by turns: some models take them only so."""
    turns: list[dict[str, str]] = []
    for one in messages:
        if turns and turns[-1]["role"] == one["role"]:
            turns[-1] = {**one, "content": f"{turns[-1]['content']}\n\n{one['content']}"}
        else:
            turns.append(one)
    return turns if turns[0]["role"] == "user" else [OPENED, *turns]
