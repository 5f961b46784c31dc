"""Canned replies. Their words are filled in by whoever uses them, in the browser."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from core.chat.canned_csv import rows
from core.errors import Invalid
from core.model import Manager
from core.store.canned import Canned, CannedReply, CannedStore

MOST_ROWS = 300
NOTHING = "There is no reply in this file. It needs two columns: `shortcut` and `text`."
TOO_MANY = f"Please import at most {MOST_ROWS} lines at once."


class CannedReplies:
    def __init__(self, store: CannedStore) -> None:
        self._store = store

    async def all(self, manager: Manager) -> Canned:
        """What a manager may use, and where they may keep more."""
        return await self._store.all(manager.id)

    async def save(self, reply: CannedReply, manager: Manager) -> None:
        """Make a reply, or change it. Raises `NotFound`, `Forbidden` and `Conflict`."""
        await self._store.save([reply], manager.id)

    async def take_in(
        self,
        content: str,
        place: CannedReply,
        check: Callable[[CannedReply], CannedReply | str],
        manager: Manager,
    ) -> tuple[int, Sequence[tuple[int, str]]]:
        """Keep the replies of a CSV file where `place` is. A shortcut that is there gets its text.

        Gives how many there are, and which lines were refused, and why. Raises as `save`, and
        `Invalid` for a file without replies.
        """
        good: dict[str, CannedReply] = {}
        refused: list[tuple[int, str]] = []
        for number, shortcut, text in rows(content):
            if len(good) + len(refused) >= MOST_ROWS:
                raise Invalid(TOO_MANY)
            checked = check(replace(place, id=uuid4(), shortcut=shortcut, text=text))
            if isinstance(checked, str):
                refused.append((number, checked))
            else:
                good[checked.shortcut.lower()] = checked
        if not good and not refused:
            raise Invalid(NOTHING)
        if good:
            await self._store.save(list(good.values()), manager.id, replaces=True)
        return len(good), refused

    async def remove(self, reply: UUID, manager: Manager) -> None:
        """Delete a reply. Raises `NotFound`."""
        await self._store.remove(reply, manager.id)
