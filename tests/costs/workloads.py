"""What is counted: each workload with managers, of whom the first one watches its chat.

Visitors behave as the widget does. `tests/web/visitor.test.js` holds which frames it sends.
"""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from core.delivery.jobs import Deliver, write_job
from core.store.database import Pool
from tests.client import PATIENCE, Client
from tests.costs.meter import Used
from tests.costs.stack import CostStack
from tests.infra.events import http_event, sqs_event
from tests.infra.runtime_api import ROOT
from tests.openai_server import Behaviour, OpenAIServer
from tests.tickets import manager_link, manager_ticket, user_ticket

# 400 tokens, 25 ms each.
LONG = Behaviour(text="token " * 400, delay=0.025)
TURNS = 5
SOCKET_JS = ROOT / "functions" / "web" / "client" / "socket.js"
# The managers' socket as the console opens it.
CONSOLE = "/manager/ws?feed=list&ticket="


class Team:
    """Managers whose consoles are open. `watch` lets the first one look at a chat."""

    def __init__(self, consoles: list[Client]) -> None:
        self.consoles = consoles

    async def watch(self, chat_id: str) -> None:
        await self.consoles[0].send("watch", chat_id=chat_id)
        # Frames of a socket are handled in their order.
        await self.consoles[0].send("ping")
        await self.consoles[0].next("pong")


class Run:
    """A stack, its database, and who is there."""

    def __init__(self, stack: CostStack, pool: Pool, managers: int) -> None:
        self.stack = stack
        self.pool = pool
        self.managers = managers
        self._open = 0

    @asynccontextmanager
    async def client(self, path: str) -> AsyncIterator[Client]:
        """An open socket. When it is left, everything is settled."""
        self._open += 1
        async with Client(self.stack, path) as client:
            yield client
        self._open -= 1
        await self.settled()

    async def settled(self) -> None:
        await self.stack.settled(self._open)

    @asynccontextmanager
    async def team(self) -> AsyncIterator[Team]:
        async with AsyncExitStack() as stack:
            consoles = []
            for _ in range(self.managers):
                name = f"m-{secrets.token_hex(4)}"
                await manager_link(self.pool, name)
                ticket = await manager_ticket(self.pool, name)
                console = self.client(f"{CONSOLE}{ticket}")
                consoles.append(await stack.enter_async_context(console))
            yield Team(consoles)

    @asynccontextmanager
    async def visitor(self, team: Team) -> AsyncIterator[Client]:
        """In a chat that lists show already, and that the first manager watches."""
        chat_id = f"c-{secrets.token_hex(4)}"
        ticket = await user_ticket(self.pool, chat_id)
        async with self.client(f"/ws?ticket={ticket}") as user:
            await user.resume()
            first = await user.insist("hello")
            await user.reply_to(first["seq"])
            await team.watch(chat_id)
            yield user

    async def counted(self, work: Awaitable[Any]) -> Used:
        """What this work uses, until the last job that it left behind is done."""
        await self.settled()
        self.stack.take()
        await work
        await self.settled()
        return self.stack.take()


async def warm_up(run: Run) -> None:
    """Let every function start: the first time takes longer, and longer than a push may."""
    for n in range(10):
        with suppress(AssertionError, ConnectionClosed):
            ticket = await user_ticket(run.pool, f"first-{n}-{secrets.token_hex(4)}")
            async with run.client(f"/ws?ticket={ticket}") as user:
                said = await user.insist("well met")
                await user.reply_to(said["seq"])
            break
    await run.stack.invoke("http", http_event("POST", "/chats", body="{}"))
    await run.stack.invoke("deliver", sqs_event(("first", write_job(Deliver()))))
    await run.stack.invoke("sweep", {})


async def turn(user: Client, text: str = "What does it cost?") -> dict[str, Any]:
    """One turn of the widget: it says that its visitor types, sends, and has read the answer."""
    empty = len(user.of("empty"))
    await user.send("typing")
    said = await user.say(text)
    answer = await user.reply_to(said["seq"])
    await user.send("seen", seq=answer["seq"])
    # Both were answered with an empty frame.
    await user.wait(lambda _: len(user.of("empty")) >= empty + 2)
    return answer


async def plain_turn(user: Client) -> None:
    """One turn of a program, which sends nothing but its message."""
    said = await user.say("What does it cost?")
    await user.reply_to(said["seq"])


async def echo_program(run: Run) -> Used:
    """An echo turn of a program."""
    async with run.team() as team, run.visitor(team) as user:
        return await run.counted(plain_turn(user))


