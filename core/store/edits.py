"""Stored messages that who wrote them edits or erases, and what changed in a chat since."""

from collections.abc import Sequence
from typing import Self

from core.errors import Conflict, Forbidden, NotFound, TooLate
from core.model import ChatId, ManagerId, Row, Sight, StoredMessage
from core.store.changes import Change, new_text
from core.store.database import Statements, read_json
from core.store.refusals import UNKNOWN_CHAT
from core.value import value

# So long one may edit or erase what one has sent.
CHANGEABLE_SECONDS = 900
REFUSALS = {
    "unknown": NotFound(UNKNOWN_CHAT),
    "missing": NotFound("There is no such message."),
    "others": Forbidden("Only who wrote a message for the team may edit or delete it."),
    "broadcast": Conflict("A broadcast stands in many chats. It cannot be changed in one of them."),
    "erased": Conflict("This message is deleted. It cannot be edited any more."),
    "newer": Conflict("This message was changed meanwhile. Please look at it again."),
    "late": TooLate(
        f"A message can be edited or deleted for {CHANGEABLE_SECONDS // 60} minutes after it was"
        " sent."
    ),
}


@value
class Changed:
    """Older messages that changed, in the order of their changes.

    They have all of the chat's changes up to `change`. `has_more`: more changes follow.
    """

    change: int
    messages: tuple[StoredMessage, ...] = ()
    has_more: bool = False

    @classmethod
    def from_row(cls, change: int, rows: Sequence[Row] | None, limit: int) -> Self:
        messages = tuple(map(StoredMessage.from_row, rows or ()))
        if len(messages) < limit:
            return cls(change, messages)
        last = messages[-1].change or change
        return cls(last, messages, has_more=last < change)

    def cut(self, messages: Sequence[StoredMessage]) -> tuple["Changed", tuple[StoredMessage, ...]]:
        """These of the first messages of a page that begins with them, and the others of it."""
        mine = tuple(messages[: len(self.messages)])
        change = self.change if len(mine) == len(self.messages) else mine[-1].change
        return Changed(change or 0, mine, self.has_more), tuple(messages[len(mine) :])


class EditStore(Statements):
    async def change(
        self, chat_id: ChatId, seq: int, manager: ManagerId, text: str | None, rev: int | None
    ) -> Change:
        """Give one's own message another text, or erase it (None), if it still has this `rev`.

        Raises `NotFound`, `Forbidden`, `Conflict` and `TooLate`.
        """
        row = await self._row(
            "call change_message($1, $2, $3, $4, $5, $6, null, null, null, null, null)",
            chat_id,
            seq,
            manager,
            None if text is None else new_text(text),
            rev,
            CHANGEABLE_SECONDS,
        )
        if row["outcome"] != "done":
            refusal = REFUSALS[row["outcome"]]
            raise type(refusal)(refusal.message)
        return Change.from_row(row)

    async def changed(
        self, chat_id: ChatId, since: int, after: int, limit: int, sites: Sight = None
    ) -> Changed:
        """What changed since a change, of the messages up to `after`. Raises `NotFound`."""
        row = await self._row(
            "select c.change, case when c.change > $2 then"
            " changed_messages(c.chat_id, $2, $3, $4) end as changed from chats c"
            " where c.chat_id = $1 and ($5::text[] is null or c.site_id = any ($5))",
            chat_id,
            since,
            after,
            limit,
            sites,
        )
        if row is None:
            raise NotFound(UNKNOWN_CHAT)
        return Changed.from_row(row["change"], read_json(row["changed"] or "null"), limit)
