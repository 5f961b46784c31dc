"""What a job does: claim the chat's answer, write it piece by piece, and finish it.

Order and mutual exclusion come from the claim alone; a job that finds nothing to do ends.
"""

import asyncio
from dataclasses import dataclass

import structlog

from core.assistants.assistant import Assistant, AssistantFailed
from core.assistants.throttle import IDLE, Throttle
from core.chat import sentences
from core.chat.publish import Publisher
from core.delivery.jobs import AnswerChat, Queue
from core.model import ChatId, Claim, Conversation, Draft
from core.store.answers import Terms
from core.store.store import Store
from core.store.turns import Finished

log = structlog.get_logger()

# How often the provider is asked within one job.
TRIES = 3
# A common estimate, for what the provider did not count.
CHARACTERS_A_TOKEN = 4
BACKOFF_SECONDS = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, in seconds."""

    answer: float
    retry: float
    quiet: float


class _Fenced(Exception):
    """Another has the right to this chat now: whatever is being written here ends."""


class _Newer(Exception):
    """The visitor wrote again before anything was shown: the answer begins anew."""


@dataclass(slots=True)
class _Attempt:
    """One claim, and what was shown of the answer under it."""

    claim: Claim
    conversation: Conversation
    over_budget: bool = False
    shown: str = ""


class Answering:
    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        queue: Queue,
        assistant: Assistant,
        patience: Patience,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._assistant = assistant
        self._patience = patience

    async def reply(self, chat_id: ChatId) -> None:
        """Answer everything that is pending in this chat, unless another writer is at it."""
        pending = True
        while pending:
            attempt, spent = await self._claim(chat_id)
            if attempt is None:
                return
            try:
                pending = await self._do(attempt, spent)
            except _Fenced:
                log.info("answer_fenced", chat=chat_id, try_=attempt.claim.try_)
                pending = False
            except asyncio.CancelledError:
                # The process is stopping: whoever looks next may go on at once.
                await asyncio.shield(self._store.answers.release(attempt.claim))
                raise

    async def _do(self, attempt: _Attempt, spent: bool) -> bool:
        if spent:
            return await self._give_up(attempt)
        if attempt.over_budget:
            return await self._hand_on(attempt)
        return await self._write(attempt)

    async def _claim(self, chat_id: ChatId) -> tuple[_Attempt | None, bool]:
        while True:
            claimed = await self._store.answers.claim(chat_id, self._terms(self._patience.quiet))
            if claimed.outcome != "wait":
                break
            await asyncio.sleep(claimed.delay)
        if claimed.outcome != "nothing":
            await self._queue.enqueue_later(AnswerChat(chat_id))
        if claimed.claim is None or claimed.conversation is None:
            return None, False
        attempt = _Attempt(claimed.claim, claimed.conversation, claimed.over_budget)
        return attempt, claimed.outcome == "spent"

    async def _write(self, attempt: _Attempt) -> bool:
        """Return whether something newer waits. Raises `_Fenced`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        tries = 0
        while True:
            try:
                async with asyncio.timeout(began + self._patience.answer - loop.time()):
                    return await self._charged(attempt)
            except _Newer:
                await self._claim_anew(attempt)
                continue
            except TimeoutError:
                failure = AssistantFailed("too_long", retryable=False)
            except AssistantFailed as error:
                failure = error
            tries += 1
            log.warning(
                "assistant_failed",
                chat=attempt.claim.chat_id,
                code=failure.code,
                tries=tries,
                retryable=failure.retryable,
            )
            rest = self._rest(failure, tries, loop.time() - began)
            if rest is None:
                return await self._give_up(attempt)
            await self._wait(attempt, rest)
            await self._claim_anew(attempt)

    async def _charged(self, attempt: _Attempt) -> bool:
        """Write; an answer that is not finished has a price, too, which nobody else will name."""
        try:
            return await self._stream(attempt)
        except (_Fenced, _Newer, AssistantFailed) as error:
            if self._assistant.costs and (attempt.shown or not isinstance(error, AssistantFailed)):
                read = sum(len(line.text) for line in attempt.conversation.lines)
                tokens = (read + len(attempt.shown)) // CHARACTERS_A_TOKEN
                await self._store.answers.charge(attempt.claim.chat_id, tokens)
            raise

    async def _stream(self, attempt: _Attempt) -> bool:
        claim = attempt.claim
        async with Throttle(self._assistant.stream(attempt.conversation)) as throttle:
            async for piece in throttle:
                whole = throttle.over and not attempt.shown and piece == throttle.text
                if whole and not self._assistant.merges_messages:
                    break
                await self._flush(attempt, piece)
            text = throttle.text
            if throttle.asked is not None and not text.strip():
                text = sentences.person_asked(attempt.conversation.visitor.locale)
        finished = await self._store.turns.finish(
            claim,
            text,
            usage=throttle.usage,
            next="asked" if throttle.asked is not None else None,
            reason=throttle.asked or "",
        )
        return await self._publish(finished)

    async def _flush(self, attempt: _Attempt, piece: str) -> None:
        """Save, then push: whatever was shown is in the draft that a take-over keeps."""
        offset = len(attempt.shown)
        saved = await self._store.answers.save(
            attempt.claim, offset, piece, merge=self._assistant.merges_messages
        )
        if saved.outcome == "newer":
            raise _Newer
        if saved.outcome == "fenced":
            raise _Fenced
        attempt.shown += piece
        if piece:
            claim = attempt.claim
            draft = Draft(claim.chat_id, claim.reply_to, claim.try_, attempt.shown)
            await self._publisher.delta(draft, offset, piece, saved)

    async def _claim_anew(self, attempt: _Attempt) -> None:
        claim = attempt.claim
        claimed = await self._store.answers.claim(claim.chat_id, self._terms(0.0), held=claim)
        if claimed.claim is None or claimed.conversation is None:
            raise _Fenced
        attempt.claim, attempt.conversation = claimed.claim, claimed.conversation
        attempt.shown = ""

    def _rest(self, failure: AssistantFailed, tries: int, gone: float) -> float | None:
        """Seconds to wait before the next try; None when there should be none."""
        if not failure.retryable or tries >= TRIES:
            return None
        rest = max(BACKOFF_SECONDS[tries - 1], failure.retry_after or 0.0)
        return rest if gone + rest < self._patience.retry else None

    async def _wait(self, attempt: _Attempt, seconds: float) -> None:
        while seconds > 0:
            await self._flush(attempt, "")
            await asyncio.sleep(min(seconds, IDLE))
            seconds -= IDLE

    async def _hand_on(self, attempt: _Attempt) -> bool:
        """The budget is spent: a person carries on, and the assistant is not asked."""
        log.info("budget_spent", chat=attempt.claim.chat_id)
        text = sentences.budget_spent(attempt.conversation.visitor.locale)
        return await self._publish(
            await self._store.turns.finish(attempt.claim, text, next="budget")
        )

    async def _give_up(self, attempt: _Attempt) -> bool:
        """Failure is a sentence to the visitor, and the chat waits for a person."""
        sentence = sentences.failed(attempt.conversation.visitor.locale)
        text = f"{attempt.shown}\n\n{sentence}" if attempt.shown else sentence
        finished = await self._store.turns.finish(attempt.claim, text, "failed", next="failed")
        return await self._publish(finished)

    async def _publish(self, finished: Finished | None) -> bool:
        if finished is None:
            raise _Fenced
        await self._publisher.publish(finished.change)
        return finished.pending

    def _terms(self, quiet: float) -> Terms:
        return Terms(self._assistant.merges_messages, quiet, self._assistant.history)