async def echo(run: Run) -> Used:
    """An echo turn of the widget."""
    async with run.team() as team, run.visitor(team) as user:
        return await run.counted(turn(user))


async def echo_read(run: Run) -> Used:
    """The same, and the console that watches marks what it shows as read."""
    async with run.team() as team, run.visitor(team) as user:
        (console, *_) = team.consoles

        async def read() -> None:
            said = await console.next("message", role="user")
            await console.send("seen", chat_id=said["chat_id"], seq=said["seq"])
            await user.next("seen", role="manager")

        async def work() -> None:
            await asyncio.gather(turn(user), read())

        return await run.counted(work())


async def stream(run: Run, openai: OpenAIServer) -> Used:
    """A streamed answer of 10 s to a program."""
    async with run.team() as team, run.visitor(team) as user:
        openai.script(LONG)
        return await run.counted(plain_turn(user))


async def stream_widget(run: Run, openai: OpenAIServer) -> Used:
    """The same to the widget."""
    async with run.team() as team, run.visitor(team) as user:
        openai.script(LONG)
        return await run.counted(turn(user))


async def visit(run: Run) -> Used:
    """A widget's whole visit: it begins a chat, has five echo turns, and leaves."""

    async def called(path: str, body: dict[str, str] | None = None, token: str = "") -> Any:
        event = http_event("POST", path, body=json.dumps(body or {}), token=token)
        answer = await run.stack.invoke("http", event)
        assert answer["statusCode"] in (200, 201), answer
        return json.loads(answer["body"])

    async def work(team: Team) -> None:
        chat = await called("/chats")
        ticket = await called("/tickets", token=chat["token"])
        async with run.client(f"/ws?ticket={ticket['ticket']}") as user:
            await user.resume()
            for n in range(TURNS):
                await turn(user)
                if n == 0:
                    await team.watch(chat["chat_id"])

    async with run.team() as team:
        return await run.counted(work(team))


async def sockets(run: Run) -> Used:
    """An hour of a visitor's open socket: its minutes, and its signs of life."""
    async with run.team() as team, run.visitor(team) as user:
        used = await run.counted(kept(run, user))
    hour = used.times(3600 / seconds_of("KEEP_EVERY"))
    hour.socket_minutes = 60
    return hour


async def idle(run: Run) -> Used:
    """A day on which nobody writes: the consoles are open, and the sweep runs once."""

    async def work(team: Team) -> None:
        for console in team.consoles:
            await console.send("ping")
            await console.next("pong")

    async with run.team() as team:
        pings = await run.counted(work(team))
        assert not pings.statements
        swept = await run.counted(run.stack.invoke("sweep", {}))
    day = pings.times(86400 / seconds_of("PING_EVERY")).plus(swept)
    day.socket_minutes = 1440 * run.managers
    return day


async def escalation(run: Run) -> Used:
    """A visitor asks for a person, nobody comes, and one step of an escalation is taken."""
    await run.pool.execute(
        "insert into escalation_steps (site_id, position, after_seconds, action, only_open)"
        " values ('default', 1, 1, 'team', false) on conflict do nothing"
    )

    async def work(user: Client) -> None:
        await user.send("human", reason="A refund, please.")
        await user.next("message", kind="event")
        await asyncio.sleep(1.2)

    async with run.team() as team, run.visitor(team) as user:
        return await run.counted(work(user))


async def kept(run: Run, user: Client) -> None:
    """A sign of life, which nothing answers."""
    await user.send("keep")
    await asyncio.wait_for(run.stack.invoked("message"), PATIENCE)


def seconds_of(name: str) -> float:
    """How often the clients say that they are there, as they have it themselves."""
    found = re.search(rf"const {name} = ([\d_.* ]+);", SOCKET_JS.read_text())
    assert found
    seconds = 1.0
    for factor in found[1].replace("_", "").split("*"):
        seconds *= float(factor)
    return seconds / 1000


ECHO: dict[str, Callable[[Run], Awaitable[Used]]] = {
    "echo turn, a program": echo_program,
    "echo turn, the widget": echo,
    "echo turn, the widget, read in a console": echo_read,
    "widget visit of five turns": visit,
    "an hour of an open socket": sockets,
    "an idle day": idle,
    "a wait with one escalation": escalation,
}
STREAMED: dict[str, Callable[[Run, OpenAIServer], Awaitable[Used]]] = {
    "streamed answer of 10 s, a program": stream,
    "streamed answer of 10 s, the widget": stream_widget,
}
