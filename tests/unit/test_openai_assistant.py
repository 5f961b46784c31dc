"""OpenAI as an assistant: through the real SDK, against a local server that really streams.

Each test speaks the Responses API and chat completions.
"""

import asyncio
from contextlib import aclosing

import pytest

from core.assistants.assistant import (
    AssistantFailed,
    PersonAsked,
    StreamEnded,
    StreamEvent,
    TextPiece,
)
from core.assistants.openai import OpenAIAssistant
from core.assistants.prompt import estimate, recent
from core.model import Usage
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.unit.asking_openai import ENDS, SAYS, chat, heard, made, text_of

SERVER_ERROR = ("server_error", True)
# Events that have another shape than the API's. To chat completions they are of no kind.
MISSHAPEN = ('{"type": "response.completed"}', '{"type": "response.output_text.delta"}')


async def failed(assistant: OpenAIAssistant, question: str) -> tuple[str, AssistantFailed]:
    """The text shown before the failure, and the failure. No task is left behind."""
    tasks = asyncio.all_tasks()
    pieces: list[StreamEvent] = []
    with pytest.raises(AssistantFailed) as raised:
        async for event in assistant.stream(chat(question)):
            pieces.append(event)
    assert asyncio.all_tasks() == tasks
    return text_of(pieces), raised.value


async def test_joined_pieces_are_the_answer(openai: OpenAIAssistant) -> None:
    events = await heard(openai, "Do you have Sencha?")
    assert text_of(events) == answer_to("Do you have Sencha?")
    assert len(events) > 10
    assert events[-1] == StreamEnded(Usage("gpt-6-luna", 42, len(events) - 1))


