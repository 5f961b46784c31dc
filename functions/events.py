"""Reads API Gateway's WebSocket events, and makes its responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from functools import lru_cache
from typing import Any

from core.model import ConnectionId, Target
from core.socket_app import SocketApp
from functions import viewer
from functions.runtime import LambdaEvent

# The stage separates managers' sockets from visitors' sockets.
MANAGER_STAGE = "manager"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
OF_AWS = "https://{{api_id}}.execute-api.{0.aws_region}.{0.aws_url_suffix}"


def is_manager(event: LambdaEvent) -> bool:
    return bool(event["requestContext"]["stage"] == MANAGER_STAGE)


def connection_id(event: LambdaEvent) -> ConnectionId:
    return ConnectionId(event["requestContext"]["connectionId"])


def target(app: SocketApp, event: LambdaEvent) -> Target:
    """The event's connection, with the callback URL of the gateway that holds it."""
    context = event["requestContext"]
    # From our settings or AWS's names, never from a header: a client could choose that.
    url = app.settings.callback_url or OF_AWS.format(app.settings)
    return Target(connection_id(event), _callback_url(url, context["apiId"], context["stage"]))


@lru_cache(maxsize=16)
def _callback_url(url: str, api_id: str, stage: str) -> str:
    if "{stage}" not in url:
        url = f"{url.rstrip('/')}/{{stage}}"
    return url.replace("{api_id}", api_id).replace("{stage}", stage)


def address(app: SocketApp, event: LambdaEvent) -> str | None:
    """The client's address, as limits count it."""
    source = event["requestContext"].get("identity", {}).get("sourceIp")
    return viewer.address(app.settings.origin_secret, lambda name: header(event, name), source)


def query(event: LambdaEvent, name: str) -> str | None:
    """A query parameter of the handshake. If it is repeated, API Gateway gives the last one."""
    value = (event.get("queryStringParameters") or {}).get(name)
    return None if value is None else str(value)


def header(event: LambdaEvent, name: str) -> str | None:
    """A header of the handshake. The case of its name does not matter."""
    for key, value in (event.get("headers") or {}).items():
        if key.lower() == name:
            return str(value)
    return None


def answer(body: bytes | None = None) -> dict[str, Any]:
    """A route's response. On a two-way route the body goes back to the sender."""
    return {"statusCode": 200} if body is None else {"statusCode": 200, "body": body.decode()}
