"""Jobs: "look at this chat", and the pages of broadcasts.

A job carries nothing that could be stale.
"""

import asyncio
import json
from collections.abc import Awaitable
from typing import Protocol
from uuid import UUID

import structlog

from core.delivery.aws import Clients
from core.errors import Invalid, TryAgain
from core.model import ChatId
from core.value import value

log = structlog.get_logger()

# A job left behind by whoever writes an answer, in case that writer dies.
LATER_SECONDS = 30
SEND_SECONDS = 5.0
NOT_TAKEN = "The message could not be passed on. Please send it again."


@value
class AnswerChat:
    """Look at this chat, and answer what is pending."""

    chat_id: ChatId


@value
class DeliverBroadcast:
    """Deliver this page of a broadcast."""

    broadcast_id: UUID
    page: int


Job = AnswerChat | DeliverBroadcast


def write_job(job: Job) -> str:
    match job:
        case AnswerChat(chat_id):
            return json.dumps({"chat_id": chat_id})
        case DeliverBroadcast(broadcast_id, page):
            return json.dumps({"broadcast_id": str(broadcast_id), "page": page})


def read_job(body: str) -> Job:
    """Raises `Invalid` for what is not a job."""
    try:
        fields = json.loads(body)
        if "broadcast_id" in fields:
            return DeliverBroadcast(UUID(fields["broadcast_id"]), int(fields["page"]))
        return AnswerChat(ChatId(str(fields["chat_id"])))
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"This is not a job: {type(error).__name__}") from None


class Queue(Protocol):
    """Where jobs go. All raise `TryAgain` when a job was not taken."""

    async def enqueue(self, *jobs: Job) -> None:
        """Enqueue jobs, to be done as soon as possible."""

    def offer(self, job: Job) -> Awaitable[None] | None:
        """Enqueue one, which may take its time: what is to be awaited, None if nothing."""

    async def enqueue_later(self, job: Job) -> None:
        """Leave a job behind for later, where no frequent sweep does that work."""


class SqsQueue:
    """A standard SQS queue: order and mutual exclusion come from the claim, not from here."""

    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    async def enqueue(self, *jobs: Job) -> None:
        await asyncio.gather(*(self._send(write_job(job), 0) for job in jobs))

    def offer(self, job: Job) -> Awaitable[None]:
        return self.enqueue(job)

    async def enqueue_later(self, job: Job) -> None:
        await self._send(write_job(job), LATER_SECONDS)

    async def _send(self, body: str, delay: int) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                sqs = await self._clients.sqs()
                await sqs.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        except Exception as error:
            log.warning("job_enqueue_failed", reason=type(error).__name__)
            raise TryAgain(NOT_TAKEN) from error
