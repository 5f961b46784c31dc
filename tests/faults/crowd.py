"""The people of a run, wherever they connect to: they come in, and at the end all settles."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from tests.faults.door import Door
from tests.faults.history import History
from tests.faults.managers import HELPERS, OPEN, Console, Manager
from tests.faults.people import Visitor
from tests.faults.stored import Stored, read


def boss(n: int) -> str:
    """The name of a manager."""
    return f"boss{n}"


@dataclass
class Crowd:
    """`node` gives the host:port to connect to; `dsn` is that of its database. `tokens`: what the
    visitors of each chat and each manager show; in open mode nothing."""

    dsn: str
    chats: list[str]
    node: Callable[[], str]
    tokens: Mapping[str, str] = field(default_factory=dict)
    history: History = field(default_factory=History)
    visitors: list[Visitor] = field(default_factory=list)
    managers: list[Manager] = field(default_factory=list)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @cached_property
    def door(self) -> Door:
        return Door(self.node, self.tokens)

    def begin(self, visitors: int, managers: int, seed: int) -> None:
        """Let everyone in. Every third chat is open in two tabs."""
        for n, chat in enumerate(self.chats[:visitors]):
            for tab in range(2 if n % 3 == 0 else 1):
                self._enter(f"{chat}-tab{tab}", chat, seed * 1000 + 10 * n + tab)
        names = [boss(n) for n in range(managers)]
        people = names if self.tokens else [OPEN]
        for name in HELPERS if self.tokens else ():
            console = Console(name, self.door, self.history)
            self.tasks[name] = asyncio.create_task(console.live())
        for n, name in enumerate(names):
            one = Manager(name, self.chats, self.door, self.history, seed * 1000 + n, people)
            self.managers.append(one)
            self.tasks[name] = asyncio.create_task(one.live())

    def _enter(self, name: str, chat: str, seed: int) -> Visitor:
        person = Visitor(name, chat, self.door, self.history, seed)
        self.visitors.append(person)
        self.tasks[name] = asyncio.create_task(person.live())
        return person

    async def settle(self, seconds: float) -> Stored:
        """No faults any more and nobody begins anything: wait for what is pending, read it all."""
        for visitor in self.visitors:
            visitor.talking = False
        ended = await self._managers_end(seconds)
        self.history.quiet = await self._until(self._answered, seconds) and ended
        # Who comes only now has to see what the others see.
        for n, chat in enumerate(self.chats):
            self._enter(f"{chat}-late", chat, n).talking = False
        for visitor in self.visitors:
            visitor.look_again()
        stored = await read(self.dsn)
        await self._until(lambda: self._complete(stored), seconds / 2)
        self.history.quiet = await self._read_all(seconds / 2) and self.history.quiet
        for task in self.tasks.values():
            await _cancelled(task)
        for visitor in self.visitors:
            self.history.views[visitor.name, visitor.chat] = visitor.view.messages
            if visitor.view.bubble is not None:
                self.history.bubbles[visitor.name, visitor.chat] = visitor.view.bubble.text
        return stored

    async def _managers_end(self, seconds: float) -> bool:
        """Let the managers finish what they do, and hand all chats back. False: they could not."""
        tasks = [self.tasks.pop(one.name) for one in self.managers]
        for one in self.managers:
            one.working = False
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*tasks)
                for one in self.managers[:1]:
                    await one.hand_all_back()
        except TimeoutError:
            return False
        return True

    async def _read_all(self, seconds: float) -> bool:
        """What calls give: the history of all chats to one manager, and the notes to each.

        False: they gave not all of it in time.
        """
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(
                    *(one.read_notes() for one in self.managers),
                    *(one.read_history() for one in self.managers[:1]),
                )
        except TimeoutError:
            return False
        return True

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
