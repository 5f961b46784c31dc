"""The assistant's connection to OpenAI: one call per try, closed early, kept for the next."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.assistants.assistant import AssistantFailed, StreamEnded, TextPiece
from core.assistants.openai import OpenAIAssistant
from core.assistants.profile import find
from core.model import ChatId, Conversation, Line
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.unit.asking_openai import made


@pytest.fixture
async def openai(server: OpenAIServer, api: str) -> AsyncIterator[OpenAIAssistant]:
    assistant = at(server.base_url, api)
    yield assistant
    await assistant.close()


def at(base_url: str, api: str = "responses") -> OpenAIAssistant:
    return made(base_url, api, find(None, None), stall_seconds=60)


def asks(question: str) -> Conversation:
    return Conversation(ChatId("ada"), (Line("user", question),))


async def said(assistant: OpenAIAssistant, question: str) -> str:
    events = [event async for event in assistant.stream(asks(question))]
    assert isinstance(events[-1], StreamEnded)
    return "".join(event.text for event in events if isinstance(event, TextPiece))


async def said_once(base_url: str) -> str:
    assistant = at(base_url)
    answer = await said(assistant, "Hi")
    await assistant.close()
    return answer


async def failure(assistant: OpenAIAssistant) -> AssistantFailed:
    with pytest.raises(AssistantFailed) as raised:
        await said(assistant, "Hi")
    return raised.value


async def test_closing_the_stream_early_ends_the_response(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    async with aclosing(openai.stream(asks("!long"))) as stream:
        await anext(stream)
    assert len(asyncio.all_tasks()) == 1
    assert await asyncio.to_thread(server.requests[0].disconnected.wait, 60)


async def test_cancelling_the_reader_ends_the_response(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async for _ in openai.stream(asks("!stall")):
            started.set()

    reader = asyncio.create_task(read())
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert len(asyncio.all_tasks()) == 1
    assert await asyncio.to_thread(server.requests[0].disconnected.wait, 60)


async def test_one_connection_serves_one_answer_after_the_other(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    for number in range(5):
        assert await said(openai, f"{number}") == answer_to(f"{number}")
    assert server.connections == 1


async def test_answers_side_by_side_do_not_mix(openai: OpenAIAssistant) -> None:
    questions = [f"question {number}" for number in range(20)]
    answers = await asyncio.gather(*(said(openai, question) for question in questions))
    assert answers == [answer_to(question) for question in questions]


async def test_it_answers_again_after_close(openai: OpenAIAssistant) -> None:
    await said(openai, "Hi")
    await openai.close()
    assert await said(openai, "Hi") == answer_to("Hi")


async def test_a_refused_connection_is_unreachable() -> None:
    with OpenAIServer() as server:
        base_url = server.base_url
    assistant = at(base_url)
    refused = await failure(assistant)
    await assistant.close()
    assert (refused.code, refused.retryable) == ("unreachable", True)


async def test_the_assistant_itself_tries_once(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    server.script(Behaviour(status=429, headers={"retry-after": "0"}))
    await failure(openai)
    assert len(server.requests) == 1
    assert await said(openai, "Hi") == answer_to("Hi")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Mon, 01 Jan 2024 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_read_in_every_form(
    server: OpenAIServer,
    openai: OpenAIAssistant,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    server.script(Behaviour(status=429, headers=headers))
    assert (await failure(openai)).retry_after == seconds


async def test_retry_after_may_be_a_date(server: OpenAIServer, openai: OpenAIAssistant) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.script(Behaviour(status=503, headers={"retry-after": then}))
    retry_after = (await failure(openai)).retry_after
    assert retry_after is not None
    assert 50 < retry_after <= 60


def test_the_server_runs_in_a_process_of_its_own() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.openai_server"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        base_url = process.stdout.readline().strip()
        script = json.dumps([{"text": "As asked."}]).encode()
        root = base_url.removesuffix("/v1")
        urllib.request.urlopen(f"{root}/script", script).close()
        assert asyncio.run(said_once(base_url)) == "As asked."
        with urllib.request.urlopen(f"{root}/requests") as answer:
            assert [body["store"] for body in json.load(answer)] == [False]
    finally:
        process.terminate()
        process.communicate()
