"""Pushes a committed change to its recipients. All of them get the same bytes."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import structlog

from core.delivery.jobs import Deliver, Queue
from core.delivery.push import Post, Push, PushResult
from core.errors import TryAgain
from core.model import ConnectionId, Draft, Target
from core.protocol import wire
from core.store.changes import Change
from core.store.connections import ConnectionStore

if TYPE_CHECKING:
    from core.store.answers import Saved

log = structlog.get_logger()

# A push gets 410 while its socket still opens. So a younger row is not deleted.
OPENING_SECONDS = 10


class Publisher:
    """`deliveries`: the queue of what goes to places outside, if this process has one."""

    def __init__(
        self, connections: ConnectionStore, push: Push, deliveries: Queue | None = None
    ) -> None:
        self._connections = connections
        self._push = push
        self._deliveries = deliveries

    async def publish(self, *changes: Change) -> PushResult:
        """Push messages and summaries to their recipients."""
        posts = [post for change in changes for post in _posts(change)]
        if not any(map(_goes_outside, changes)):
            return await self._deliver(posts)
        result, _ = await asyncio.gather(self._deliver(posts), self.deliver_outside())
        return result

    async def publish_to_others(self, change: Change, frame: bytes, but: ConnectionId) -> None:
        """The same for one message, already encoded. `but` is its sender and gets no push."""
        others = [one for one in change.users if one.connection_id != but]
        posts = [Post((*others, *_reading_managers(change)), frame, must=True)]
        posts += _summaries(change)
        if not _goes_outside(change):
            await self._deliver(posts)
        else:
            await asyncio.gather(self._deliver(posts), self.deliver_outside())

    async def deliver_outside(self) -> None:
        """Let the notices be sent that are due. If no job is taken, the sweep finds them."""
        if self._deliveries is None:
            return
        try:
            await self._deliveries.enqueue(Deliver())
        except TryAgain:
            log.warning("delivery_postponed")

    async def send(self, frame: bytes, targets: Sequence[Target]) -> None:
        """Push one frame once. It may be lost."""
        await self._deliver([Post(targets, frame)])

    async def send_all(self, *posts: Post) -> None:
        """Push several frames. Those that need not arrive may be lost."""
        await self._deliver(posts)

    async def delta(self, draft: Draft, offset: int, piece: str, saved: "Saved") -> None:
        """Push a piece of the running answer to the visitor and to the watching managers."""
        targets = (*saved.users, *saved.managers)
        if targets:
            await self.send(wire.delta_frame(draft, offset, piece), targets)

    async def close(self, target: Target) -> None:
        """Close a connection that has no row, so that its client connects again."""
        await self._push.close(target)

    async def _deliver(self, posts: Iterable[Post]) -> PushResult:
        result = await self._push.deliver(posts)
        for target in result.gone:
            left = await self._connections.leave(target.connection_id, OPENING_SECONDS)
            # No recursion: the next push or the sweep finds closed connections among these.
            await self._push.deliver(_posts(left))
        return result


def _goes_outside(change: Change) -> bool:
    return change.chat is not None and change.chat.to_deliver


def _posts(change: Change) -> Iterator[Post]:
    readers = (*change.users, *_reading_managers(change))
    if readers:
        for message in change.messages:
            yield Post(readers, wire.message_frame(message), must=True)
    yield from _summaries(change)
    if change.budget is not None and change.budget_to:
        yield Post(change.budget_to, wire.budget_frame(change.budget))
    for viewing in change.viewing:
        if viewing.sockets:
            yield Post(viewing.sockets, wire.viewing_frame(viewing))


def _reading_managers(change: Change) -> Sequence[Target]:
    """The managers who get the messages: all but those of the chat's `listing`."""
    chat = change.chat or change.listed
    if chat is None or not chat.listing:
        return change.managers
    apart = set(chat.listing)
    return [one for one in change.managers if one not in apart]


def _summaries(change: Change) -> Iterator[Post]:
    listed = change.listed
    if listed is not None and listed.listing:
        yield Post(listed.listing, wire.chat_frame(listed, for_user=False))
    if change.chat is None:
        return
    # Some are in both.
    managers = tuple(dict.fromkeys((*change.managers, *change.chat.listing)))
    for for_user, targets in ((True, change.users), (False, managers)):
        if targets:
            yield Post(targets, wire.chat_frame(change.chat, for_user=for_user))
