"""A WebSocket API: one stage, its routes and its quotas."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.gateway.deadline import Deadlines
from local.gateway.events import new_api_id
from local.gateway.routing import PREDEFINED, compile_selection

IntegrationResponse = dict[str, Any]
RouteHandler = Callable[[dict[str, Any], Any], Awaitable[IntegrationResponse | None]]

LONGEST_TIMEOUT = 29.0


@dataclass(frozen=True)
class Route:
    """A handler of a route key. Raises ValueError for a timeout that AWS does not allow.

    `two_way` is API Gateway's RouteResponse: without it the handler's body is not sent back.
    `timeout` is in seconds. A handler that takes longer is cancelled.
    """

    handler: RouteHandler
    two_way: bool = False
    timeout: float = LONGEST_TIMEOUT
    # Those of the handler's running calls.
    deadlines: Deadlines = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"a route's timeout is at most {LONGEST_TIMEOUT:g} s")
        object.__setattr__(self, "deadlines", Deadlines(self.timeout))


@dataclass(frozen=True)
class Api:
    """One WebSocket API with one stage. Its `$connect` and `$disconnect` are optional.

    `domain_name` is for the events; by default it is the address of the client's request. Raises
    ValueError for a selection expression or a route key that AWS does not allow.
    """

    stage: str
    routes: Mapping[str, Route]
    selection: str = "$request.body.action"
    api_id: str = field(default_factory=new_api_id)
    domain_name: str | None = None

    def __post_init__(self) -> None:
        compile_selection(self.selection)
        for key in self.routes:
            if key.startswith("$") and key not in PREDEFINED:
                raise ValueError(f"{key}: only {', '.join(sorted(PREDEFINED))} may begin with $")


@dataclass(frozen=True)
class Quotas:
    """API Gateway's quotas, and three of our own.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

    `outbox_bytes`: so much may wait for a connection that reads slowly. One more byte closes it.
    `linger_seconds`: a closed connection has so long to read what is left for it.
    `concurrency`: so many frames of one connection are handled at the same time.
    """

    idle_seconds: float = 600
    lifetime_seconds: float = 7200
    frame_bytes: int = 32 * 1024
    message_bytes: int = 128 * 1024
    url_characters: int = 4096
    outbox_bytes: int = 1024 * 1024
    linger_seconds: float = 3
    concurrency: int = 16


QUOTAS = Quotas()
