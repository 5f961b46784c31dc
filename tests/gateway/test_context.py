"""What a handler learns about its invocation."""

import re
from typing import Any

import pytest

from local.gateway.api import Route
from tests.gateway.harness import OK, Calls, Event, Serve


@pytest.mark.aws("The context object is Lambda's", "doc: Lambda context object in Python")
async def test_handlers_get_a_context_like_lambdas(serve: Serve, calls: Calls) -> None:
    names = (
        "aws_request_id", "function_name", "function_version", "invoked_function_arn",
        "log_group_name", "log_stream_name", "memory_limit_in_mb",
    )  # fmt: skip
    seen: Event = {}

    async def look(_: Event, context: Any) -> Event:
        seen.update({name: getattr(context, name) for name in names})
        seen["left"] = context.get_remaining_time_in_millis()
        return OK

    running = await serve({"$connect": Route(look, timeout=2)})
    await running.connect()
    assert re.fullmatch(r"[0-9a-f-]{36}", seen["aws_request_id"])
    assert (seen["function_name"], seen["function_version"]) == ("ws-connect", "$LATEST")
    assert seen["invoked_function_arn"].endswith(":function:ws-connect")
    assert seen["log_group_name"] == "/aws/lambda/ws-connect"
    assert 0 < seen["left"] <= 2000
