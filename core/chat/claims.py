"""The claim of an answer, and what the assistant's calls cost.

A claim reserves what one call may cost. Whatever ends the call settles it.
"""

import asyncio
from functools import partial

import structlog

from core.assistants.assistant import Assistant
from core.chat.publish import Publisher
from core.chat.running_answer import Fenced, Queued, RunningAnswer
from core.model import ChatId
from core.store.answers import AnswerStore, Claimed, Terms
from core.store.changes import Change
from core.store.database import until_back

# For so long a writer waits for the database. Then others may claim the answer.
AWAY_SECONDS = 20.0

log = structlog.get_logger()


class Claims:
    """`writing`: the chats whose answers this process writes."""

    def __init__(
        self, store: AnswerStore, publisher: Publisher, assistant: Assistant, quiet: float
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._assistant = assistant
        self._quiet = quiet
        self.writing: set[ChatId] = set()
        # What sites have chosen and nobody has. It is said once.
        self._missing: set[str] = set()

    async def claim(self, chat_id: ChatId) -> RunningAnswer | None:
        """The pending answer, or None if there is none. Raises `Fenced` if another writes it.

        Raises `Queued` if it must wait.
        """
        held: int | None = None
        while True:
            claimed = await self._claimed(chat_id, self._quiet, held)
            if claimed.outcome == "wait":
                await asyncio.sleep(claimed.delay)
            elif claimed.outcome == "live" and claimed.own and chat_id not in self.writing:
                # This process has made the claim, and lost the result with its connection.
                held = claimed.own
            elif claimed.outcome == "fenced":
                held = None
            else:
                break
        if claimed.outcome == "live":
            raise Fenced
        if claimed.claim is None or claimed.conversation is None:
            return None
        return RunningAnswer(
            claimed.claim,
            claimed.conversation,
            self._assistant.chosen(claimed.answerer),
            exhausted=claimed.outcome == "spent",
            over_budget=claimed.over_budget,
        )

    async def claim_anew(self, answer: RunningAnswer) -> None:
        """Settle the last call, and reserve the next. Raises `Fenced` and `Queued`."""
        claim = answer.claim
        claimed = await self._claimed(claim.chat_id, 0.0, claim.attempt, answer.used)
        if claimed.claim is None or claimed.conversation is None:
            raise Fenced
        answer.calling = False
        answer.claim, answer.conversation = claimed.claim, claimed.conversation
        answer.assistant = self._assistant.chosen(claimed.answerer)
        answer.exhausted = claimed.outcome == "spent"
        answer.over_budget = claimed.over_budget
        answer.shown = ""

    async def settle(self, answer: RunningAnswer) -> None:
        """Settle the last call of an answer whose claim is lost."""
        if (used := answer.used) is not None:
            settle = partial(self._store.settle, answer.claim, used)
            await self._tell(await until_back(settle, AWAY_SECONDS))

    async def release(self, answer: RunningAnswer) -> None:
        """Give the claim back, so that the next job may claim the answer at once."""
        await self._tell(await self._store.release(answer.claim, answer.used or 0))

    async def _claimed(
        self, chat_id: ChatId, quiet: float, held: int | None, used: int | None = None
    ) -> Claimed:
        assistant = self._assistant
        terms = Terms(
            assistant.merges_messages, quiet, assistant.history, assistant.cost, assistant.offers
        )
        claim = partial(self._store.claim, chat_id, terms, held, used)
        claimed = await until_back(claim, AWAY_SECONDS)
        await self._tell(claimed.told)
        if claimed.missing is not None and claimed.missing not in self._missing:
            self._missing.add(claimed.missing)
            log.warning("assistant_missing", chat_id=chat_id, assistant_id=claimed.missing)
        if claimed.outcome == "queued":
            raise Queued(claimed.delay)
        return claimed

    async def _tell(self, told: Change | None) -> None:
        if told is not None:
            await self._publisher.publish(told)
