"""B16 measures the same on both sides: the whole history, and the whole answer."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from core.assistants.assistant import AssistantFailed, StreamEnded, TextPiece
from core.assistants.profile import find
from tests.benchmarks.asking import answer, history, request_body
from tests.benchmarks.others.instant import LINES, STREAMED, Instant
from tests.unit.asking_openai import made


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    server.close()


async def heard(base_url: str, lines: int) -> str:
    assistant = made(base_url, profile=find(None, None))
    try:
        events = [event async for event in assistant.stream(history(lines))]
    finally:
        await assistant.close()
    assert isinstance(events[-1], StreamEnded)
    return "".join(event.text for event in events if isinstance(event, TextPiece))


async def test_the_bound_and_we_read_the_same_answer(base_url: str) -> None:
    assert await heard(base_url, LINES) == STREAMED
    async with aiohttp.ClientSession() as session:
        body = request_body(base_url, LINES)
        assert await answer(session, f"{base_url}/responses", body) == STREAMED


async def test_a_chat_without_its_whole_history_is_not_answered(base_url: str) -> None:
    with pytest.raises(AssistantFailed) as raised:
        await heard(base_url, LINES - 1)
    assert raised.value.code == "bad_request"
