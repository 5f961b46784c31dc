"""How often a question with a long history is answered, asked and read with nothing around it.

python -m tests.benchmarks.asking PORT ASKERS SECONDS     (PORT: others/instant.py's)
"""

import asyncio
import json
import sys
import time

import aiohttp
import orjson
import uvloop

from core.assistants.endpoint import read
from core.assistants.profile import find
from core.assistants.responses import Responses
from core.model import ChatId, Conversation, Line
from tests.benchmarks.load import quantile
from tests.benchmarks.others.instant import ANSWER, LINES, QUESTION, STREAMED

HEADERS = {"authorization": "Bearer none", "content-type": "application/json"}


def history(lines: int) -> Conversation:
    """Questions and answers by turns, the newest a question."""
    newest_first = [
        Line("assistant", ANSWER) if n % 2 else Line("user", QUESTION) for n in range(lines)
    ]
    return Conversation(ChatId("ada"), tuple(newest_first[::-1]))


def request_body(url: str, lines: int) -> dict[str, object]:
    """What is sent with a history of so many lines."""
    return Responses().body(read(url), find(None, None), history(lines))


async def answer(session: aiohttp.ClientSession, url: str, body: object) -> str:
    """Ask, and read the stream to its end."""
    content = orjson.dumps(body)
    text, ended = "", False
    async with session.post(url, data=content, headers=HEADERS) as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                event = orjson.loads(line[6:])
                if event["type"] == "response.output_text.delta":
                    text += event["delta"]
                ended = event["type"] == "response.completed"
    assert ended
    return text


async def main(port: str, askers: str, seconds: str) -> None:
    url = f"http://127.0.0.1:{port}/v1/responses"
    body = request_body(url, LINES)
    took: list[float] = []

    async def ask(session: aiohttp.ClientSession, until: float) -> None:
        while (began := time.perf_counter()) < until:
            assert await answer(session, url, body) == STREAMED
            took.append(time.perf_counter() - began)

    async with aiohttp.ClientSession() as session:
        began = time.perf_counter()
        until = began + float(seconds)
        await asyncio.gather(*(ask(session, until) for _ in range(int(askers))))
        whole = time.perf_counter() - began
    print(json.dumps({"answers_per_second": len(took) / whole, "p50": quantile(took, 0.5)}))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
