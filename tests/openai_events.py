"""What the local OpenAI does: behaviours, and the events of the Responses API they turn into.

`tests/chat_chunks.py` turns the same behaviours into chunks of chat completions.
"""

import json
import re
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
End = Literal[
    "completed", "max_output_tokens", "content_filter", "failed", "error", "cut", "abort", "stall"
]
# Where a text stands that comes in no delta, and whole at its end.
Late = Literal["text", "part", "item", "response", "body"]
# The input tokens that each usage names.
READ = 42
# Of a length that cuts some flags and families apart: a token need not be what people see as one.
TOKEN = re.compile(r"\s*\S{1,6}\s*")


@dataclass
class Hold:
    """Holds an answer back: `asked` says that its request is there, `over` lets it go."""

    asked: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@dataclass
class Behaviour:
    """What to do with one request.

    `text` is the answer (None: `answer_to` the question), `ask` calls the tool with that reason.
    `end` says how the stream ends: "cut" ends the response without a terminal event, "abort" the
    connection; `code` is the error's, and `says` its words. `wait` seconds pass before the headers,
    `delay` before each token, `rest` before the last event. `quiet` seconds pass before the first
    token, and meanwhile `beat` is sent over and over. `early` does the same before the headers,
    with "102 Processing". `late` names the one event that holds the text. `raw` lines are sent as
    they are, before the end. `torn` sends seven bytes at a time. `cost` is what the usage says in
    all, instead of the tokens that were sent. `held` holds the whole answer back.
    """

    text: str | None = None
    end: End = "completed"
    status: int = 200
    code: str | int | None = None
    says: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    ask: str | None = None
    refuse: bool = False
    wait: float = 0.0
    early: float = 0.0
    quiet: float = 0.0
    beat: str = ": processing\n\n"
    delay: float = 0.0
    rest: float = 0.0
    usage: bool = True
    cost: int | None = None
    late: Late | None = None
    raw: list[str] = field(default_factory=list)
    torn: bool = False
    held: Hold | None = None


RATE_LIMITED = Behaviour(status=429, code="rate_limit_exceeded", headers={"retry-after": "0.1"})
COMMANDS: dict[str, tuple[Behaviour, ...]] = {
    "!slow": (Behaviour(delay=0.1),),
    "!long": (Behaviour(text="Häppchen für Häppchen 🍰 " * 200, delay=0.005),),
    "!error": (Behaviour(end="error", code="server_error"),),
    "!failed": (Behaviour(end="failed", code="server_error"),),
    "!filtered": (Behaviour(end="content_filter"),),
    "!short": (Behaviour(end="max_output_tokens"),),
    "!cut": (Behaviour(end="cut"),),
    "!cut-once": (Behaviour(end="cut"), Behaviour()),
    "!abort": (Behaviour(end="abort"),),
    "!stall": (Behaviour(end="stall"),),
    "!stall-once": (Behaviour(end="stall"), Behaviour()),
    "!429": (RATE_LIMITED,),
    "!429-once": (RATE_LIMITED, Behaviour()),
    "!quota": (Behaviour(status=429, code="insufficient_quota"),),
    "!401": (Behaviour(status=401, code="invalid_api_key"),),
    "!500": (Behaviour(status=500, code="server_error"),),
    "!500-once": (Behaviour(status=500, code="server_error"), Behaviour()),
    "!person": (Behaviour(ask="They asked for a person. 🙋"),),
    "!person-silently": (Behaviour(text="", ask="They asked for a person. 🙋"),),
    "!empty": (Behaviour(text=""),),
}


def answer_to(question: str) -> str:
    """What the server answers when nothing else is asked of it."""
    return f"Grüß Gott 👋🏽! You wrote **{question[:200]}** – 日本語も大丈夫です。 👩‍👩‍👧‍👦 Ende."


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def written(behaviour: Behaviour, text: str) -> int:
    """The output tokens that the usage names."""
    return len(tokens(text)) if behaviour.cost is None else behaviour.cost - READ


