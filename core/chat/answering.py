"""The job `AnswerChat`: claim the chat's answer, write it piece by piece, and finish it.

The claim alone gives order and mutual exclusion. A job that finds nothing to do ends.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog

from core.assistants.assistant import Assistant, AssistantFailed
from core.assistants.throttle import EVEN, IDLE, FlushPace, Throttle
from core.chat import sentences
from core.chat.claims import AWAY_SECONDS, Claims
from core.chat.publish import Publisher
from core.chat.running_answer import Fenced, Newer, Queued, RunningAnswer
from core.delivery.jobs import AnswerChat, Queue
from core.errors import TryAgain
from core.model import ChatId, Draft, State, Usage, WaitingFor
from core.protocol.markdown import closed
from core.protocol.text import is_blank
from core.store.database import until_back
from core.store.store import Store
from core.store.turns import Finished

log = structlog.get_logger()

# After so many failures within one job the provider is not asked again.
MAX_FAILURES = 3
BACKOFF_SECONDS = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, in seconds."""

    answer: float
    retry: float
    quiet: float


class Answering:
    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        queue: Queue,
        assistant: Assistant,
        patience: Patience,
        pace: FlushPace = EVEN,
    ) -> None:
        self._pace = pace
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._patience = patience
        self._claims = Claims(store.answers, publisher, assistant, patience.quiet)

    async def reply(self, chat_id: ChatId) -> None:
        """Answer everything that is pending in this chat, unless another writer does."""
        pending = True
        while pending:
            pending = await self._reply_once(chat_id)

    async def _reply_once(self, chat_id: ChatId) -> bool:
        """Return whether a newer message is pending."""
        try:
            answer = await self._claims.claim(chat_id)
            if answer is None:
                return False
            self._claims.writing.add(chat_id)
            try:
                return await self._answer(answer)
            finally:
                self._claims.writing.discard(chat_id)
        except Fenced:
            # Another writer may die, so a job comes later.
            await self._queue.enqueue_later(AnswerChat(chat_id))
        except Queued as queued:
            log.info("answer_queued", chat_id=chat_id, seconds=round(queued.seconds, 1))
            await self._queue.enqueue_in(AnswerChat(chat_id), queued.seconds)
        return False

    async def _answer(self, answer: RunningAnswer) -> bool:
        """Write the answer. Its cost is settled, whatever happens."""
        chat_id = answer.claim.chat_id
        try:
            await self._queue.enqueue_later(AnswerChat(chat_id))
            return await self._write(answer)
        except Fenced:
            log.info("claim_lost", chat_id=chat_id, attempt=answer.claim.attempt)
            await self._claims.settle(answer)
            return False
        except (asyncio.CancelledError, TryAgain):
            # The process is stopping, or the queue is away.
            await asyncio.shield(self._claims.release(answer))
            raise

    async def _write(self, answer: RunningAnswer) -> bool:
        """Return whether a newer message is pending. Raises `Fenced` and `Queued`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        failures = 0
        while True:
            if answer.exhausted:
                return await self._give_up(answer)
            if answer.over_budget:
                return await self._hand_on(answer)
            try:
                return await self._call(answer, began + self._patience.answer - loop.time())
            except Newer:
                await self._claims.claim_anew(answer)
                continue
            except AssistantFailed as error:
                failure = error
            answer.failed(failure)
            failures += 1
            log.warning(
                "assistant_failed",
                chat_id=answer.claim.chat_id,
                code=failure.code,
                reason=failure.detail,
                failures=failures,
                retryable=failure.retryable,
            )
            delay = self._retry_delay(failure, failures, loop.time() - began)
            if delay is None:
                return await self._give_up(answer)
            await self._wait(answer, delay)
            await self._claims.claim_anew(answer)

    async def _call(self, answer: RunningAnswer, seconds: float) -> bool:
        """Ask the assistant. Raises `AssistantFailed`, `Fenced` and `Newer`."""
        answer.call()
        try:
            return await self._stream(answer, seconds)
        except TimeoutError:
            failure = AssistantFailed("too_long", retryable=False)
            failure.begun = True
            raise failure from None

    async def _stream(self, answer: RunningAnswer, seconds: float) -> bool:
        stream = answer.assistant.stream(answer.conversation)
        async with Throttle(stream, self._pace, seconds) as throttle:
            try:
                async for piece in throttle:
                    if throttle.over and not answer.shown and piece == throttle.text:
                        # It is stored and pushed whole.
                        break
                    await self._flush(answer, piece)
            finally:
                answer.written, answer.usage = throttle.text, throttle.usage
        text = answer.written
        unless_newer = answer.assistant.merges_messages and not answer.shown and not is_blank(text)
        state: State = "interrupted" if throttle.cut and not is_blank(text) else "final"
        if throttle.asked is not None and is_blank(text):
            text = sentences.person_asked(answer.conversation.visitor.locale)
        asked = throttle.asked is not None
        usage = throttle.usage or (answer.estimated() if answer.cost else None)
        return await self._finish(
            answer,
            text,
            state,
            usage=usage,
            next="asked" if asked else None,
            reason=throttle.asked or "",
            unless_newer=unless_newer,
        )

    async def _flush(self, answer: RunningAnswer, piece: str) -> None:
        """Save the piece, then push it. So a take-over keeps everything that was shown."""
        offset = len(answer.shown)
        claim, merge = answer.claim, answer.assistant.merges_messages
        save = partial(self._store.answers.save, claim, offset, piece, merge=merge)
        saved = await until_back(save, AWAY_SECONDS)
        if saved.outcome == "newer":
            raise Newer
        if saved.outcome == "fenced":
            raise Fenced
        answer.shown += piece
        if piece:
            draft = Draft(claim.chat_id, claim.reply_to, claim.attempt, answer.shown)
            await self._publisher.delta(draft, offset, piece, saved)

    def _retry_delay(self, failure: AssistantFailed, failures: int, elapsed: float) -> float | None:
        """Seconds to wait before the provider is asked again; None to give up."""
        if not failure.retryable or failures >= MAX_FAILURES:
            return None
        delay = max(BACKOFF_SECONDS[failures - 1], failure.retry_after or 0.0)
        return delay if elapsed + delay < self._patience.retry else None

    async def _wait(self, answer: RunningAnswer, seconds: float) -> None:
        while seconds > 0:
            await self._flush(answer, "")
            await asyncio.sleep(min(seconds, IDLE))
            seconds -= IDLE

    async def _hand_on(self, answer: RunningAnswer) -> bool:
        """The budget is spent. A person carries on, and the assistant is not asked."""
        log.info("budget_spent", chat_id=answer.claim.chat_id)
        text = sentences.budget_spent(answer.conversation.visitor.locale)
        return await self._finish(answer, text, next="budget")

    async def _give_up(self, answer: RunningAnswer) -> bool:
        """The visitor gets a sentence, and the chat waits for a person."""
        sentence = sentences.failed(answer.conversation.visitor.locale)
        text = f"{closed(answer.shown)}\n\n{sentence}" if answer.shown else sentence
        return await self._finish(answer, text, "failed", next="failed")

    async def _finish(
        self,
        answer: RunningAnswer,
        text: str,
        state: State = "final",
        *,
        usage: Usage | None = None,
        next: WaitingFor | None = None,
        reason: str = "",
        unless_newer: bool = False,
    ) -> bool:
        """Store the answer, settle its cost, and publish it. Raises `Fenced`.

        With `unless_newer` it raises `Newer` instead, since that may be the reason as well.
        """
        finish = partial(
            self._store.turns.finish,
            answer.claim,
            text,
            state,
            usage=usage,
            next=next,
            reason=reason,
            tokens=answer.used,
            unless_newer=unless_newer,
        )
        finished = await until_back(finish, AWAY_SECONDS)
        if finished is None and unless_newer:
            # The next claim settles the call, or finds that this one is lost.
            raise Newer
        answer.calling = False
        if finished is None:
            raise Fenced
        return await self._publish(finished)

    async def _publish(self, finished: Finished) -> bool:
        await self._publisher.publish(finished.change)
        return finished.pending
