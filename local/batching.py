"""Steps that wait for each other anyway are stored together: one statement and one commit.

A commit costs a Postgres the same for one row as for a hundred, and so does a round trip. Lambda
has no use for this, as each of its processes does one thing at a time.
"""

import time
from collections.abc import Hashable, Sequence
from dataclasses import replace
from operator import attrgetter

from core.limits import NO_LIMITS, Limits
from core.model import ChatId, Told
from core.store.database import Pool
from core.store.inbox import DeskStore
from core.store.steps import (
    Asked,
    Claimed,
    Entering,
    Finished,
    LastWord,
    Leaving,
    Received,
    Results,
    Resumed,
    Resuming,
    Sent,
    Terms,
)
from local.batcher import Lane

# Well before another may take it, which is after 20 s without a heartbeat.
FRESH_SECONDS = 10

Turn = Sent | LastWord


class TogetherStore(DeskStore):
    """The store, with the steps of every turn in lanes.

    A right to answer that came along with a message waits here for the ring that follows, in this
    process. Who comes for it late asks for it anew, as a writer who holds it does; who never comes
    is like a writer who died.
    """

    def __init__(self, pool: Pool, limits: Limits = NO_LIMITS) -> None:
        super().__init__(pool, limits)
        self._entered = Lane(self.enter_all, attrgetter("target"))
        self._left = Lane(self.leave_all, attrgetter("connection"))
        self._resumed: dict[int, Lane[Resuming, Resumed]] = {}
        self._turns: Lane[Turn, Received | Finished | None] = Lane(self._take_turns, _whose)
        self._claimed: dict[Terms, Lane[Asked, Claimed]] = {}
        self._ahead: dict[ChatId, tuple[float, Claimed]] = {}

    async def _enter(self, entering: Entering) -> Told:
        return await self._entered.do(entering)

    async def _leave(self, leaving: Leaving) -> Told:
        return await self._left.do(leaving)

    async def _resume(self, resuming: Resuming, limit: int) -> Resumed:
        if limit not in self._resumed:
            self._resumed[limit] = Lane(
                lambda all_resuming: self.resume_all(all_resuming, limit), attrgetter("connection")
            )
        return await self._resumed[limit].do(resuming)

    async def _receive(self, sent: Sent) -> Received:
        received = await self._turns.do(sent)
        assert isinstance(received, Received)
        if received.claimed:
            self._ahead[received.message.chat_id] = time.monotonic(), received.claimed
        return received

    async def _claim(self, asked: Asked, terms: Terms) -> Claimed:
        if asked.held is None and (ahead := self._ahead.pop(asked.chat_id, None)):
            claimed = await self._taken(*ahead, terms)
            if claimed.outcome != "fenced":
                return claimed
        if terms not in self._claimed:
            self._claimed[terms] = Lane(
                lambda all_asked: self.claim_all(all_asked, terms), attrgetter("chat_id")
            )
        return await self._claimed[terms].do(asked)

    async def _taken(self, since: float, claimed: Claimed, terms: Terms) -> Claimed:
        """What came along with a message `since` then; `fenced` when another has it by now."""
        assert claimed.claim is not None and claimed.conversation is not None
        age = time.monotonic() - since
        if age >= FRESH_SECONDS:
            return await self._claim(Asked(claimed.claim.chat_id, claimed.claim.try_), terms)
        return replace(claimed, conversation=replace(claimed.conversation, age=age))

    async def _finish(self, last: LastWord) -> Finished | None:
        finished = await self._turns.do(last)
        assert not isinstance(finished, Received)
        return finished

    async def _take_turns(self, turns: Sequence[Turn]) -> Results[Received | Finished | None]:
        sent = [turn for turn in turns if isinstance(turn, Sent)]
        last = [turn for turn in turns if isinstance(turn, LastWord)]
        received, finished = await self.take_turns(sent, last)
        said, answered = iter(received), iter(finished)
        return [next(said) if isinstance(turn, Sent) else next(answered) for turn in turns]


def _whose(turn: Turn) -> Hashable:
    return turn.connection if isinstance(turn, Sent) else turn.claim.chat_id
