"""Tells everyone concerned what a committed step changed. One encoding serves all receivers."""

from collections.abc import Iterable, Iterator, Sequence

from core.delivery.push import Delivery, Post, Push
from core.model import ConnectionId, Draft, Target, Told
from core.protocol import wire
from core.store.chats import OPENING_SECONDS, Store
from core.store.steps import Saved


class Fanout:
    def __init__(self, store: Store, push: Push) -> None:
        self._store = store
        self._push = push

    async def tell(self, *all_told: Told) -> Delivery:
        """Push messages and summaries."""
        return await self._deliver(post for told in all_told for post in _posts(told))

    async def tell_others(self, told: Told, frame: bytes, but: ConnectionId) -> None:
        """The same for one message, whose frame is made: `but` gets it as an answer."""
        readers = [one for one in (*told.users, *told.managers) if one.connection_id != but]
        posts = [Post(readers, frame, must=True), *_of_chat(told)]
        await self._deliver(posts)

    async def send(self, frame: bytes, targets: Sequence[Target]) -> None:
        """Push one frame that may be lost."""
        await self._deliver([Post(targets, frame)])

    async def delta(self, draft: Draft, offset: int, piece: str, saved: Saved) -> None:
        """Push a piece of the running answer to the visitor and to the managers who watch."""
        targets = (*saved.users, *saved.managers)
        if targets:
            await self.send(wire.delta_frame(draft, offset, piece), targets)

    async def close(self, target: Target) -> None:
        """Close a connection that is not known here, so that its client connects again."""
        await self._push.close(target)

    async def _deliver(self, posts: Iterable[Post]) -> Delivery:
        delivery = await self._push.deliver(posts)
        for target in delivery.gone:
            left = await self._store.leave(target.connection_id, OPENING_SECONDS)
            # One step only: who is gone among these is found by the next push or by the sweep.
            await self._push.deliver(_posts(left))
        return delivery


def _posts(told: Told) -> Iterator[Post]:
    readers = (*told.users, *told.managers)
    if readers:
        for message in told.messages:
            yield Post(readers, wire.message_frame(message), must=True)
    yield from _of_chat(told)


def _of_chat(told: Told) -> Iterator[Post]:
    if told.chat is None:
        return
    for for_user, targets in ((True, told.users), (False, told.managers)):
        if targets:
            yield Post(targets, wire.chat_frame(told.chat, for_user=for_user))
