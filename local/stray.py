"""Tasks that a handler leaves running: Lambda freezes them, so what they were to do is lost.

Nothing is watched until `watch` was called for the loop, as tests do: it costs every task a
little.
"""

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Any

_started: ContextVar[list["asyncio.Task[Any]"] | None] = ContextVar("started", default=None)

_Work = Coroutine[Any, Any, Any] | Generator[Any, None, Any]


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """From now on, remember which tasks were started within which invocation."""
    loop.set_task_factory(_remember)


@contextmanager
def invocation() -> Iterator[list["asyncio.Task[Any]"]]:
    """Collect the tasks that are started inside, by whatever is called."""
    started: list[asyncio.Task[Any]] = []
    token = _started.set(started)
    try:
        yield started
    finally:
        _started.reset(token)


def _remember(
    loop: asyncio.AbstractEventLoop, work: _Work, *, context: Context | None = None, **more: Any
) -> "asyncio.Task[Any]":
    task = asyncio.Task(work, loop=loop, context=context, **more)
    started = _started.get() if context is None else context.get(_started)
    if started is not None:
        started.append(task)
    return task
