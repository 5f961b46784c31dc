"""The queues' jobs: answer, deliver a broadcast or notices, go on with a sweep, run timers.

A job holds ids only, so nothing in it can be stale.
"""

import asyncio
import math
from collections.abc import Awaitable
from typing import Protocol
from uuid import UUID

import structlog
from pydantic_core import from_json, to_json

from core.delivery.aws import Clients
from core.errors import Invalid, TryAgain
from core.model import ChatId
from core.value import value

log = structlog.get_logger()

# A writer leaves a job for later, in case it dies.
LATER_SECONDS = 30
SEND_SECONDS = 5.0
# SQS delays no job for longer.
LONGEST_DELAY = 900
NOT_TAKEN = "The message could not be passed on. Please send it again."


@value
class AnswerChat:
    """Answer the pending messages of this chat."""

    chat_id: ChatId


@value
class DeliverBroadcast:
    """Deliver this page of a broadcast."""

    broadcast_id: UUID
    page: int


@value
class Sweep:
    """Go on with a sweep that ran out of time."""


@value
class RunTimers:
    """Run what is due. On one machine a task does that."""


@value
class Deliver:
    """Send the notices that are due. `delivery_id`: come again if this one is due later."""

    delivery_id: UUID | None = None


Job = AnswerChat | DeliverBroadcast | Sweep | RunTimers | Deliver


def write_job(job: Job) -> str:
    match job:
        case AnswerChat(chat_id):
            fields: dict[str, object] = {"chat_id": chat_id}
        case DeliverBroadcast(broadcast_id, page):
            fields = {"broadcast_id": broadcast_id, "page": page}
        case Sweep():
            fields = {"job": "sweep"}
        case RunTimers():
            fields = {"job": "timers"}
        case Deliver(delivery_id):
            fields = {"job": "deliver", "delivery_id": delivery_id}
    return to_json(fields).decode()


def read_job(body: str) -> Job:
    """Raises `Invalid` if the body is not a job."""
    try:
        fields = from_json(body)
        if "broadcast_id" in fields:
            return DeliverBroadcast(UUID(fields["broadcast_id"]), int(fields["page"]))
        if fields.get("job") == "sweep":
            return Sweep()
        if fields.get("job") == "timers":
            return RunTimers()
        if fields.get("job") == "deliver":
            name = fields.get("delivery_id")
            return Deliver(UUID(name) if name else None)
        return AnswerChat(ChatId(str(fields["chat_id"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(f"This is not a job: {type(error).__name__}") from None


class Queue(Protocol):
    """Takes jobs. Every method raises `TryAgain` when a job was not taken."""

    async def enqueue(self, *jobs: Job) -> None:
        """Enqueue jobs for now."""

    def offer(self, job: Job) -> Awaitable[None] | None:
        """Enqueue one job for now. Returns an awaitable, or None if the job was taken already."""

    async def enqueue_in(self, job: Job, seconds: float) -> None:
        """Enqueue one job that comes after so many seconds."""

    async def enqueue_later(self, job: Job) -> None:
        """Enqueue a job for later, unless a frequent sweep does that work."""


class SqsQueue:
    """A standard SQS queue. The claim, not the queue, gives order and mutual exclusion.

    `offer_delay`: the seconds after which an offered job comes. Whole ones are waited for in the
    queue, and the rest by whoever does the job.
    """

    def __init__(self, clients: Clients, url: str, offer_delay: float = 0.0) -> None:
        self._clients = clients
        self._url = url
        self._offer_delay = int(offer_delay)

    async def enqueue(self, *jobs: Job) -> None:
        await asyncio.gather(*(self._send(write_job(job), 0) for job in jobs))

    def offer(self, job: Job) -> Awaitable[None]:
        return self._send(write_job(job), self._offer_delay)

    async def enqueue_in(self, job: Job, seconds: float) -> None:
        await self._send(write_job(job), math.ceil(seconds))

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
