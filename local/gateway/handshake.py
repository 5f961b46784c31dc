"""The handshake: it waits until `$connect` has answered, and may be refused."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from local.gateway.api import Api, IntegrationResponse
from local.gateway.asgi import AsgiScope, AsgiSend
from local.gateway.events import ConnectionInfo, GatewayEvent, connect_event, error_frame
from local.gateway.invoke import IntegrationFailed, invoke

_JSON = "application/json"


class Verdict(NamedTuple):
    """The result of a handshake: accepted if the status is 2xx, otherwise refused with it."""

    status: int
    body: str = ""
    content_type: str = _JSON
    subprotocol: str | None = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def refused(status: HTTPStatus) -> Verdict:
    return Verdict(status, json.dumps({"message": status.phrase}))


async def judge(api: Api, info: ConnectionInfo, scope: AsgiScope) -> Verdict:
    """Ask `$connect`, if there is one. Its status becomes that of the handshake.

    A crash is 502 (observed on AWS), and a timeout is 504. AWS does not document the body of a
    refusal. Here it is the handler's body, or the error frame of a failed route.
    """
    route = api.routes.get("$connect")
    if route is None:
        return Verdict(HTTPStatus.OK)
    event = connect_event(info, scope)
    try:
        return _verdict(event, await invoke(route, event))
    except IntegrationFailed as failure:
        return Verdict(failure.status, error_frame(failure.message, event))


def _verdict(event: GatewayEvent, answer: IntegrationResponse) -> Verdict:
    status = answer.get("statusCode")
    if not isinstance(status, int) or not 200 <= status < 600:
        return Verdict(HTTPStatus.BAD_GATEWAY, error_frame("Internal server error", event))
    headers = {name.lower(): value for name, value in _headers(answer).items()}
    return Verdict(
        status=status,
        body=answer.get("body") or "",
        content_type=headers.get("content-type", _JSON),
        subprotocol=headers.get("sec-websocket-protocol"),
    )


def _headers(answer: IntegrationResponse) -> Mapping[str, str]:
    multi = answer.get("multiValueHeaders") or {}
    return {name: values[-1] for name, values in multi.items()} | (answer.get("headers") or {})


async def refuse(scope: AsgiScope, send: AsgiSend, verdict: Verdict) -> None:
    """Answer the upgrade with an HTTP status. A server that cannot do that answers 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    await _respond(send, "websocket.http.response", verdict, {})


async def upgrade_required(send: AsgiSend) -> None:
    """Answer plain HTTP with 426, as the suite of serverless-offline expects, which ran on AWS."""
    verdict = refused(HTTPStatus.UPGRADE_REQUIRED)
    await _respond(send, "http.response", verdict, {"upgrade": "websocket"})


async def _respond(send: AsgiSend, kind: str, verdict: Verdict, more: Mapping[str, str]) -> None:
    body = verdict.body.encode()
    headers: dict[str, Any] = {
        "content-type": verdict.content_type,
        "content-length": str(len(body)),
        **more,
    }
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": f"{kind}.start", "status": int(verdict.status), "headers": raw})
    await send({"type": f"{kind}.body", "body": body})
