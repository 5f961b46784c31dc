"""The job `AnswerChat`: claim the chat's answer, write it piece by piece, and finish it.

The claim alone gives order and mutual exclusion. A job that finds nothing to do ends.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog

from core.assistants.assistant import Assistant, AssistantFailed
from core.assistants.throttle import IDLE, Throttle
from core.chat import sentences
from core.chat.publish import Publisher
from core.chat.running_answer import Fenced, Newer, RunningAnswer
from core.delivery.jobs import AnswerChat, Queue
from core.errors import TryAgain
from core.model import ChatId, Draft, State, Usage
from core.protocol.markdown import closed
from core.protocol.text import is_blank
from core.store.answers import Claimed, Terms
from core.store.database import until_back
from core.store.store import Store
from core.store.turns import Finished

log = structlog.get_logger()

# After so many failures within one job the provider is not asked again.
MAX_FAILURES = 3
# For so long a writer waits for the database. Then others may claim the answer.
AWAY_SECONDS = 20.0
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
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._assistant = assistant
        self._patience = patience
        self._writing: set[ChatId] = set()

    async def reply(self, chat_id: ChatId) -> None:
        """Answer everything that is pending in this chat, unless another writer does."""
        pending = True
        while pending:
            answer, exhausted = await self._claim(chat_id)
            if answer is None:
                return
            self._writing.add(chat_id)
            try:
                pending = await self._answer(answer, exhausted)
            except Fenced:
                log.info("claim_lost", chat_id=chat_id, attempt=answer.claim.attempt)
                pending = False
            except (asyncio.CancelledError, TryAgain):
                # The process is stopping, or the queue is away. The next job may claim it at once.
                await asyncio.shield(self._store.answers.release(answer.claim))
                if answer.written:
                    await asyncio.shield(self._charge(answer))
                raise
            finally:
                self._writing.discard(chat_id)

    async def _answer(self, answer: RunningAnswer, exhausted: bool) -> bool:
        await self._queue.enqueue_later(AnswerChat(answer.claim.chat_id))
        if exhausted:
            return await self._give_up(answer)
        if answer.over_budget:
            return await self._hand_on(answer)
        return await self._write(answer)

    async def _claim(self, chat_id: ChatId) -> tuple[RunningAnswer | None, bool]:
        held: int | None = None
        while True:
            claimed = await self._claimed(chat_id, self._patience.quiet, held)
            if claimed.outcome == "wait":
                await asyncio.sleep(claimed.delay)
            elif claimed.outcome == "live" and claimed.own and chat_id not in self._writing:
                # This process has made the claim, and lost the result with its connection.
                held = claimed.own
            elif claimed.outcome == "fenced":
                held = None
            else:
                break
        if claimed.outcome == "live":
            await self._queue.enqueue_later(AnswerChat(chat_id))
        if claimed.claim is None or claimed.conversation is None:
            return None, False
        answer = RunningAnswer(claimed.claim, claimed.conversation, claimed.over_budget)
        return answer, claimed.outcome == "spent"

    async def _write(self, answer: RunningAnswer) -> bool:
        """Return whether a newer message is pending. Raises `Fenced`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        failures = 0
        while True:
            try:
                seconds = began + self._patience.answer - loop.time()
                return await self._write_and_charge(answer, seconds)
            except Newer:
                await self._claim_anew(answer)
                continue
            except AssistantFailed as error:
                failure = error
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
            await self._claim_anew(answer)

    async def _write_and_charge(self, answer: RunningAnswer, seconds: float) -> bool:
        """Write the answer. If it does not end well, charge what it cost all the same."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stream(answer)
        except AssistantFailed as failure:
            if failure.usage or failure.begun or answer.shown:
                await self._charge(answer, failure.usage)
            raise
        except (Fenced, Newer, TimeoutError) as error:
            await self._charge(answer)
            if isinstance(error, TimeoutError):
                raise AssistantFailed("too_long", retryable=False) from None
            raise

    async def _charge(self, answer: RunningAnswer, usage: Usage | None = None) -> None:
        if self._assistant.costs:
            cost = usage or answer.estimated()
            tokens = cost.input_tokens + cost.output_tokens
            charge = partial(self._store.answers.charge, answer.claim.chat_id, tokens)
            await until_back(charge, AWAY_SECONDS)

    async def _stream(self, answer: RunningAnswer) -> bool:
        answer.written = ""
        async with Throttle(self._assistant.stream(answer.conversation)) as throttle:
            try:
                async for piece in throttle:
                    whole = throttle.over and not answer.shown and piece == throttle.text
                    if whole and not self._assistant.merges_messages:
                        break
                    await self._flush(answer, piece)
            finally:
                answer.written = text = throttle.text
        state: State = "interrupted" if throttle.cut and not is_blank(text) else "final"
        if throttle.asked is not None and is_blank(text):
            text = sentences.person_asked(answer.conversation.visitor.locale)
        finish = partial(
            self._store.turns.finish,
            answer.claim,
            text,
            state,
            usage=throttle.usage or (answer.estimated() if self._assistant.costs else None),
            next="asked" if throttle.asked is not None else None,
            reason=throttle.asked or "",
        )
        return await self._publish(await until_back(finish, AWAY_SECONDS))

    async def _flush(self, answer: RunningAnswer, piece: str) -> None:
        """Save the piece, then push it. So a take-over keeps everything that was shown."""
        offset = len(answer.shown)
        claim, merge = answer.claim, self._assistant.merges_messages
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

    async def _claim_anew(self, answer: RunningAnswer) -> None:
        claim = answer.claim
        claimed = await self._claimed(claim.chat_id, 0.0, claim.attempt)
        if claimed.claim is None or claimed.conversation is None:
            raise Fenced
        answer.claim, answer.conversation = claimed.claim, claimed.conversation
        answer.shown = ""

    async def _claimed(self, chat_id: ChatId, quiet: float, held: int | None) -> Claimed:
        terms = Terms(self._assistant.merges_messages, quiet, self._assistant.history)
        claim = partial(self._store.answers.claim, chat_id, terms, held)
        return await until_back(claim, AWAY_SECONDS)

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
        finish = partial(self._store.turns.finish, answer.claim, text, next="budget")
        return await self._publish(await until_back(finish, AWAY_SECONDS))

    async def _give_up(self, answer: RunningAnswer) -> bool:
        """The visitor gets a sentence, and the chat waits for a person."""
        sentence = sentences.failed(answer.conversation.visitor.locale)
        text = f"{closed(answer.shown)}\n\n{sentence}" if answer.shown else sentence
        finish = partial(self._store.turns.finish, answer.claim, text, "failed", next="failed")
        return await self._publish(await until_back(finish, AWAY_SECONDS))

    async def _publish(self, finished: Finished | None) -> bool:
        if finished is None:
            raise Fenced
        await self._publisher.publish(finished.change)
        return finished.pending
