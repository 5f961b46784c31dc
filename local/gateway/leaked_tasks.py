"""Tasks that a handler leaves running: Lambda freezes them, so what they were to do is lost.

Nothing is watched until `watch` was called for the loop, as tests do: it costs every task a
little.
"""

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context, ContextVar
from typing import Any

_Tasks = list["asyncio.Task[Any]"]
_started: ContextVar[_Tasks | None] = ContextVar("started", default=None)

_Work = Coroutine[Any, Any, Any] | Generator[Any, None, Any]


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """From now on, remember which tasks were started within which invocation."""
    loop.set_task_factory(_remember)


def invocation() -> AbstractContextManager[_Tasks]:
    """Collect the tasks that are started inside, by whatever is called."""
    if asyncio.get_running_loop().get_task_factory() is not _remember:
        return nullcontext([])
    return _collecting()


@contextmanager
def _collecting() -> Iterator[_Tasks]:
    started: _Tasks = []
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
