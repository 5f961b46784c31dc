"""Trying an assistant out before it is saved. It runs in no chat, and nothing of it is stored."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import uuid4

import structlog

from core.answerer import Content
from core.assistants.assistant import Assistant, AssistantFailed, PersonAsked, TextPiece
from core.chat.publish import Publisher
from core.chat.running_answer import RunningAnswer
from core.errors import Conflict, Invalid, TooMany, TryAgain
from core.model import CallCost, ChatId, Claim, Conversation, Line, SiteId, Usage
from core.store.trials import TrialStore
from core.value import value

# API Gateway waits no longer than 30 s for an answer over HTTP.
SECONDS = 25.0
BYTES_A_TOKEN = 3

SPENT = "The budget of the day is spent, so nothing can be tried out before tomorrow (UTC)."
RESERVED = "Running answers have reserved what is left of the day's budget. Please try again soon."
UNKNOWN_MODEL = "Please correct `model`: the provider knows no such model."
TOO_LONG = "The answer took longer than {seconds:.0f} seconds, so it was given up."
AWAY = "The provider did not answer: {code}. Please try again in a moment."
REFUSED = "The provider refused: {code}. What it said is in the server's log."

NOBODY = ChatId("trial")

log = structlog.get_logger()


@value
class Tried:
    """An answer. `echoed`: there is no key, so it is the echo's.

    `asked`: it called for a person, with this reason. `cut`: it was stopped at a limit.
    """

    text: str
    echoed: bool
    asked: str | None
    cut: bool
    usage: Usage | None


class Trials:
    def __init__(self, store: TrialStore, publisher: Publisher, assistant: Assistant) -> None:
        self._store = store
        self._publisher = publisher
        self._assistant = assistant

    async def ask(self, site_id: SiteId, content: Content, lines: Sequence[Line]) -> Tried:
        """The answer to the last line, paid from the budget of the day and of the site.

        Raises `Conflict`, `Invalid`, `TooMany` and `TryAgain`.
        """
        assistant = self._assistant.instructed(content)
        answer = RunningAnswer(
            Claim(NOBODY, 0, 0, 0), Conversation(NOBODY, tuple(lines)), assistant
        )
        if assistant.cost is None:
            return await self._answered(answer)
        trial_id = uuid4()
        match await self._store.begin(trial_id, site_id, _most(assistant.cost, lines)):
            case "over":
                raise Conflict(SPENT)
            case "queued":
                raise TooMany(RESERVED, 5)
        try:
            return await self._answered(answer)
        except AssistantFailed as failure:
            answer.failed(failure)
            raise _refusal(failure) from None
        finally:
            told = await asyncio.shield(self._store.end(trial_id, answer.used or 0))
            if told is not None:
                await self._publisher.publish(told)

    async def _answered(self, answer: RunningAnswer) -> Tried:
        """Raises `AssistantFailed`."""
        answer.call()
        asked: str | None = None
        cut = False
        try:
            async with (
                asyncio.timeout(SECONDS),
                aclosing(answer.assistant.stream(answer.conversation)) as stream,
            ):
                async for event in stream:
                    if isinstance(event, TextPiece):
                        answer.written += event.text
                    elif isinstance(event, PersonAsked):
                        asked = event.reason
                    else:
                        answer.usage, cut = event.usage, event.cut
        except TimeoutError:
            failure = AssistantFailed("too_long", retryable=False)
            failure.begun = True
            raise failure from None
        echoed = answer.cost is None
        return Tried(answer.written, echoed, asked, cut, answer.usage)


def _most(cost: CallCost, lines: Sequence[Line]) -> int:
    read = sum(len(line.text.encode()) // BYTES_A_TOKEN + 5 for line in lines)
    return cost.instructions + max(cost.history, read) + cost.output


def _refusal(failure: AssistantFailed) -> Conflict | Invalid | TryAgain:
    log.warning("trial_failed", code=failure.code, reason=failure.detail)
    if failure.code == "not_found":
        return Invalid(UNKNOWN_MODEL)
    if failure.code == "too_long":
        return Conflict(TOO_LONG.format(seconds=SECONDS))
    if failure.retryable:
        return TryAgain(AWAY.format(code=failure.code))
    return Conflict(REFUSED.format(code=failure.code))
