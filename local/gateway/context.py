"""The second argument of a Lambda handler."""

import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property


@dataclass
class LambdaContext:
    """What a Lambda function can ask about its invocation. `timeout` is in seconds.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    function_name: str
    timeout: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "512"
    identity: None = None
    client_context: None = None
    _deadline: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.timeout

    @cached_property
    def aws_request_id(self) -> str:
        """Made at first use: few handlers need it."""
        return str(uuid.uuid4())

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:000000000000:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        return self.aws_request_id

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))
