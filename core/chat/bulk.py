"""Many chats changed at once, and changes taken back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.chat.publish import Publisher
from core.delivery.jobs import AnswerChat, Queue
from core.errors import NotFound
from core.model import Manager
from core.store.bulk import BulkStore, Result

# A push to a socket has its time. The frames of so many chats fit in it.
AT_ONCE = 10
NOTHING = "There is nothing to take back any more."


class Bulk:
    def __init__(self, store: BulkStore, publisher: Publisher, queue: Queue) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue

    async def change(
        self,
        chat_ids: Sequence[str],
        act: Mapping[str, object],
        undo_id: UUID | None,
        manager: Manager,
    ) -> Sequence[Result]:
        """Change chats, and say of each what became of it.

        With `undo_id` it can be taken back for some seconds, and its notices wait as long.
        """
        made = await self._store.change(chat_ids, act, undo_id, manager)
        await self._publish(made)
        return made

    async def undo(self, undo_id: UUID, manager: Manager) -> Sequence[Result]:
        """Take back what this manager did. What others have changed since stays.

        Raises `NotFound`.
        """
        made = await self._store.undo(undo_id, manager)
        if not made:
            raise NotFound(NOTHING)
        await self._publish(made)
        pending = [AnswerChat(one.chat_id) for one in made if one.done and one.pending]
        if pending:
            await self._queue.enqueue(*pending)
        return made

    async def _publish(self, made: Sequence[Result]) -> None:
        changes = [one.change for one in made if one.done]
        for first in range(0, len(changes), AT_ONCE):
            await self._publisher.publish(*changes[first : first + AT_ONCE])
