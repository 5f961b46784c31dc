"""Lambda without Lambda: AWS's own runtime client in processes, driven over the Runtime API.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parent.parent.parent
NEXT = "/2018-06-01/runtime/invocation/next"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
DEAD = {"errorType": "Runtime.ExitError", "errorMessage": "the process is dead"}


class FunctionError(Exception):
    """What the function reported: `errorType`, `errorMessage`, `stackTrace`; or that it died."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(report.get("errorMessage"))
        self.report = report


@dataclass
class Container:
    """One execution environment: a process, and the Runtime API that only it talks to."""

    name: str
    environment: dict[str, str]
    timeout: float
    log: Path
    cold_seconds: float = 0.0
    process: asyncio.subprocess.Process | None = None
    _events: "asyncio.Queue[tuple[str, bytes]]" = field(default_factory=asyncio.Queue)
    _answers: "dict[str, asyncio.Future[Any]]" = field(default_factory=dict)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _serving: "set[asyncio.Task[None]]" = field(default_factory=set)
    _server: asyncio.Server | None = None
    _watch: "asyncio.Task[None] | None" = None
    _stopped: bool = False

    async def start(self) -> None:
        """A cold start; `cold_seconds` is until it asks for its first event."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "awslambdaric", f"functions.{self.name}.handler"),
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
                    "AWS_LAMBDA_FUNCTION_NAME": self.name,
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                    **self.environment,
                },
                stdout=log,
                stderr=log,
            )
        self._watch = asyncio.create_task(self._watched(self.process))
        if self._stopped:
            self.process.kill()
        await asyncio.wait_for(self._ready.wait(), 120)
        if self._watch.done():
            raise FunctionError(DEAD)
        self.cold_seconds = time.monotonic() - began

    async def invoke(self, event: object) -> Any:
        """The function's answer. Raises `FunctionError`."""
        name = str(uuid4())
        answer = self._answers[name] = asyncio.get_running_loop().create_future()
        self._events.put_nowait((name, json.dumps(event).encode()))
        try:
            return await asyncio.wait_for(answer, self.timeout)
        finally:
            del self._answers[name]

    async def stop(self) -> None:
        """End the process and its connections, also in the middle of a cold start."""
        self._stopped = True
        if self._server is not None:
            self._server.close()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        if self._watch is not None:
            await self._watch
        while self._serving:
            for serving in self._serving:
                serving.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _watched(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._ready.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(FunctionError(DEAD))

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:
            writer.close()
            return
        serving = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                method, path, _ = head[0].split(" ")
                given = {k.lower(): v.strip() for k, _, v in (h.partition(":") for h in head[1:])}
                body = await reader.readexactly(int(given.get("content-length", 0)))
                await self._answer(writer, method, path, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(
        self, writer: asyncio.StreamWriter, method: str, path: str, body: bytes
    ) -> None:
        if (method, path) == ("GET", NEXT):
            self._ready.set()
            name, event = await self._events.get()
            deadline = int((time.time() + self.timeout) * 1000)
            headers = {
                "Lambda-Runtime-Aws-Request-Id": name,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": ARN + self.name,
            }
            await _respond(writer, 200, event, headers)
            return
        name, _, kind = path.removeprefix("/2018-06-01/runtime/invocation/").partition("/")
        answer = self._answers.get(name)
        if answer is not None and not answer.done():
            if kind == "response":
                answer.set_result(json.loads(body))
            else:
                answer.set_exception(FunctionError(json.loads(body)))
        await _respond(writer, 202, b'{"status":"OK"}', {})


async def _respond(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: dict[str, str]
) -> None:
    # The runtime client compares this type letter for letter.
    headers = {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


class Function:
    """Containers of one function, as Lambda keeps them: an idle one, or else another cold start."""

    def __init__(
        self, name: str, environment: dict[str, str], log: Path, timeout: float = 29
    ) -> None:
        self._made = (name, environment, timeout, log)
        self._idle: list[Container] = []
        self._stopped = False
        self.containers: list[Container] = []

    async def invoke(self, event: object) -> Any:
        """The function's answer. Raises `FunctionError`, also once it was stopped."""
        return await self.run(await self.ready(), event)

    async def ready(self) -> Container:
        """A container that nobody else uses until it has `run`."""
        return self._idle.pop() if self._idle else await self._cold()

    async def run(self, container: Container, event: object) -> Any:
        """The answer of a container that `ready` has given."""
        try:
            answer = await container.invoke(event)
        except FunctionError as error:
            if error.report.get("errorType") != "Runtime.ExitError":
                self._idle.append(container)
            raise
        self._idle.append(container)
        return answer

    async def stop(self) -> None:
        # A socket that closes later would start another one.
        self._stopped = True
        await asyncio.gather(*(container.stop() for container in self.containers))

    async def _cold(self) -> Container:
        if self._stopped:
            raise FunctionError(DEAD)
        container = Container(*self._made)
        self.containers.append(container)
        await container.start()
        return container
