"""SQS and EventBridge Scheduler as far as the functions use them, and Lambda's poller.

Each sent job counts, and comes once. What is due in more than a few seconds comes when `settled` is
awaited: nobody here waits half a minute for a job that finds nothing to do.
"""

import asyncio
import hashlib
import heapq
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import uuid4

from core.delivery.jobs import read_job
from tests.costs.meter import Used

# What is due so soon is waited for.
SOON = 5.0
Take = Callable[[str, dict[str, Any]], Awaitable[Any]]


class CountingQueues:
    """`take` gets the queue's name and the event for its function."""

    def __init__(self, used: Used, take: Take) -> None:
        self._used = used
        self._take = take
        self._late: list[tuple[float, int, str, str]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._order = count()

    def called(self, target: str, path: str, body: bytes) -> dict[str, Any]:
        """A call of AWS's API, and what it answers."""
        asked = json.loads(body)
        if target == "AmazonSQS.SendMessage":
            return self._send(asked)
        if path.startswith("/schedules/"):
            self._used.schedules += 1
            self._later("rings", asked["Target"]["Input"], 86400.0)
            return {"ScheduleArn": "arn:aws:scheduler:us-east-1:000000000000:schedule/timers"}
        raise AssertionError(f"nobody answers {target} {path}")

    async def settled(self) -> None:
        """Wait until every job is done. What is due late comes now, in its order."""
        while self._running or self._late:
            if self._running:
                await asyncio.wait(self._running)
            else:
                _, _, queue, text = heapq.heappop(self._late)
                self._begin(queue, text, 0.0)

    def _send(self, asked: dict[str, Any]) -> dict[str, Any]:
        queue, text = asked["QueueUrl"].rpartition("/")[2], asked["MessageBody"]
        self._used.jobs[f"{queue} {type(read_job(text)).__name__}"] += 1
        delay = float(asked.get("DelaySeconds", 0))
        if delay > SOON:
            self._later(queue, text, delay)
        else:
            self._begin(queue, text, delay)
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": str(uuid4()), "MD5OfMessageBody": digest}

    def _later(self, queue: str, text: str, delay: float) -> None:
        due = asyncio.get_running_loop().time() + delay
        heapq.heappush(self._late, (due, next(self._order), queue, text))

    def _begin(self, queue: str, text: str, delay: float) -> None:
        task = asyncio.create_task(self._run(queue, text, delay))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, queue: str, text: str, delay: float) -> None:
        await asyncio.sleep(delay)
        name = str(uuid4())
        record = {
            "messageId": name,
            "receiptHandle": name,
            "body": text,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
            "awsRegion": "us-east-1",
        }
        answer = await self._take(queue, {"Records": [record]})
        assert not answer["batchItemFailures"], (text, answer)
