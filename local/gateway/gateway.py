"""API Gateway's WebSocket API as an ASGI app: sockets become events, responses become frames.

    socket → handshake.judge ($connect) → accept → frame → routing → invoke → outbox → socket
                                                                      … → invoke ($disconnect)

As on AWS, a connection is registered only after `$connect` has answered 2xx. Until then a push to
it gets 410.
"""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from local.gateway.api import QUOTAS, Api, Quotas
from local.gateway.asgi import AsgiMessage, AsgiReceive, AsgiScope, AsgiSend
from local.gateway.connection import (
    DELETED,
    GOING_AWAY,
    LOST,
    NOT_TEXT,
    TOO_BIG,
    Connection,
    Ending,
    ending,
)
from local.gateway.events import (
    ConnectionInfo,
    disconnect_event,
    error_frame,
    iso_time,
    message_event,
    read_connection_info,
)
from local.gateway.handshake import Verdict, judge, refuse, refused, upgrade_required
from local.gateway.invoke import IntegrationFailed, invoke
from local.gateway.routing import PREDEFINED, Select, compile_selection
from local.gateway.server import forget_handshake, limit_frames


class Gateway:
    """One WebSocket API with its connections. Mount it at the API's exact path.

    Give it the server's own `send`, without middleware in between. The gateway needs it to drop a
    peer that does not read, and to limit frames and not only messages.

    `ordered`: the frames of a connection are handled one after the other. AWS promises no order.
    Without it `quotas.concurrency` frames are handled at the same time.
    """

    def __init__(self, api: Api, *, quotas: Quotas = QUOTAS, ordered: bool = True) -> None:
        self.api = api
        self.quotas = quotas
        self._ordered = ordered
        self._select = _selection(api)
        self._connections: dict[str, Connection] = {}
        self._serving: set[asyncio.Task[Any]] = set()
        self._draining = False

    @property
    def connections(self) -> int:
        """How many connections are registered."""
        return len(self._connections)

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Serve one socket, from before `$connect` until `$disconnect` has run."""
        if scope["type"] == "http":
            await upgrade_required(send)
            return
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._serving.discard(task)

    def post(self, connection_id: str, data: bytes) -> int:
        """Push a UTF-8 message: 200, 410 gone, 413 too large or 429 outbox full. Never waits."""
        connection = self._connections.get(connection_id)
        if connection is None:
            return 410
        if len(data) > self.quotas.message_bytes:
            return 413
        return connection.put(data)

    def close(self, connection_id: str) -> int:
        """End a connection with 1000: 204, or 410 if it is gone."""
        connection = self._connections.get(connection_id)
        if connection is None or connection.closing:
            return 410
        connection.close(DELETED)
        return 204

    def describe(self, connection_id: str) -> dict[str, Any] | None:
        """`{connectedAt, identity: {sourceIp, userAgent?}, lastActiveAt}`, or None if gone."""
        connection = self._connections.get(connection_id)
        if connection is None or connection.closing:
            return None
        return {
            "connectedAt": iso_time(connection.info.connected_at),
            "identity": connection.info.identity,
            "lastActiveAt": iso_time(connection.last_active_at),
        }

    async def drain(self, seconds: float) -> None:
        """Refuse new sockets, let the running handlers finish, and close all sockets with 1001.

        It returns when every `$disconnect` has run, or after `seconds`. Then it closes the sockets
        whose handler still runs.
        """
        self._draining = True
        for connection in list(self._connections.values()):
            connection.retire()
        if self._serving:
            await asyncio.wait(self._serving, timeout=seconds)
        for connection in list(self._connections.values()):
            connection.close(GOING_AWAY, linger=0)

    async def _serve(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        await receive()
        info = read_connection_info(scope, self.api.stage, self.api.api_id, self.api.domain_name)
        verdict = await self._judge(info, scope)
        if not verdict.accepted:
            with suppress(OSError):
                await refuse(scope, send, verdict)
            return
        try:
            await send({"type": "websocket.accept", "subprotocol": verdict.subprotocol})
        except OSError:
            # The client left while `$connect` ran. `$disconnect` deletes what it has stored.
            await self._disconnected(info, LOST)
        else:
            await self._hold(info, receive, send)

    async def _judge(self, info: ConnectionInfo, scope: AsgiScope) -> Verdict:
        if self._draining:
            return refused(HTTPStatus.SERVICE_UNAVAILABLE)
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(scope["query_string"]) > self.quotas.url_characters:
            return refused(HTTPStatus.REQUEST_URI_TOO_LONG)
        return await judge(self.api, info, scope)

    async def _hold(self, info: ConnectionInfo, receive: AsgiReceive, send: AsgiSend) -> None:
        """Register a connection, and serve it from its first frame to its last."""
        quotas = self.quotas
        exact = limit_frames(send, quotas.message_bytes, quotas.frame_bytes)
        longest = quotas.message_bytes if exact else quotas.frame_bytes
        forget_handshake(send)
        connection = Connection(info, send, quotas)
        self._connections[info.connection_id] = connection
        if self._draining:
            connection.retire()
        try:
            left = await self._converse(connection, receive, longest)
        finally:
            del self._connections[info.connection_id]
            ended_by_us = connection.closing
            await connection.end()
        await self._disconnected(info, ended_by_us or left)
        if connection.tasks:
            await asyncio.wait(connection.tasks)

    async def _converse(self, connection: Connection, receive: AsgiReceive, longest: int) -> Ending:
        """Handle frames until the socket is closed."""
        while (message := await receive())["type"] != "websocket.disconnect":
            if connection.leaving:
                continue
            connection.touch()
            fault = _fault(message, longest)
            if fault:
                connection.close(fault)
            elif self._ordered:
                await self._answer(connection, message["text"])
            else:
                await self._answer_later(connection, message["text"])
        return ending(message)

    async def _answer_later(self, connection: Connection, text: str) -> None:
        if connection.slots is None or connection.tasks is None:
            connection.slots, connection.tasks = asyncio.Semaphore(self.quotas.concurrency), set()
        slots = connection.slots
        await slots.acquire()
        task = asyncio.create_task(self._answer(connection, text))
        connection.tasks.add(task)
        task.add_done_callback(connection.tasks.discard)
        task.add_done_callback(lambda _: slots.release())

    async def _answer(self, connection: Connection, text: str) -> None:
        connection.begin()
        try:
            frame = await self._routed(connection.info, text)
            if frame is not None:
                connection.put(frame.encode())
        finally:
            connection.finish()

    async def _routed(self, info: ConnectionInfo, text: str) -> str | None:
        """The frame that answers a message, or None.

        A two-way route without a body sends an empty frame. An error is sent on one-way routes,
        too.
        """
        key = self._select(text)
        event = message_event(info, key, text)
        route = self.api.routes.get(key)
        if route is None:
            return error_frame("Forbidden", event)
        try:
            answer = await invoke(route, event)
        except IntegrationFailed as failure:
            return error_frame(failure.message, event)
        body = answer.get("body") or ""
        if _bytes(body) > self.quotas.message_bytes:
            return error_frame("Internal server error", event)
        return body if route.two_way else None

    async def _disconnected(self, info: ConnectionInfo, how: Ending) -> None:
        """Run `$disconnect` once, as AWS does. `invoke` logs a failure."""
        route = self.api.routes.get("$disconnect")
        if route is not None:
            try:
                await invoke(route, disconnect_event(info, *how))
            except IntegrationFailed:
                return


def _selection(api: Api) -> Select:
    """The function from a message to its route. With one route it does not read the message."""
    others = api.routes.keys() - PREDEFINED
    if not others:
        return lambda _: "$default"
    select = compile_selection(api.selection)
    return lambda text: key if (key := select(text)) in others else "$default"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _fault(message: AsgiMessage, longest: int) -> Ending | None:
    """Why API Gateway would close the connection over this message."""
    text = message.get("text")
    if text is None:
        return NOT_TEXT
    return TOO_BIG if _bytes(text) > longest else None
