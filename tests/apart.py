"""Coroutines for code that has no loop of its own, or is inside one that it must not block."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def apart(work: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, from a loop in a thread of its own."""
    # A loop that ends takes its thread's current one away.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
