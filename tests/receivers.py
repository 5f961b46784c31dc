"""An HTTP receiver on loopback: keeps what came, and answers as each path asks it to."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.client import PATIENCE


@dataclass
class Call:
    """One call that came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["Idempotency-Key"]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


Answer = tuple[int, dict[str, str]]
OK: Answer = (200, {})


@dataclass
class Receiver:
    """`answers` says what a path answers; by default 200. `url` has no slash at its end."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Callable[[Call, int], Answer]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    _times: Counter[str] = field(default_factory=Counter)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        call = Call(request.path, dict(request.headers), await request.read())
        if pause := self.slow.get(call.path):
            await asyncio.sleep(pause)
        async with self._news:
            self.calls.append(call)
            self._times[call.headers.get("Idempotency-Key", "")] += 1
            self._news.notify_all()
        answer = self.answers.get(call.path)
        status, headers = answer(call, self._times[call.id]) if answer else OK
        return web.Response(status=status, headers=headers)

    def repeats(self) -> Counter[str]:
        """How often each delivery came."""
        return Counter(call.id for call in self.calls)

    def at(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def until(self, reached: Callable[["Receiver"], bool], seconds: float = PATIENCE) -> None:
        """Wait until what came is enough."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: reached(self))

    async def got(self, path: str, count: int = 1, seconds: float = PATIENCE) -> list[Call]:
        """The calls of a path, when there are so many."""
        await self.until(lambda one: len(one.at(path)) >= count, seconds)
        return self.at(path)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()
