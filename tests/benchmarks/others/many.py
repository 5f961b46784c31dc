"""An OpenAI that gives many answers at once, 40 tokens a second each; a token says when it left.

python -m tests.benchmarks.others.many PORT
"""

import asyncio
import json
import re
import sys

import uvloop

from tests.benchmarks.others.instant import HEAD
from tests.benchmarks.others.ok import Ok, serve
from tests.openai_events import Behaviour, Json, events

A_SECOND = 40
# The last question says how many tokens it wants.
WANTED = re.compile(rb'"content":"(\d+)"')


def chunk(event: Json) -> bytes:
    data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


class Many(Ok):
    # What echoes the request is the same for all, so it is made at the first question.
    begin = b""
    end = b""
    before = b""
    after = b""

    def answer(self, body: bytes) -> bytes:
        if not Many.begin:
            prepare(body)
        asyncio.get_running_loop().create_task(self.stream(int(WANTED.findall(body)[-1])))
        return Many.begin

    async def stream(self, tokens: int) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for n in range(1, tokens + 1):
            await asyncio.sleep(began + n / A_SECOND - loop.time())
            if self.transport.is_closing():
                return
            # The monotonic clock is the same one in every process of a machine.
            data = b"%b%.6f %b" % (Many.before, loop.time(), Many.after)
            self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.transport.write(Many.end)


def prepare(body: bytes) -> None:
    """Everything but the tokens."""
    before, after, token = [HEAD], list[bytes](), b""
    for event in events(Behaviour(text="TOKEN"), json.loads(body), ""):
        if event["type"] == "response.output_text.delta":
            token = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        else:
            (after if token else before).append(chunk(event))
    Many.before, _, Many.after = token.partition(b"TOKEN")
    Many.begin, Many.end = b"".join(before), b"".join([*after, b"0\r\n\r\n"])


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Many))
