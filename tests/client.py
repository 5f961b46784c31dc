"""A WebSocket client as a test sees it: send actions, wait for frames, look at all that came."""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

Frame = dict[str, Any]
# Nothing takes that long; on a machine that is busy with other things it may.
PATIENCE = 60.0


class Reachable(Protocol):
    def socket_url(self, path: str) -> str: ...


class Client:
    """`async with Client(server, "/ws?chat_id=a") as client:`; `frames` is all that came."""

    def __init__(self, server: Reachable, path: str, **options: Any) -> None:
        self._url = server.socket_url(path)
        self._options = options
        self.frames: list[Frame] = []
        self._news = asyncio.Condition()
        self._position = 0
        self.closed = False

    async def __aenter__(self) -> Self:
        self.socket: ClientConnection = await connect(
            self._url, **{"open_timeout": PATIENCE, **self._options}
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.socket.close()
        await self._reader

    async def send(self, action: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"action": action, **fields}, ensure_ascii=False))

    async def say(self, text: str, **fields: Any) -> Frame:
        """Send a message and wait for its acknowledgement."""
        name = fields.setdefault("client_id", f"c-{secrets.token_hex(8)}")
        await self.send("message", text=text, **fields)
        return await self.wait(
            lambda f: f["type"] in ("message", "error") and f.get("client_id") == name
        )

    async def insist(self, text: str) -> Frame:
        """Say it until it is stored and passed on: on a busy machine the queue may be late."""
        name = f"c-{secrets.token_hex(8)}"
        async with asyncio.timeout(PATIENCE):
            while True:
                sent = len(self.frames)
                await self.send("message", text=text, client_id=name)
                answer = await self.wait(lambda f: f.get("client_id") == name, since=sent)
                if answer["type"] == "message":
                    return answer

    async def resume(self, after: int = 0) -> Frame:
        await self.send("resume", after=after)
        return await self.next("ready")

    async def wait(
        self, wanted: Callable[[Frame], bool], seconds: float = PATIENCE, since: int = 0
    ) -> Frame:
        """The first frame, of all that came and come after so many, that is wanted."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                for frame in self.frames[since:]:
                    if wanted(frame):
                        return frame
                assert not self.closed, f"closed while waiting; came: {self.frames}"
                await self._news.wait()

    async def next(self, kind: str, /, seconds: float = PATIENCE, **fields: Any) -> Frame:
        """The next frame of a type with these fields, after the one that `next` gave before."""
        async with asyncio.timeout(seconds), self._news:
            while True:
                for index in range(self._position, len(self.frames)):
                    frame = self.frames[index]
                    if frame["type"] == kind and fields.items() <= frame.items():
                        self._position = index + 1
                        return frame
                assert not self.closed, f"closed while waiting; came: {self.frames}"
                await self._news.wait()

    async def reply_to(self, seq: int, **fields: Any) -> Frame:
        """The assistant's message that answers `seq`; a manager names the chat, too."""
        wanted = {"type": "message", "reply_to": seq, **fields}
        return await self.wait(lambda f: wanted.items() <= f.items())

    def of(self, kind: str, /, **fields: Any) -> list[Frame]:
        """All frames of a type so far."""
        return [f for f in self.frames if f["type"] == kind and fields.items() <= f.items()]

    async def _read(self) -> None:
        with suppress(ConnectionClosedError):
            async for raw in self.socket:
                async with self._news:
                    # API Gateway sends an empty frame when a two-way route answers nothing.
                    self.frames.append(json.loads(raw) if raw else {"type": "empty"})
                    self._news.notify_all()
        async with self._news:
            self.closed = True
            self._news.notify_all()


def visitor(server: Reachable, chat_id: str, **options: Any) -> Client:
    return Client(server, f"/ws?chat_id={chat_id}", **options)


def manager(server: Reachable) -> Client:
    return Client(server, "/manager/ws")
