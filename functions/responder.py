"""SQS: answers a chat, delivers a page of a broadcast, sweeps, or runs timers.

A failed record comes again.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import asyncio
from typing import Any, assert_never

import structlog

from core.app import App
from core.delivery.jobs import (
    AnswerChat,
    Deliver,
    DeliverBroadcast,
    RunTimers,
    Sweep,
    read_job,
)
from core.errors import TryAgain
from functions.runtime import LambdaEvent, lambda_handler, seconds_left

log = structlog.get_logger()


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    records = event["Records"]
    if len(records) == 1:
        # The template's batch size is 1. One record needs no task.
        done = [await _do(app, records[0], context)]
    else:
        done = await asyncio.gather(*(_do(app, record, context) for record in records))
    failed = [record["messageId"] for record, ok in zip(records, done, strict=True) if not ok]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


async def _do(app: App, record: dict[str, Any], context: Any) -> bool:
    try:
        match read_job(record["body"]):
            case AnswerChat(chat_id):
                await app.answering.reply(chat_id)
            case DeliverBroadcast(broadcast_id, page):
                await app.broadcasts.deliver_page(broadcast_id, page)
            case Sweep():
                await app.sweeper.run_and_go_on(seconds_left(context))
            case RunTimers():
                await app.timers.run_due(seconds_left(context))
                await app.alarms.order()
            case Deliver():
                await app.publisher.deliver_outside()
            case unreachable:
                assert_never(unreachable)
    except TryAgain as error:
        log.warning("job_postponed", job_id=record["messageId"], reason=error.message)
        return False
    except Exception:
        log.exception("job_failed", job_id=record["messageId"])
        return False
    return True


handler = lambda_handler(handle, App)