async def test_characters_torn_between_packets_arrive_whole(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    server.script(Behaviour(torn=True))
    assert text_of(await heard(openai, "🍵")) == answer_to("🍵")


async def test_a_surrogate_pair_torn_between_deltas_is_joined(
    server: OpenAIServer, openai: OpenAIAssistant, api: str
) -> None:
    parts = [r"tea \ud83c", r"\udf75!", r" \ud83c", r"x \u0000\u001b."]
    server.script(
        Behaviour(text="", end="cut", raw=[*(SAYS[api] % part for part in parts), ENDS[api]])
    )
    assert text_of(await heard(openai, "Hi")) == "tea 🍵! \ufffdx \ufffd."


async def test_pieces_come_while_the_answer_is_being_written(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    server.script(Behaviour(end="stall"))
    async with aclosing(openai.stream(chat("Hi"))) as stream:
        assert isinstance(await anext(stream), TextPiece)
        assert not server.requests[-1].finished.is_set()


def test_history_is_cut_to_the_budget_from_the_oldest() -> None:
    lines = [f"{number}: {'é' * 60}" for number in range(50)]
    kept = recent(chat(*lines), 10 * estimate(lines[-1]))
    assert [line.text for line in kept] == lines[-10:]


def test_the_question_is_kept_whatever_it_costs() -> None:
    question = "日" * 8000
    assert [line.text for line in recent(chat("before", question), 100)] == [question]


async def test_asking_for_a_person_is_an_event(openai: OpenAIAssistant) -> None:
    events = await heard(openai, "!person")
    assert text_of(events) == answer_to("!person")
    assert events[-2] == PersonAsked("They asked for a person. 🙋")
    assert isinstance(events[-1], StreamEnded)


async def test_asking_for_a_person_without_a_word_is_an_answer(openai: OpenAIAssistant) -> None:
    asked, done = await heard(openai, "!person-silently")
    assert isinstance(asked, PersonAsked)
    assert isinstance(done, StreamEnded)


async def test_a_refusal_is_text(server: OpenAIServer, openai: OpenAIAssistant) -> None:
    server.script(Behaviour(text="I cannot help with that.", refuse=True))
    assert text_of(await heard(openai, "…")) == "I cannot help with that."


async def test_an_answer_cut_by_its_length_is_kept_and_says_so(openai: OpenAIAssistant) -> None:
    events = await heard(openai, "!short")
    assert text_of(events) == answer_to("!short")
    assert isinstance(events[-1], StreamEnded)
    assert events[-1].cut


async def test_usage_may_be_missing(server: OpenAIServer, openai: OpenAIAssistant) -> None:
    server.script(Behaviour(usage=False))
    assert (await heard(openai, "Hi"))[-1] == StreamEnded(None)


@pytest.mark.parametrize(
    ("command", "code", "retryable"),
    [
        ("!error", "server_error", True),
        ("!failed", "server_error", True),
        ("!cut", "cut", True),
        ("!abort", "cut", True),
        ("!filtered", "refused", False),
    ],
)
async def test_i6_a_broken_stream_fails_after_what_it_showed(
    openai: OpenAIAssistant, command: str, code: str, retryable: bool
) -> None:
    shown, failure = await failed(openai, command)
    assert shown
    assert answer_to(command).startswith(shown)
    assert (failure.code, failure.retryable) == (code, retryable)


async def test_i6_a_stream_that_stalls_fails_after_what_it_showed(
    server: OpenAIServer, api: str
) -> None:
    behaviour = Behaviour(text="Two words", end="stall")
    assert await shown_before_a_stall(server, api, behaviour, 2) == "Two "


@pytest.mark.parametrize(
    "behaviour", [Behaviour(text="", wait=30), Behaviour(text="", end="stall")]
)
async def test_silence_from_the_start_is_a_stall(
    server: OpenAIServer, api: str, behaviour: Behaviour
) -> None:
    assert await shown_before_a_stall(server, api, behaviour, 0.2) == ""


async def shown_before_a_stall(
    server: OpenAIServer, api: str, behaviour: Behaviour, seconds: float
) -> str:
    server.script(behaviour)
    assistant = made(server, api, stall_seconds=seconds)
    shown, failure = await failed(assistant, "Hi")
    await assistant.close()
    assert (failure.code, failure.retryable) == ("stalled", True)
    return shown


@pytest.mark.parametrize(
    ("behaviour", "code", "retryable"),
    [
        (Behaviour(status=400, code="invalid_request_error"), "bad_request", False),
        (Behaviour(status=401, code="invalid_api_key"), "unauthorized", False),
        (Behaviour(status=403), "forbidden", False),
        (Behaviour(status=404, code="model_not_found"), "not_found", False),
        (Behaviour(status=408), "stalled", True),
        (Behaviour(status=409), "conflict", True),
        (Behaviour(status=422), "bad_request", False),
        (Behaviour(status=429, code="rate_limit_exceeded"), "rate_limited", True),
        (Behaviour(status=429, code="insufficient_quota"), "quota", False),
        (Behaviour(status=500), "server_error", True),
        (Behaviour(status=503), "server_error", True),
        (Behaviour(status=500, headers={"x-should-retry": "false"}), "server_error", False),
        (Behaviour(text=""), "empty", True),
        (Behaviour(text=" "), "empty", True),
        (Behaviour(text="", end="cut"), "cut", True),
        (Behaviour(text="", end="abort"), "cut", True),
        (Behaviour(text="", end="failed", code="rate_limit_exceeded"), "rate_limited", True),
        (Behaviour(text="", end="failed", code="invalid_prompt"), "refused", False),
        (Behaviour(text="", end="error", code="insufficient_quota"), "quota", False),
        (Behaviour(status=404, code=404), "not_found", False),
        (Behaviour(text="", end="error", code=429), "rate_limited", True),
        (Behaviour(text="", end="failed", code="502"), "server_error", True),
        (Behaviour(text="", end="cut", raw=["data: {not json"]), "garbled", True),
        (Behaviour(text="", end="cut", raw=['data: {"no": "type"}']), "cut", True),
        (Behaviour(text="", end="cut", raw=['data: {"type": "of.the.future"}']), "cut", True),
        (Behaviour(text="", end="cut", raw=["data: [DONE]"]), ("cut", "empty"), True),
        (Behaviour(text="", end="cut", raw=['data: {"error": {"code": "x"}}']), *SERVER_ERROR),
        (Behaviour(text="", end="cut", raw=['data: {"error": "it is down"}']), *SERVER_ERROR),
        (Behaviour(text="", end="cut", raw=['event: error\ndata: {"message": ""}']), *SERVER_ERROR),
        *(
            (Behaviour(text="", end="cut", raw=[f"data: {event}"]), ("garbled", "cut"), True)
            for event in MISSHAPEN
        ),
    ],
)
async def test_a_failure_says_what_it_is_and_whether_to_try_again(
    server: OpenAIServer,
    openai: OpenAIAssistant,
    api: str,
    behaviour: Behaviour,
    code: str | tuple[str, str],
    retryable: bool,
) -> None:
    server.script(behaviour)
    shown, failure = await failed(openai, "Hi")
    assert not shown.strip()
    if isinstance(code, tuple):
        code = dict(zip(("responses", "chat"), code, strict=True))[api]
    assert (failure.code, failure.retryable) == (code, retryable)
    assert "sk-test" not in f"{failure} {failure.detail}"
