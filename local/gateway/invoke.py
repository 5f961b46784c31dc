"""Awaits a handler as API Gateway invokes a function: with a deadline, and without surprises."""

import asyncio
import traceback
from http import HTTPStatus

import structlog

from local.gateway.api import IntegrationResponse, Route
from local.gateway.context import LambdaContext
from local.gateway.deadline import Deadline
from local.gateway.events import GatewayEvent
from local.gateway.leaked_tasks import invocation

log = structlog.get_logger()

HANDLER_FAILED = "handler_failed"
TASK_LEAKED = "task_leaked"


class IntegrationFailed(Exception):
    """The handler gave no answer. `status` is the handshake's, `message` the error frame's."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def crashed() -> IntegrationFailed:
    return IntegrationFailed(HTTPStatus.BAD_GATEWAY, "Internal server error")


def timed_out() -> IntegrationFailed:
    return IntegrationFailed(HTTPStatus.GATEWAY_TIMEOUT, "Endpoint request timed out")


async def invoke(route: Route, event: GatewayEvent) -> IntegrationResponse:
    """The handler's answer, empty if it answers nothing. Raises IntegrationFailed."""
    asked = event["requestContext"]
    name = f"{asked['stage']}-{asked['routeKey'].removeprefix('$')}"
    try:
        with invocation() as started, Deadline(route.deadlines) as limit:
            answer = await route.handler(event, LambdaContext(name, route.timeout))
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        log_failure(event, error)
        raise crashed() from None
    except Exception as error:
        log_failure(event, error)
        raise (timed_out() if limit.expired else crashed()) from None
    for task in started:
        if not task.done():
            log.error(TASK_LEAKED, task=task.get_name(), **_place(event))
    return _proxy_answer(event, answer)


def _proxy_answer(event: GatewayEvent, answer: object) -> IntegrationResponse:
    """AWS takes an object with a textual body, or nothing; anything else is malformed."""
    if answer is None:
        return {}
    if not isinstance(answer, dict) or not isinstance(answer.get("body", ""), str | None):
        log_failure(event, TypeError("malformed answer"))
        raise crashed()
    return answer


def log_failure(event: GatewayEvent, error: BaseException) -> None:
    """One line that says where, and nothing of what was written: an error's text may quote it."""
    frames = traceback.extract_tb(error.__traceback__)
    at = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error(HANDLER_FAILED, reason=type(error).__name__, at=at or "-", **_place(event))


def _place(event: GatewayEvent) -> dict[str, str]:
    asked = event["requestContext"]
    return {
        "connection_id": asked["connectionId"],
        "route": asked["routeKey"],
        "request_id": asked["requestId"],
    }
