"""The local OpenAI's behaviours as the chunks of chat completions."""

import json
from collections.abc import Iterator

from tests.openai_events import READ, Behaviour, Json, answer_to, said, written

REASONS = {
    "completed": "stop",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}
DONE = "[DONE]"


def chunks(behaviour: Behaviour, body: Json, question: str) -> Iterator[Json]:
    """The chunks of one stream, up to the end that the behaviour names."""
    text = answer_to(question) if behaviour.text is None else behaviour.text
    model = body.get("model")
    # Azure begins with a chunk without choices, and many servers with an empty text.
    yield {**_chunk(model, {}), "choices": []}
    yield _chunk(model, {"role": "assistant", "content": ""})
    yield _chunk(model, {"reasoning_content": "They want something.", "content": None})
    if text and not behaviour.late:
        name = "refusal" if behaviour.refuse else "content"
        for token in said(text, behaviour):
            yield _chunk(model, {name: token})
    if behaviour.ask is not None:
        yield from _call(model, behaviour.ask)
    yield from _ending(behaviour, model, text)


def completion(behaviour: Behaviour, body: Json, question: str) -> Json:
    """The whole answer, as it stands in the body of a response that is no stream."""
    text = answer_to(question) if behaviour.text is None else behaviour.text
    message = _message(text)
    if behaviour.ask is not None:
        arguments = json.dumps({"reason": behaviour.ask})
        message["tool_calls"] = [{"function": {"name": "ask_for_person", "arguments": arguments}}]
    choice = {"index": 0, "message": message, "finish_reason": REASONS[behaviour.end]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": body.get("model"),
        "choices": [choice],
        "usage": _usage(behaviour, text),
    }


def _message(text: str) -> Json:
    return {"role": "assistant", "content": text}


def _call(model: object, reason: str) -> Iterator[Json]:
    """A call of the tool, its arguments in two pieces."""
    arguments = json.dumps({"reason": reason})
    call: Json = {"index": 0, "id": "call_1", "type": "function"}
    function = {"name": "ask_for_person", "arguments": arguments[:9]}
    yield _chunk(model, {"tool_calls": [call | {"function": function}]})
    yield _chunk(model, {"tool_calls": [{"index": 0, "function": {"arguments": arguments[9:]}}]})


def _ending(behaviour: Behaviour, model: object, text: str) -> Iterator[Json]:
    match behaviour.end:
        case "completed" | "max_output_tokens" | "content_filter":
            reason = REASONS[behaviour.end]
            if behaviour.ask is not None and reason == "stop":
                reason = "tool_calls"
            last = _chunk(model, {}, reason)
            if behaviour.late:
                last["choices"][0]["message"] = _message(text)
            yield last
            if behaviour.usage:
                yield {**_chunk(model, {}), "choices": [], "usage": _usage(behaviour, text)}
        case "failed":
            yield {"error": {"code": behaviour.code, "message": "Scripted failure"}}
        case "error":
            failed = _chunk(model, {"content": ""}, "error")
            yield failed | {"error": {"code": behaviour.code, "message": "Scripted"}}


def _usage(behaviour: Behaviour, text: str) -> Json:
    spent = written(behaviour, text)
    return {"prompt_tokens": READ, "completion_tokens": spent, "total_tokens": READ + spent}


def _chunk(model: object, delta: Json, reason: str | None = None) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        "usage": None,
    }
