"""The people of a run, wherever they connect to: they come in, and at the end all settles."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2

from tests.faults.history import History
from tests.faults.people import Manager, Visitor
from tests.faults.stored import Stored, read


@dataclass
class Crowd:
    """`node` gives the host:port to connect to; `dsn` is that of its database."""

    dsn: str
    chats: list[str]
    node: Callable[[], str]
    history: History = field(default_factory=History)
    visitors: list[Visitor] = field(default_factory=list)
    managers: list[Manager] = field(default_factory=list)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, visitors: int, managers: int, seed: int) -> None:
        """Let everyone in. Every third chat is open in two tabs."""
        for n, chat in enumerate(self.chats[:visitors]):
            for tab in range(2 if n % 3 == 0 else 1):
                name = f"{chat}-tab{tab}"
                person = Visitor(name, chat, self.node, self.history, seed * 1000 + 10 * n + tab)
                self.visitors.append(person)
                self.tasks[name] = asyncio.create_task(person.live())
        for n in range(managers):
            boss = Manager(f"boss{n}", self.chats, self.node, self.history, seed * 1000 + n)
            self.managers.append(boss)
            self.tasks[boss.name] = asyncio.create_task(boss.live())

    async def settle(self, seconds: float) -> Stored:
        """No faults any more and nobody begins anything: wait for what is pending, read it all."""
        for visitor in self.visitors:
            visitor.talking = False
        for boss in self.managers:
            await _cancelled(self.tasks.pop(boss.name))
        if self.managers:
            async with httpx2.AsyncClient(timeout=5, verify=False) as http:
                await asyncio.gather(*(self.managers[0].hand_back(http, c) for c in self.chats))
        self.history.quiet = await self._until(self._answered, seconds)
        for visitor in self.visitors:
            visitor.look_again()
        stored = await read(self.dsn)
        await self._until(lambda: self._complete(stored), seconds / 2)
        for task in self.tasks.values():
            await _cancelled(task)
        for visitor in self.visitors:
            self.history.views[visitor.name, visitor.chat] = visitor.view.messages
            if visitor.view.bubble is not None:
                self.history.bubbles[visitor.name, visitor.chat] = visitor.view.bubble.text
        return stored

    async def _answered(self) -> bool:
        if any(visitor.unsent for visitor in self.visitors):
            return False
        stored = await read(self.dsn)
        return not any(chat.pending or chat.writing for chat in stored.chats.values())

    async def _complete(self, stored: Stored) -> bool:
        return all(
            v.looked and v.view.after >= len(stored.rows[v.chat]) and v.view.bubble is None
            for v in self.visitors
        )

    async def _until(self, true: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # The state is in the database, and the database does not notify anybody.
                while not await true():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                return True
        return False

    async def leave(self) -> None:
        """All at once, whatever they are doing."""
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
