"""Pushes a committed change to its recipients. All of them get the same bytes."""

from collections.abc import Iterable, Iterator, Sequence

from core.delivery.push import Post, Push, PushResult
from core.model import ConnectionId, Draft, Target
from core.protocol import wire
from core.store.answers import Saved
from core.store.changes import Change
from core.store.connections import ConnectionStore

# A push gets 410 while its socket still opens. So a younger row is not deleted.
OPENING_SECONDS = 10


class Publisher:
    def __init__(self, connections: ConnectionStore, push: Push) -> None:
        self._connections = connections
        self._push = push

    async def publish(self, *changes: Change) -> PushResult:
        """Push messages and summaries to their recipients."""
        return await self._deliver(post for change in changes for post in _posts(change))

    async def publish_to_others(self, change: Change, frame: bytes, but: ConnectionId) -> None:
        """The same for one message, already encoded. `but` is its sender and gets no push."""
        recipients = (*change.users, *change.managers)
        readers = [one for one in recipients if one.connection_id != but]
        await self._deliver([Post(readers, frame, must=True), *_summaries(change)])

    async def send(self, frame: bytes, targets: Sequence[Target]) -> None:
        """Push one frame once. It may be lost."""
        await self._deliver([Post(targets, frame)])

    async def delta(self, draft: Draft, offset: int, piece: str, saved: Saved) -> None:
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


def _posts(change: Change) -> Iterator[Post]:
    readers = (*change.users, *change.managers)
    if readers:
        for message in change.messages:
            yield Post(readers, wire.message_frame(message), must=True)
    yield from _summaries(change)
    if change.budget is not None and change.managers:
        yield Post(change.managers, wire.budget_frame(change.budget))


def _summaries(change: Change) -> Iterator[Post]:
    if change.chat is None:
        return
    for for_user, targets in ((True, change.users), (False, change.managers)):
        if targets:
            yield Post(targets, wire.chat_frame(change.chat, for_user=for_user))
