"""SQS: sends the notices that are due to places outside. A failed record comes again."""

from typing import Any

import structlog

from core.app import App
from core.delivery.jobs import Deliver, read_job
from core.errors import Invalid, TryAgain
from functions.runtime import LambdaEvent, lambda_handler, seconds_left

log = structlog.get_logger()


async def handle(app: App, event: LambdaEvent, context: Any) -> dict[str, Any]:
    failed = []
    for record in event["Records"]:
        try:
            await _deliver(app, record["body"], context)
        except TryAgain as error:
            log.warning("job_postponed", job_id=record["messageId"], reason=error.message)
            failed.append(record["messageId"])
        except Exception:
            log.exception("job_failed", job_id=record["messageId"])
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


async def _deliver(app: App, body: str, context: Any) -> None:
    job = read_job(body)
    if not isinstance(job, Deliver):
        raise Invalid("This queue takes deliveries only.")
    await app.deliverer.run(job.delivery_id, seconds_left(context))


# It opens the sealed addresses of hooks, so it has SECRET_KEY.
handler = lambda_handler(handle, App, signs=True)
