"""Macros: several steps in a chat as one. All of them are taken, or none."""

from collections.abc import Mapping
from uuid import UUID

from core.chat.publish import Publisher
from core.model import ChatId, Manager
from core.store.bulk import Result
from core.store.macros import Macro, MacroMessage, MacroStore


class Macros:
    def __init__(self, store: MacroStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def save(self, macro: Macro, manager: Manager) -> None:
        """Make a macro, or change it. Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict`."""
        await self._store.save(macro, manager.id)

    async def remove(self, macro: UUID, manager: Manager) -> None:
        """Delete a macro. Raises `NotFound`."""
        await self._store.remove(macro, manager.id)

    async def run(
        self,
        chat_id: ChatId,
        steps: Mapping[str, object],
        message: MacroMessage | None,
        undo_id: UUID | None,
        manager: Manager,
    ) -> Result:
        """Take all these steps in a chat.

        With `undo_id` all but the message can be taken back for some seconds.

        Raises `NotFound`, `Invalid`, `Conflict`, `TryAgain`, and `NewerReply` if a colleague has
        replied after the message's `after_seq`. Then none was taken.
        """
        result = await self._store.run(chat_id, steps, message, undo_id, manager)
        if result.refusal is not None:
            raise result.refusal
        if result.done:
            await self._publisher.publish(result.change)
        return result
