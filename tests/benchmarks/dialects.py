"""How frames look on the wire: ours, and those of the systems beside which ours is measured."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from tests.benchmarks.wire import Received, Socket, connect

PATIENCE = 30.0


class Dialect:
    """Ours. `message` is how a message begins; both its forms where an acknowledgement differs."""

    visitor, manager = "/ws?chat_id=", "/manager/ws"
    message: bytes | tuple[bytes, ...] = b'{"type":"message"'
    question, answer = b'"role":"user"', b'"role":"assistant"'

    async def open(self, port: int, path: str, received: Received) -> Socket:
        return await connect(port, path, received)

    def said(self, text: str, client_id: str) -> bytes:
        frame = {"action": "message", "text": text, "client_id": client_id}
        return json.dumps(frame).encode()


class SocketIO(Dialect):
    """https://socket.io/docs/v4/socket-io-protocol/"""

    visitor = "/socket.io/?EIO=4&transport=websocket&chat_id="
    manager = "/socket.io/?EIO=4&transport=websocket"
    message: bytes | tuple[bytes, ...] = b'42["message",{"type":"message"'

    async def open(self, port: int, path: str, received: Received) -> Socket:
        joined = asyncio.Event()
        greeted = asyncio.Event()

        def first(payload: bytes) -> None:
            if payload.startswith(b"0"):
                greeted.set()
            elif payload.startswith(b"40"):
                joined.set()
            elif payload == b"2":
                socket.send(b"3")
            else:
                received(payload)

        socket = await connect(port, path, first)
        async with asyncio.timeout(PATIENCE):
            await greeted.wait()
            socket.send(b"40" + self.credentials())
            await joined.wait()
        return socket

    def credentials(self) -> bytes:
        return b""

    def said(self, text: str, client_id: str) -> bytes:
        return b'42["message",' + super().said(text, client_id) + b"]"


class Acknowledged(SocketIO):
    """Socket.IO's own acknowledgement, which the sender gets in place of the message."""

    message = (b'42["message",{"type":"message"', b"43")

    def said(self, text: str, client_id: str) -> bytes:
        # The packet's number stands before its data.
        return b"42" + client_id[1:].encode() + super().said(text, client_id)[2:]


class Chainlit(SocketIO):
    """What its page sends. It has neither a watcher nor an acknowledgement."""

    visitor = "/ws/socket.io/?EIO=4&transport=websocket&chat="
    message = b'42["new_message",{'
    question, answer = b'"type":"user_message"', b'"type":"assistant_message"'

    async def open(self, port: int, path: str, received: Received) -> Socket:
        socket = await super().open(port, path, received)
        socket.send(b'42["connection_successful"]')
        return socket

    def credentials(self) -> bytes:
        return json.dumps({"sessionId": str(uuid4()), "clientType": "webapp"}).encode()

    def said(self, text: str, client_id: str) -> bytes:
        message = {
            "id": str(uuid4()),
            "threadId": "",
            "type": "user_message",
            "name": "user",
            "output": text,
            "createdAt": datetime.now(UTC).isoformat(),
        }
        given = {"message": message, "fileReferences": []}
        return b'42["client_message",' + json.dumps(given).encode() + b"]"


DIALECTS: dict[str, Callable[[], Dialect]] = {
    "closed": Dialect,
    "socketio": SocketIO,
    "acknowledged": Acknowledged,
    "chainlit": Chainlit,
}


class Fan:
    """Ours: who says a size has everybody get a frame of that size."""

    async def open(self, port: int, received: Received) -> Socket:
        return await connect(port, "/ws", received)

    def asked(self, size: int) -> bytes:
        return str(size).encode()


class FanOfSocketIO(Fan):
    async def open(self, port: int, received: Received) -> Socket:
        return await SocketIO().open(port, SocketIO.manager, received)

    def asked(self, size: int) -> bytes:
        return b'42["everybody",%d]' % size


class FanOfNchan(Fan):
    """What one says is what all get."""

    def asked(self, size: int) -> bytes:
        return b"x" * size


FANS: dict[str, Callable[[], Fan]] = {"": Fan, "socketio": FanOfSocketIO, "nchan": FanOfNchan}
