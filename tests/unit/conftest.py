"""A local OpenAI, and the assistant that asks it, by each of the two APIs."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.assistants.openai import OpenAIAssistant
from tests.openai_server import OpenAIServer
from tests.unit.asking_openai import made


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(params=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def openai(server: OpenAIServer, api: str) -> AsyncIterator[OpenAIAssistant]:
    assistant = made(server, api)
    yield assistant
    await assistant.close()
