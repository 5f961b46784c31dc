"""On AWS: a call of the functions at a later time, by the queue or by EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
"""

import asyncio
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from core.delivery.aws import Clients
from core.delivery.jobs import Queue, RunTimers, write_job
from core.value import value

# The longest delay of a queue's message. It is exact; a schedule may come a minute late.
DELAYED_AT_MOST = 900
NAME = "timers"
CALL_SECONDS = 5.0


@value
class SchedulePlace:
    """The group of the schedule, the queue that gets the job, and the role that may send it."""

    group: str
    queue_arn: str
    role_arn: str


class Schedule:
    """One call at a time is ordered for later than a quarter of an hour: a one-time schedule."""

    def __init__(self, clients: Clients, queue: Queue, place: SchedulePlace | None) -> None:
        self._clients = clients
        self._queue = queue
        self._place = place

    async def order(self, seconds: float) -> None:
        """Let the job `RunTimers` come in so many seconds. Raises when nobody took the order.

        Without a place, one that is far away is left to the sweep.
        """
        if seconds <= DELAYED_AT_MOST:
            await self._queue.enqueue_in(RunTimers(), max(0.0, seconds))
        elif self._place is not None:
            async with asyncio.timeout(CALL_SECONDS):
                await self._schedule(self._place, seconds)

    async def _schedule(self, place: SchedulePlace, seconds: float) -> None:
        scheduler = await self._clients.scheduler()
        asked = _schedule(place, seconds)
        try:
            await scheduler.update_schedule(**asked)
        except scheduler.exceptions.ResourceNotFoundException:
            try:
                await scheduler.create_schedule(**asked)
            except scheduler.exceptions.ConflictException:
                # Another function has made it in this moment.
                await scheduler.update_schedule(**asked)


def _schedule(place: SchedulePlace, seconds: float) -> dict[str, Any]:
    # A schedule has whole seconds.
    at = datetime.now(UTC) + timedelta(seconds=ceil(seconds))
    return {
        "Name": NAME,
        "GroupName": place.group,
        "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": place.queue_arn,
            "RoleArn": place.role_arn,
            "Input": write_job(RunTimers()),
        },
    }
