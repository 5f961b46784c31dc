"""Many chats changed at once, and changes taken back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import ChatError, Conflict, Invalid, NewerReply, NotFound, TryAgain
from core.model import Chat, ChatId, Manager, StoredMessage, Target
from core.store.assignments import NO_ASSIGNEE, OTHER_TEAM
from core.store.changes import Change
from core.store.database import Statements
from core.store.refusals import NEWER_REPLY, UNKNOWN_CHAT
from core.store.snooze import IS_CLOSED, WAITS
from core.store.tags import MANY_TAGS
from core.value import value

CHANGED = "Somebody has changed this chat meanwhile."
BUSY = "Somebody changes this chat right now. Please try again."
TAG_GONE = "One of these tags is not on this website any more."
LATE = "It is too late to take this back."
REFUSALS: Mapping[str, ChatError] = {
    "unknown": NotFound(UNKNOWN_CHAT),
    "closed": Conflict(IS_CLOSED),
    "waits": Conflict(WAITS),
    "full": Conflict(MANY_TAGS),
    "tag": Conflict(TAG_GONE),
    "newer": NewerReply(NEWER_REPLY),
    "team": Invalid(OTHER_TEAM),
    "assignee": Invalid(NO_ASSIGNEE),
    "changed": Conflict(CHANGED),
    "late": Conflict(LATE),
    "busy": TryAgain(BUSY),
}


@value
class Result:
    """What became of one chat: it was changed, was so already, or why it was refused.

    `pending`: an answer is.
    """

    chat_id: ChatId
    change: Change
    done: bool = True
    refusal: ChatError | None = None
    pending: bool = False


class BulkStore(Statements):
    async def change(
        self,
        chat_ids: Sequence[str],
        act: Mapping[str, object],
        undo_id: UUID | None,
        manager: Manager,
    ) -> Sequence[Result]:
        """Change chats, each in a transaction of its own. `act`: as of `change_chat` in SQL."""
        row = await self._row(
            "call change_chats($1, $2, $3, $4, $5, null)",
            list(chat_ids),
            manager.id,
            manager.name,
            json.dumps(act),
            undo_id,
        )
        return results_of(row)

    async def undo(self, undo_id: UUID, manager: Manager) -> Sequence[Result]:
        """Take a change back, in each chat that nobody has changed meanwhile."""
        row = await self._row(
            "call undo_changes($1, $2, $3, null)", undo_id, manager.id, manager.name
        )
        return results_of(row)


def results_of(row: Any) -> Sequence[Result]:
    return [result_of(one) for one in json.loads(row["results"] or "null") or ()]


def result_of(row: Mapping[str, Any]) -> Result:
    change = Change(
        messages=tuple(map(StoredMessage.from_row, row.get("messages") or ())),
        chat=Chat.from_row(row.get("chat")),
        users=Target.parse_all(row.get("users")),
        managers=Target.parse_all(row.get("managers")),
    )
    outcome = row["outcome"]
    return Result(
        ChatId(row["chat_id"]),
        change,
        outcome == "done",
        REFUSALS.get(outcome),
        bool(row.get("owed")),
    )
