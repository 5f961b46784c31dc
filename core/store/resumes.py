"""What visitors who come back have missed."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from core.errors import NotConnected, TooMany
from core.limits import NO_LIMITS, Limits
from core.model import Chat, ConnectionId, Draft, Row, StoredMessage
from core.protocol.frames import MAX_FRAME_BYTES
from core.store.batching import Batching, NoBatching, Results, Step
from core.store.changes import Page
from core.store.database import Pool, Statements, as_json, read_json
from core.store.edits import Changed
from core.store.hours import TeamState
from core.store.refusals import MANY_FRAMES, RECONNECT
from core.value import value


@value
class Resuming:
    """A visitor's request for the messages after `after`, and for what changed since `changed`."""

    connection: ConnectionId
    after: int
    changed: int | None = None


@value
class Resumed:
    """One page of the messages that a visitor missed, and the draft of the running answer.

    `pending`: the chat has an answer pending. `team`: None while a person has the chat.
    """

    chat: Chat
    page: Page
    draft: Draft | None
    pending: bool
    team: TeamState | None
    changed: Changed


class ResumeStore(Statements):
    def __init__(
        self, pool: Pool, limits: Limits = NO_LIMITS, batching: Batching | None = None
    ) -> None:
        super().__init__(pool)
        self._limits = limits
        self._batching = batching or NoBatching()
        self._resumes: dict[int, Step[Resuming, Resumed]] = {}

    async def resume(
        self, connection: ConnectionId, after: int, limit: int, changed: int | None = None
    ) -> Resumed:
        """The messages after `after`, at most `limit`; and what changed since `changed`.

        Raises `NotConnected` and `TooMany`.
        """
        if limit not in self._resumes:
            self._resumes[limit] = self._batching.step(
                lambda resuming: self.resume_all(resuming, limit), lambda one: one.connection
            )
        return await self._resumes[limit](Resuming(connection, after, changed))

    async def resume_all(self, resuming: Sequence[Resuming], limit: int) -> Results[Resumed]:
        rows = await self._rows(
            "select place, wait, chat, pending, team, draft, r.change as last_change, changed,"
            " (message).* from resume_chats($1, $2, $3, $4, $5) r",
            as_json(
                {"connection_id": one.connection, "after": one.after, "changed": one.changed}
                for one in resuming
            ),
            limit,
            MAX_FRAME_BYTES,
            self._limits.frames.burst,
            self._limits.frames.refill,
        )
        heads: dict[int, Row] = {}
        missed: defaultdict[int, list[StoredMessage]] = defaultdict(list)
        for row in rows:
            if row["wait"] is None:
                missed[row["place"]].append(StoredMessage.from_row(row))
            else:
                heads[row["place"]] = row
        places = range(1, len(resuming) + 1)
        return [_resumed(heads[place], missed[place], limit) for place in places]


def _resumed(
    head: Row, messages: Sequence[StoredMessage], limit: int
) -> Resumed | TooMany | NotConnected:
    """Read a row of `resume_chats`, which has these messages."""
    if head["wait"]:
        return TooMany(MANY_FRAMES, head["wait"])
    if head["chat"] is None:
        return NotConnected(RECONNECT)
    last = head if head["seq"] else None
    chat = Chat.of_row({**read_json(head["chat"]), "last_message": last})
    found = tuple(sorted(messages, key=attrgetter("seq")))
    return Resumed(
        chat,
        Page(found, bool(found) and found[-1].seq < chat.last_seq),
        Draft.from_row(chat.chat_id, read_json(head["draft"] or "null")),
        head["pending"],
        _team(head["team"]),
        Changed.from_row(head["last_change"], read_json(head["changed"] or "null"), limit),
    )


@lru_cache(maxsize=256)
def _team(row: str | None) -> TeamState | None:
    """Read a `team`. Of a site where nobody is here, all who come back get the same."""
    return TeamState.from_row(read_json(row or "null"))
