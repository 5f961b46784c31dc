"""Where providers are, what they are shown, and what is said when nothing is there."""

import pytest

from core.assistants.assistant import AssistantFailed
from core.assistants.openai import OpenAIAssistant
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.unit.asking_openai import heard, made, text_of

DATED = "api-version=2025-04-01-preview"


async def failed(assistant: OpenAIAssistant) -> AssistantFailed:
    with pytest.raises(AssistantFailed) as raised:
        await heard(assistant, "Hi")
    return raised.value


@pytest.mark.parametrize(
    ("path", "api", "target"),
    [
        ("/openai/v1", "responses", "/openai/v1/responses"),
        ("/openai/v1", "chat", "/openai/v1/chat/completions"),
        (f"/openai?{DATED}", "responses", f"/openai/responses?{DATED}"),
        (f"/openai?{DATED}", "chat", f"/openai/deployments/gpt-6-luna/chat/completions?{DATED}"),
        (
            f"/openai/deployments/tea?{DATED}",
            "chat",
            f"/openai/deployments/tea/chat/completions?{DATED}",
        ),
    ],
)
async def test_azure_is_asked_at_each_of_its_addresses(
    server: OpenAIServer, path: str, api: str, target: str
) -> None:
    assistant = made(server.base_url.removesuffix("/v1") + path, api)
    assert text_of(await heard(assistant, "Hi")) == answer_to("Hi")
    await assistant.close()
    (request,) = server.requests
    assert request.target == target
    dated = DATED in path
    assert request.headers.get("api-key") == ("sk-test" if dated else None)
    assert request.headers.get("authorization") == (None if dated else "Bearer sk-test")


@pytest.mark.parametrize("path", ["/v1", f"/openai?{DATED}"])
async def test_without_a_key_none_is_sent(server: OpenAIServer, path: str, api: str) -> None:
    assistant = made(server.base_url.removesuffix("/v1") + path, api, key=None)
    assert text_of(await heard(assistant, "Hi")) == answer_to("Hi")
    await assistant.close()
    assert not server.requests[0].headers.keys() & {"authorization", "api-key"}


async def test_a_404_names_the_model_and_the_address(server: OpenAIServer, api: str) -> None:
    says = "no such model for sk-test\n\x1b[31m" + "." * 500
    server.script(Behaviour(status=404, code="model_not_found", says=says))
    assistant = made(server.base_url, api)
    detail = (await failed(assistant)).detail
    await assistant.close()
    path = "chat/completions" if api == "chat" else "responses"
    assert f"gpt-6-luna at {server.base_url}/{path}" in detail
    assert "no such model for …" in detail
    assert detail.isprintable()
    assert len(detail) < 400


async def test_a_404_of_an_address_without_a_path_asks_for_it(
    server: OpenAIServer, api: str
) -> None:
    assistant = made(server.base_url.removesuffix("/v1"), api)
    refused = await failed(assistant)
    await assistant.close()
    assert refused.code == "not_found"
    assert "does OPENAI_BASE_URL lack its /v1?" in refused.detail


@pytest.mark.parametrize(
    ("says", "hint"),
    [
        ('"auto" tool choice requires --enable-auto-tool-choice', "ask_for_person: false"),
        ("registry.ollama.ai/library/gemma:2b does not support tools", "ask_for_person: false"),
        ("request (4801 tokens) exceeds the available context size (4096)", "history_tokens"),
        ("This model's maximum context length is 4096 tokens.", "history_tokens"),
        ("Invalid model name passed in model=tea. Call `/v1/models`", "have this model?"),
    ],
)
async def test_what_a_server_refuses_is_told_from_a_wrong_question(
    server: OpenAIServer, openai: OpenAIAssistant, says: str, hint: str
) -> None:
    """In their own words: vLLM, Ollama, llama.cpp, vLLM again and LiteLLM."""
    server.script(Behaviour(status=400, code=400, says=says))
    assert hint in (await failed(openai)).detail


async def test_no_words_of_a_visitor_come_into_a_failure(
    server: OpenAIServer, openai: OpenAIAssistant
) -> None:
    """A server that checks its input may quote it."""
    says = "1 validation error: input_value='my secret question'"
    server.script(Behaviour(status=422, code="my secret question", says=says))
    assert "secret" not in (await failed(openai)).detail