def said(text: str, behaviour: Behaviour) -> list[str]:
    """The tokens that the stream holds: the first half, if it is not to end well."""
    every = tokens(text)
    whole = behaviour.end in ("completed", "max_output_tokens", "content_filter")
    return every if whole else every[: max(1, len(every) // 2)]


def error_body(behaviour: Behaviour) -> Json:
    says = behaviour.says or f"Scripted {behaviour.status}"
    code = behaviour.code
    return {"error": {"message": says, "type": code, "param": None, "code": code}}


def events(behaviour: Behaviour, body: Json, question: str) -> Iterator[Json]:
    """The events of one stream, numbered, up to the end that the behaviour names."""
    text = answer_to(question) if behaviour.text is None else behaviour.text
    for number, event in enumerate(_unnumbered(behaviour, body, text)):
        yield {"type": event.pop("type"), "sequence_number": number, **event}


def _unnumbered(behaviour: Behaviour, body: Json, text: str) -> Iterator[Json]:
    response = _response(body)
    yield {"type": "response.created", "response": response}
    yield {"type": "response.in_progress", "response": response}
    output: list[Json] = []
    if text:
        item = yield from _message(text, behaviour)
        output.append(item)
    if behaviour.ask is not None:
        item = yield from _call(behaviour.ask, len(output))
        output.append(item)
    if behaviour.late not in (None, "response", "body"):
        output = []
    usage = _usage(written(behaviour, text)) if behaviour.usage else None
    yield from _ending(behaviour, response, {"output": output, "usage": usage})


def _message(text: str, behaviour: Behaviour) -> Generator[Json, None, Json]:
    """A message item; only its first half where the stream is not to end well. Returns the item."""
    kind, name = ("refusal", "refusal") if behaviour.refuse else ("output_text", "text")
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    item: Json = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress"}
    part: Json = {"type": kind, name: text, "annotations": []}
    item |= {"content": []}
    finished = item | {"status": "completed", "content": [part]}
    done = {
        "text": {"type": f"response.{kind}.done", **place, name: text, "logprobs": []},
        "part": {"type": "response.content_part.done", **place, "part": part},
        "item": {"type": "response.output_item.done", "output_index": 0, "item": finished},
    }
    if behaviour.late:
        if behaviour.late in done:
            yield done[behaviour.late]
        return finished
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.content_part.added", **place, "part": part | {name: ""}}
    for token in said(text, behaviour):
        yield {"type": f"response.{kind}.delta", **place, "delta": token, "logprobs": []}
    if behaviour.end in ("completed", "max_output_tokens", "content_filter"):
        yield from done.values()
    return finished


def _call(reason: str, index: int) -> Generator[Json, None, Json]:
    """A call of the tool. Returns the item."""
    arguments = json.dumps({"reason": reason})
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "ask_for_person"}
    place = {"item_id": "fc_1", "output_index": index}
    started = item | {"arguments": "", "status": "in_progress"}
    finished = item | {"arguments": arguments, "status": "completed"}
    yield {"type": "response.output_item.added", "output_index": index, "item": started}
    yield {"type": "response.function_call_arguments.delta", **place, "delta": arguments}
    yield {
        "type": "response.function_call_arguments.done",
        **place,
        "name": "ask_for_person",
        "arguments": arguments,
    }
    yield {"type": "response.output_item.done", "output_index": index, "item": finished}
    return finished


def _ending(behaviour: Behaviour, response: Json, result: Json) -> Iterator[Json]:
    ended: Json = response | result
    match behaviour.end:
        case "completed":
            yield {"type": "response.completed", "response": ended | {"status": "completed"}}
        case "max_output_tokens" | "content_filter":
            ended |= {"status": "incomplete", "incomplete_details": {"reason": behaviour.end}}
            yield {"type": "response.incomplete", "response": ended}
        case "failed":
            error = {"code": behaviour.code, "message": "Scripted failure"}
            failed = response | {"status": "failed", "error": error}
            yield {"type": "response.failed", "response": failed}
        case "error":
            yield {"type": "error", "code": behaviour.code, "message": "Scripted", "param": None}


def _usage(spent: int) -> Json:
    return {
        "input_tokens": READ,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": spent,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": READ + spent,
    }


def _response(body: Json) -> Json:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "model": body.get("model"),
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": body.get("tools", []),
        "top_p": 1.0,
        "usage": None,
    }
