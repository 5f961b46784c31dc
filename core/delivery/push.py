"""Pushes bytes to connections: into a socket of this process, or over HTTP to its gateway."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from core.delivery.callbacks import FORBIDDEN, GONE, MAX_CONNECTIONS, TIMED_OUT, Callbacks
from core.model import Target
from core.value import value

log = structlog.get_logger()

REFUSED = (
    "The other node has another NODES_SECRET, or its clock is wrong. Sockets there hear nothing."
)
# For one change. A single push has `CALL_SECONDS`.
DELIVERY_SECONDS = 2.0


class Node(Protocol):
    """A gateway of this process. Both methods return at once, with a status of `/@connections`."""

    def post(self, connection_id: str, data: bytes) -> int: ...

    def close(self, connection_id: str) -> int: ...


@value
class Post:
    """A frame for connections. One that `must` arrive is sent twice, and then the socket closed."""

    targets: Sequence[Target]
    data: bytes
    must: bool = False


@dataclass(slots=True)
class PushResult:
    """`taken`: the connections that took everything. `gone`: those that do not exist any more."""

    taken: list[Target] = field(default_factory=list)
    gone: list[Target] = field(default_factory=list)


class Push:
    def __init__(self, callbacks: Callbacks, nodes: Mapping[str, Node] | None = None) -> None:
        self._callbacks = callbacks
        self._nodes = nodes or {}
        self._refusing: set[str] = set()
        self._free = asyncio.Semaphore(MAX_CONNECTIONS)

    async def deliver(self, posts: Iterable[Post]) -> PushResult:
        """Deliver every post, in order for each connection. Never raises; logs failures."""
        result = PushResult()
        remote: dict[Target, list[Post]] = {}
        for post in posts:
            for target in post.targets:
                node = self._nodes.get(target.callback_url)
                if node is None:
                    remote.setdefault(target, []).append(post)
                else:
                    _note(result, target, node.post(target.connection_id, post.data))
        if remote:
            await self._deliver_remote(remote, result)
        return result

    async def close(self, target: Target) -> None:
        """Close a connection. Its client connects again and resumes."""
        node = self._nodes.get(target.callback_url)
        if node is not None:
            node.close(target.connection_id)
            return
        status, reason = await self._callbacks.call("DELETE", target)
        if status not in (204, GONE):
            log.info("close_failed", connection_id=target.connection_id, reason=reason)

    async def _deliver_remote(self, remote: dict[Target, list[Post]], result: PushResult) -> None:
        tasks = {
            asyncio.create_task(self._post_all(target, posts)): target
            for target, posts in remote.items()
        }
        _, late = await asyncio.wait(tasks, timeout=DELIVERY_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        broken = []
        for task, target in tasks.items():
            status = TIMED_OUT if task.cancelled() else task.result()
            _note(result, target, status)
            if status not in (200, GONE) and any(post.must for post in remote[target]):
                broken.append(target)
        await asyncio.gather(*(self.close(target) for target in broken))

    async def _post_all(self, target: Target, posts: list[Post]) -> int:
        async with self._free:
            for post in posts:
                status = await self._post(target, post.data)
                if status not in (200, GONE) and post.must:
                    status = await self._post(target, post.data)
                if status == GONE or (status != 200 and post.must):
                    return status
        return 200

    async def _post(self, target: Target, data: bytes) -> int:
        status, reason = await self._callbacks.call("POST", target, data)
        if status == FORBIDDEN:
            self._refused(target.callback_url, reason)
        elif status not in (200, GONE):
            log.info("push_failed", connection_id=target.connection_id, reason=reason)
        return status

    def _refused(self, callback_url: str, reason: str) -> None:
        """Say it once: it will not change by itself, and no push to that node arrives."""
        if callback_url not in self._refusing:
            self._refusing.add(callback_url)
            log.error("node_refused", callback_url=callback_url, reason=reason, hint=REFUSED)


def _note(result: PushResult, target: Target, status: int) -> None:
    if status == 200:
        result.taken.append(target)
    elif status == GONE:
        result.gone.append(target)
