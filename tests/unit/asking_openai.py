"""What the tests of OpenAI as an assistant share."""

from core.assistants.api import ProviderApi
from core.assistants.assistant import StreamEvent, TextPiece
from core.assistants.chat_completions import ChatCompletions
from core.assistants.endpoint import read
from core.assistants.openai import OpenAIAssistant
from core.assistants.profile import Options, Profile
from core.assistants.responses import Responses
from core.model import ChatId, Conversation, Line, Role
from tests.openai_server import OpenAIServer

# A busy machine is slow as well: that must not look like a stall.
STALL_SECONDS = 20.0
APIS: dict[str, type[ProviderApi]] = {"responses": Responses, "chat": ChatCompletions}
# A piece of text and a good end, as they stand on the wire.
SAYS = {
    "responses": 'data: {"type": "response.output_text.delta", "item_id": "m", "delta": "%s"}',
    "chat": 'data: {"choices": [{"delta": {"content": "%s"}}]}',
}
ENDS = {
    "responses": 'data: {"type": "response.completed", "response": {"model": "m"}}',
    "chat": 'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}',
}
PROFILE = Profile("shop", "You sell tea.", Options(model="gpt-6-luna", max_output_tokens=900))


def made(
    server: OpenAIServer | str,
    api: str = "responses",
    profile: Profile = PROFILE,
    stall_seconds: float = STALL_SECONDS,
    key: str | None = "sk-test",
) -> OpenAIAssistant:
    """The assistant at a server, or at an address."""
    address = server if isinstance(server, str) else server.base_url
    return OpenAIAssistant(
        key=key,
        endpoint=read(address),
        api=APIS[api](),
        profile=profile,
        stall_seconds=stall_seconds,
    )


def chat(*lines: str | tuple[Role, str]) -> Conversation:
    read = (Line("user", line) if isinstance(line, str) else Line(*line) for line in lines)
    return Conversation(ChatId("ada"), tuple(read))


async def heard(assistant: OpenAIAssistant, *lines: str | tuple[Role, str]) -> list[StreamEvent]:
    return [event async for event in assistant.stream(chat(*lines))]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))
