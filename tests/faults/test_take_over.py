"""I5, 200 times: a take-over 50 ms into a stream; whatever was shown is kept, and no more comes."""

import asyncio

import httpx2
import pytest

from tests.client import visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server

TIMES, AT_ONCE = 200, 20
INTO_THE_STREAM = 0.05
# Minutes of it, so that none is over before the take-over on a busy machine; and few pieces a
# second, so that there is room for the others.
LONG = Behaviour(text="Häppchen für Häppchen 🍰 " * 1000, delay=0.1)

pytestmark = pytest.mark.timeout(600)


async def take_over(server: Server, http: httpx2.AsyncClient, chat_id: str) -> None:
    async with visitor(server, chat_id) as user:
        await user.say("a long story, please")
        await user.next("delta", seconds=60)
        await asyncio.sleep(INTO_THE_STREAM)
        body = {"chat_id": chat_id, "text": "I am here."}
        sent = await http.post(f"{server.url}/manager/send", json=body)
        assert sent.status_code == 201
        await user.next("message", seconds=60, role="manager")
        # One more round trip each way: whatever was on its way is here.
        await user.send("ping")
        await user.next("pong", seconds=60)
        said = [f for f in user.frames if f["type"] == "message" and f["role"] == "assistant"]
        assert {frame["state"] for frame in said} == {"interrupted"}
        everything = (await user.resume())["messages"]
        assert [(m["role"], m["state"]) for m in everything] == [
            ("user", "final"), ("assistant", "interrupted"), ("manager", "final")
        ]  # fmt: skip
        # A piece that was saved before the take-over may be pushed after it.
        kept = everything[1]["text"]
        for delta in user.of("delta"):
            shown = slice(delta["offset"], delta["offset"] + len(delta["text"]))
            assert kept[shown] == delta["text"], "what the visitor saw is kept"


async def test_i5_a_take_over_50_ms_into_a_stream_two_hundred_times(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    server = serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0")
    openai_server.script(*[LONG] * TIMES)
    limit = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(timeout=60, verify=False) as http:

        async def one(n: int) -> None:
            async with limit:
                await take_over(server, http, f"chat-{n}")

        await asyncio.gather(*(one(n) for n in range(TIMES)))
    # The provider was hung up on each time; nothing goes on being generated, or paid for.
    assert len(openai_server.requests) == TIMES
    for request in openai_server.requests:
        assert await asyncio.to_thread(request.disconnected.wait, 60)
