"""How providers stream: they keep a connection alive, name a text late, and cut an answer."""

import asyncio
import json
from typing import Any

import pytest

from core.assistants.assistant import PersonAsked, StreamEnded, TextPiece
from core.assistants.openai import OpenAIAssistant
from tests.openai_events import Late
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.unit.asking_openai import ENDS, PROFILE, SAYS, heard, made, text_of

LONG, SHORT = 8.0, 4.0
ALIVE = {
    "a comment": ": OPENROUTER PROCESSING\n\n",
    "an empty comment": ":\n",
    "an empty line": "\n",
    "a named event without data": "event: ping\n\n",
    "a named event with empty data": "event: keepalive\ndata:\n\n",
    "an event of no type": 'data: {"type": "ping"}\n\n',
    "an event that is no object": "data: null\n\n",
    "a time to try again": "retry: 3000\n\n",
    "a number of an event": "id: 7\n\n",
    "half a line": ": ",
}


async def test_any_byte_is_a_sign_of_life(server: OpenAIServer, api: str) -> None:
    """All kinds side by side, each for longer than a silence may last."""
    quiet = [Behaviour(quiet=LONG, beat=beat) for beat in ALIVE.values()]
    server.script(*quiet, Behaviour(early=LONG))
    assistant = made(server, api, stall_seconds=SHORT)
    asked = (heard(assistant, "Hi") for _ in range(len(ALIVE) + 1))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    await assistant.close()
    kinds = dict(zip([*ALIVE, "headers before the answer's"], answers, strict=True))
    said = {
        kind: one if isinstance(one, BaseException) else text_of(one) for kind, one in kinds.items()
    }
    assert said == dict.fromkeys(kinds, answer_to("Hi"))


@pytest.mark.parametrize("late", ["text", "part", "item", "response", "body"])
async def test_a_text_that_comes_late_is_the_answer(
    server: OpenAIServer, openai: OpenAIAssistant, late: Late
) -> None:
    server.script(Behaviour(late=late, ask="They want a person."))
    events = await heard(openai, "Hi")
    assert text_of(events) == answer_to("Hi")
    assert PersonAsked("They want a person.") in events


async def test_a_refusal_that_comes_late_is_the_answer(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    server.script(Behaviour(late="response", refuse=True, text="I cannot."))
    assert text_of(await heard(openai, "Hi")) == "I cannot."


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(end="max_output_tokens"),
        # llama.cpp's Responses API says so of an answer that ran into its limit.
        Behaviour(end="completed", text="word " * (PROFILE.options.max_output_tokens or 0)),
    ],
)
async def test_an_answer_that_was_cut_says_so(
    server: OpenAIServer, openai: OpenAIAssistant, behaviour: Behaviour
) -> None:
    server.script(behaviour)
    *_, ended = await heard(openai, "Hi")
    assert isinstance(ended, StreamEnded)
    assert ended.cut


async def test_a_connection_left_open_after_the_answer_is_not_waited_for(
    server: OpenAIServer,
) -> None:
    """Neither `[DONE]` nor the usage comes, and the stream would stall."""
    server.script(Behaviour(text="", end="stall", raw=[SAYS["chat"] % "tea", ENDS["chat"]]))
    assistant = made(server, "chat", stall_seconds=3600)
    assert await heard(assistant, "Hi") == [TextPiece("tea"), StreamEnded(None)]
    await assistant.close()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["<think>They want tea.</think>", "Tea!"], "Tea!"),
        (["\\n<th", "ink>They", " want</th", "ink>\\n", "\\nTea!"], "Tea!"),
        (["<thi", "s is tea>"], "<this is tea>"),
        (["Tea <think>is</think> good"], "Tea <think>is</think> good"),
        (["<t"], "<t"),
    ],
)
async def test_thoughts_before_an_answer_are_not_shown(
    server: OpenAIServer, pieces: list[str], text: str
) -> None:
    """Servers without a reader of thoughts leave them in the text."""
    raw = [*(SAYS["chat"] % piece for piece in pieces), ENDS["chat"]]
    server.script(Behaviour(text="", end="cut", raw=raw))
    assistant = made(server, "chat")
    assert text_of(await heard(assistant, "Hi")).strip() == text
    await assistant.close()


async def test_a_list_of_contents_is_read_without_the_thoughts(server: OpenAIServer) -> None:
    parts = '[{"type": "thinking", "thinking": []}, {"type": "text", "text": "Tea!"}]'
    says = f'data: {{"choices": [{{"delta": {{"content": {parts}}}}}]}}'
    server.script(Behaviour(text="", end="cut", raw=[says, ENDS["chat"]]))
    assistant = made(server, "chat")
    assert text_of(await heard(assistant, "Hi")) == "Tea!"
    await assistant.close()


def spoken(*events: dict[str, Any]) -> list[str]:
    return [f"data: {json.dumps(event)}" for event in events]


def delta(item: str, text: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "item_id": item, "delta": text}


def done(item: str, text: str) -> dict[str, Any]:
    return {"type": "response.output_text.done", "item_id": item, "text": text}


def completed(*texts: str) -> dict[str, Any]:
    parts = [{"type": "output_text", "text": text} for text in texts]
    output = [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}]
    output += [{"type": "message", "id": "other", "content": [part]} for part in parts]
    return {"type": "response.completed", "response": {"model": "m", "output": output}}


@pytest.mark.parametrize(
    ("events", "text"),
    [
        # The end of a text comes late.
        ([delta("a", "Tea "), done("a", "Tea is good.")], "Tea is good."),
        ([delta("a", "Tea "), completed("Tea is good.")], "Tea is good."),
        # A proxy names one item differently in each event.
        (
            [delta("a", "Tea "), done("b", "Tea is good."), done("c", "Tea is good.")],
            "Tea is good.",
        ),
        ([delta("a", "Tea."), done("b", " Tea.\n"), completed("Tea.")], "Tea."),
        # Nothing is said twice, and nothing that was shown is taken back.
        ([delta("a", "Tea."), done("a", "Coffee."), completed("Coffee.")], "Tea."),
        ([delta("a", "One."), delta("b", "Two."), completed("One.", "Two.")], "One.\n\nTwo."),
        ([delta("a", "One."), done("a", "One."), completed("One.", "Two.")], "One.\n\nTwo."),
        ([delta("a", "One."), delta("b", "Two."), done("a", "One and.")], "One.\n\nTwo."),
    ],
)
async def test_what_comes_in_pieces_and_whole_is_said_once(
    server: OpenAIServer, events: list[dict[str, Any]], text: str
) -> None:
    if events[-1]["type"] != "response.completed":
        events = [*events, completed()]
    server.script(Behaviour(text="", end="cut", raw=spoken(*events)))
    assistant = made(server)
    assert text_of(await heard(assistant, "Hi")) == text
    await assistant.close()
