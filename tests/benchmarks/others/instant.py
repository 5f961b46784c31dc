"""An OpenAI that has its answer ready, and gives it only to a question with a whole history.

python -m tests.benchmarks.others.instant PORT
"""

import json
import sys

import uvloop

from tests.benchmarks.others.ok import Ok, serve
from tests.openai_events import Behaviour, events

LINES = 60
QUESTION = "A question of a visitor who has something to ask."
ANSWER = "An answer of a few words, as in a chat."
# What it answers now, in so many deltas. Thirty of these are within `history_tokens`.
DELTAS = 200
STREAMED = " ".join(str(n % 10) for n in range(DELTAS))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"


class Instant(Ok):
    # Everyone's, made at the first question: what echoes the request is the same for all.
    ready = b""

    def answer(self, body: bytes) -> bytes:
        if body.count(b'"role":') != LINES:
            return REFUSED
        if not Instant.ready:
            Instant.ready = streamed(body)
        return Instant.ready


def streamed(body: bytes) -> bytes:
    """The whole response, each event in a chunk of its own."""
    parts = [HEAD]
    for event in events(Behaviour(text=STREAMED), json.loads(body), ""):
        data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        parts.append(b"%x\r\n%b\r\n" % (len(data), data))
    return b"".join([*parts, b"0\r\n\r\n"])


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Instant))
