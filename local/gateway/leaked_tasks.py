"""Finds leaked tasks: a handler leaves them running, and Lambda freezes them. Their work is lost.

It costs every task a little. So only tests watch, by calling `watch` for the loop.
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
    """Collect the tasks of each invocation from now on."""
    loop.set_task_factory(_remember)


def invocation() -> AbstractContextManager[_Tasks]:
    """Collect the tasks that are started inside this context, at any depth."""
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
