"""OpenAI, or a server that speaks like it, as an assistant. It does not retry: its caller does."""

import asyncio
import copy
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

import httpx2
import structlog
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient, Omit, OpenAIError, Timeout
from pydantic import ValidationError

from core.answerer import Answerer, Content, Offers
from core.assistants.api import ProviderApi, Reader
from core.assistants.assistant import AssistantFailed, StreamEvent
from core.assistants.endpoint import Endpoint
from core.assistants.failures import STREAM_ERRORS, failure
from core.assistants.profile import Profile, made
from core.assistants.prompt import cost, offers
from core.assistants.sse import Event, EventStream
from core.model import CallCost, Conversation

CONNECT_SECONDS = 5.0
# How long to wait for the usage, which may come after the answer.
USAGE_SECONDS = 2.0
NO_KEY = "none"
BROKEN_OFF = ("stalled", "cut", "garbled")
# So many versions of assistants are kept ready.
KEPT = 50

log = structlog.get_logger()


class Provider:
    """One client for all chats. It is made at the first question, because it belongs to one loop.

    `stall_seconds` is how long the provider may send no byte at all.
    """

    def __init__(self, key: str | None, endpoint: Endpoint, stall_seconds: float) -> None:
        self.key = key
        self.endpoint = endpoint
        self._stall = stall_seconds
        self._client: AsyncOpenAI | None = None

    def connected(self) -> AsyncOpenAI:
        if self._client is None:
            version = self.endpoint.api_version
            self._client = AsyncOpenAI(
                api_key=self.key or NO_KEY,
                base_url=self.endpoint.url,
                default_query={"api-version": version} if version else None,
                max_retries=0,
                # Each read may take so long, and any byte ends it.
                timeout=Timeout(self._stall, connect=min(CONNECT_SECONDS, self._stall)),
                # It reads a stream at half the cost of the usual one.
                http_client=DefaultAioHttpClient(),
            )
        return self._client

    def headers(self) -> dict[str, str | Omit]:
        if self.key is None:
            return {"Authorization": Omit()}
        if self.endpoint.api_version is not None:
            return {"Authorization": Omit(), "api-key": self.key}
        return {}

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


class OpenAIAssistant:
    """`profile`: what answers where a site chooses nothing. `files`: others that it may choose."""

    merges_messages = True

    def __init__(
        self,
        *,
        key: str | None,
        endpoint: Endpoint,
        api: ProviderApi,
        profile: Profile,
        stall_seconds: float,
        files: Sequence[Profile] = (),
    ) -> None:
        self.offers: Offers | None = offers(profile, files)
        self._provider = Provider(key, endpoint, stall_seconds)
        self._api = api
        self._usual = profile
        self._files = {(one.name, one.version): one for one in files}
        self._chosen: OrderedDict[tuple[str, str], OpenAIAssistant] = OrderedDict()
        self._instruct(profile)

    def chosen(self, answerer: Answerer | None) -> "OpenAIAssistant":
        if answerer is None:
            return self
        named = (answerer.assistant_id, answerer.version)
        if named not in self._chosen:
            self._chosen[named] = self._made(answerer, self._files.get(named))
            if len(self._chosen) > KEPT:
                self._chosen.popitem(last=False)
        return self._chosen[named]

    def instructed(self, content: Content) -> "OpenAIAssistant":
        usual = self._usual.options.model
        return self._with(made(content.name, content.instructions, content.options, usual))

    def _with(self, profile: Profile) -> "OpenAIAssistant":
        """Another assistant of the same provider."""
        other = copy.copy(self)
        other._instruct(profile)
        return other

    def _instruct(self, profile: Profile) -> None:
        self.history = profile.options.history_messages
        self.cost: CallCost | None = cost(profile)
        self._path = self._api.path(self._provider.endpoint, profile.options.model)
        self._profile = profile

    def _made(self, answerer: Answerer, file: Profile | None) -> "OpenAIAssistant":
        try:
            if answerer.content is not None:
                return self.instructed(answerer.content)
        except ValidationError as error:
            log.warning(
                "assistant_unreadable",
                assistant_id=answerer.assistant_id,
                reason="; ".join(str(one["msg"]) for one in error.errors()),
            )
        return self if file is None else self._with(file)

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
        await self._provider.close()

    async def _open(self, conversation: Conversation) -> httpx2.Response:
        try:
            # `responses.create` compares every line with the type of every possible input.
            # For 60 lines that blocks the event loop for 20 ms.
            stream = await self._provider.connected().post(
                self._path,
                body=self._api.body(self._provider.endpoint, self._profile, conversation),
                options={"headers": self._provider.headers()},
                cast_to=object,
                stream=True,
                stream_cls=AsyncStream[object],
            )
        except (OpenAIError, TimeoutError, ValueError) as error:
            raise self._located(failure(error, streaming=False)) from None
        return stream.response

    def _located(self, failed: AssistantFailed) -> AssistantFailed:
        """The failure with what was asked for, and where."""
        url, key = self._provider.endpoint.url, self._provider.key
        where = f"{self._profile.options.model} at {url}{self._path}"
        if failed.code == "not_found" and urlsplit(url).path in ("", "/"):
            where += " (does OPENAI_BASE_URL lack its /v1?)"
        words = failed.detail.replace(key, "…") if key else failed.detail
        failed.detail = f"{words}; {where}"
        return failed


async def _next(events: EventStream, reader: Reader) -> Event | None:
    try:
        if not reader.finished:
            return await events.next()
        async with asyncio.timeout(USAGE_SECONDS):
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
