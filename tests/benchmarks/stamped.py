"""Our server, whose tokens say how late they came from the assistant, and flushes when they left.

Between the two a token waits for its flush on purpose, four times a second. Late is in µs, so that
a token is no longer than a real one.
"""

import time

from core.assistants.assistant import StreamEvent, TextPiece
from core.assistants.throttle import Throttle
from local.__main__ import main

note, take = Throttle._note, Throttle._take


def noted(self: Throttle, event: StreamEvent) -> None:
    if isinstance(event, TextPiece):
        late = time.monotonic() - float(event.text)
        event = TextPiece(f"{late * 1e6:.0f} ")
    note(self, event)


def taken(self: Throttle) -> str:
    piece = take(self)
    return f"{piece}|{time.monotonic():.6f}" if piece else piece


Throttle._note = noted  # type: ignore[method-assign]
Throttle._take = taken  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
