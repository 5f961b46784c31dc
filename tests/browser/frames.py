"""The work of a page in each frame: the processor's time that its main thread took."""

import json
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page

FRAME = "FireAnimationFrame"
CATEGORIES = ["toplevel", "v8", "devtools.timeline"]


@asynccontextmanager
async def traced(browser: Browser, page: Page) -> AsyncIterator[list[float]]:
    """Milliseconds of each frame's work, once it is over."""
    took: list[float] = []
    await browser.start_tracing(page=page, categories=CATEGORIES)
    try:
        yield took
    finally:
        trace = await browser.stop_tracing()
    took += frames(json.loads(trace))


def frames(trace: dict[str, Any]) -> list[float]:
    """Milliseconds of the main thread's own work in each frame."""
    events = trace["traceEvents"]
    drawn = [e for e in events if e["name"] == FRAME]
    ours = max({(e["pid"], e["tid"]) for e in drawn}, key=lambda of: _count(drawn, of))
    begins = sorted(e["ts"] for e in drawn if (e["pid"], e["tid"]) == ours)
    works = [0.0] * (len(begins) + 1)
    done = 0
    for event in sorted((e for e in events if e["ph"] == "X"), key=lambda e: (e["ts"], -e["dur"])):
        # What is done within another event is counted with that one.
        if (event["pid"], event["tid"]) == ours and event["ts"] >= done:
            done = event["ts"] + event["dur"]
            works[bisect_right(begins, event["ts"])] += event.get("tdur", 0) / 1e3
    # Before the first and after the last nothing is scrolled.
    return works[1:-1]


def _count(drawn: list[dict[str, Any]], of: tuple[int, int]) -> int:
    return sum((e["pid"], e["tid"]) == of for e in drawn)
