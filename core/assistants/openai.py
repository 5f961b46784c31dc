"""OpenAI, or a server that speaks like it, as an assistant. It does not retry: its caller does."""

import asyncio
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import httpx2
from openai import AsyncOpenAI, AsyncStream, Omit, OpenAIError, Timeout

from core.assistants.api import ProviderApi, Reader
from core.assistants.assistant import AssistantFailed, StreamEvent
from core.assistants.endpoint import Endpoint
from core.assistants.failures import STREAM_ERRORS, failure
from core.assistants.profile import Profile
from core.assistants.prompt import cost
from core.assistants.sse import Event, EventStream
from core.model import CallCost, Conversation

CONNECT_SECONDS = 5.0
# How long to wait for the usage, which may come after the answer.
USAGE_SECONDS = 2.0
NO_KEY = "none"
BROKEN_OFF = ("stalled", "cut", "garbled")


class OpenAIAssistant:
    """One client for all chats. It is made at the first question, because it belongs to one loop.

    `stall_seconds` is how long the provider may send no byte at all.
    """

    merges_messages = True

    def __init__(
        self,
        *,
        key: str | None,
        endpoint: Endpoint,
        api: ProviderApi,
        profile: Profile,
        stall_seconds: float,
    ) -> None:
        self.history = profile.options.history_messages
        self.cost: CallCost | None = cost(profile)
        self._key = key
        self._endpoint = endpoint
        self._api = api
        self._path = api.path(endpoint, profile.options.model)
        self._profile = profile
        self._stall = stall_seconds
        self._client: AsyncOpenAI | None = None

    async def stream(self, conversation: Conversation) -> AsyncGenerator[StreamEvent, None]:
        response = await self._open(conversation)
        reader = self._api.reader(self._profile.options.max_output_tokens)
        events = EventStream(response.aiter_bytes(), response.headers.get("content-type", ""))
        try:
            try:
                while not reader.ended and (event := await _next(events, reader)):
                    for part in _read(reader, event):
                        yield part
            finally:
                await events.drain(ended=reader.finished)
                await response.aclose()
            yield reader.done()
        except AssistantFailed as failed:
            # Whoever breaks off without a word has read the question at least.
            failed.usage = reader.usage
            failed.begun = reader.begun or failed.code in BROKEN_OFF
            raise

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            version = self._endpoint.api_version
            self._client = AsyncOpenAI(
                api_key=self._key or NO_KEY,
                base_url=self._endpoint.url,
                default_query={"api-version": version} if version else None,
                max_retries=0,
                # Each read may take so long, and any byte ends it.
                timeout=Timeout(self._stall, connect=min(CONNECT_SECONDS, self._stall)),
            )
        return self._client

    def _headers(self) -> dict[str, str | Omit]:
        if self._key is None:
            return {"Authorization": Omit()}
        if self._endpoint.api_version is not None:
            return {"Authorization": Omit(), "api-key": self._key}
        return {}

    async def _open(self, conversation: Conversation) -> httpx2.Response:
        try:
            # `responses.create` compares every line with the type of every possible input.
            # For 60 lines that blocks the event loop for 20 ms.
            stream = await self._connected().post(
                self._path,
                body=self._api.body(self._endpoint, self._profile, conversation),
                options={"headers": self._headers()},
                cast_to=object,
                stream=True,
                stream_cls=AsyncStream[object],
            )
        except (OpenAIError, TimeoutError, ValueError) as error:
            raise self._located(failure(error, streaming=False)) from None
        return stream.response

    def _located(self, failed: AssistantFailed) -> AssistantFailed:
        """The failure with what was asked for, and where."""
        where = f"{self._profile.options.model} at {self._endpoint.url}{self._path}"
        if failed.code == "not_found" and urlsplit(self._endpoint.url).path in ("", "/"):
            where += " (does OPENAI_BASE_URL lack its /v1?)"
        words = failed.detail.replace(self._key, "…") if self._key else failed.detail
        failed.detail = f"{words}; {where}"
        return failed


async def _next(events: EventStream, reader: Reader) -> Event | None:
    try:
        async with asyncio.timeout(USAGE_SECONDS if reader.finished else None):
            return await events.next()
    except STREAM_ERRORS as error:
        if reader.finished:
            return None
        raise failure(error, streaming=True) from None


def _read(reader: Reader, event: Event) -> list[StreamEvent]:
    try:
        return list(reader.read(event))
    except (AttributeError, KeyError, TypeError):
        raise AssistantFailed("garbled", retryable=True, detail="unreadable event") from None
