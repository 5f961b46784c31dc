"""What is done to a running world, each fault for as long as it says and then mended."""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import asyncpg

from core.delivery.jobs import AnswerChat, write_job
from core.model import ChatId
from functions import responder
from tests.faults.clock import Clock
from tests.faults.history import Fault
from tests.faults.world import World
from tests.openai_events import RATE_LIMITED, Behaviour
from tests.server import Server

Inject = Callable[[World], Awaitable[None]]

MISBEHAVIOURS = {
    "OpenAI cuts": Behaviour(end="cut", delay=0.02),
    "OpenAI aborts": Behaviour(end="abort", delay=0.02),
    "OpenAI stalls": Behaviour(end="stall", delay=0.02),
    "OpenAI errs": Behaviour(end="error", code="server_error", delay=0.02),
    "OpenAI answers 429": RATE_LIMITED,
}


async def kill_a_node(world: World) -> None:
    node = world.random.choice(world.nodes)
    await asyncio.to_thread(node.stop, signal.SIGKILL)
    await asyncio.sleep(world.random.uniform(0.1, 1))
    await asyncio.to_thread(node.start)


async def kill_both_nodes(world: World) -> None:
    for node in world.nodes:
        await asyncio.to_thread(node.stop, signal.SIGKILL)
    await asyncio.gather(*(asyncio.to_thread(node.start) for node in world.nodes))


async def freeze_a_node(world: World) -> None:
    node = world.random.choice(world.nodes)
    _signal(node, signal.SIGSTOP)
    await asyncio.sleep(world.random.uniform(1, 3))
    _signal(node, signal.SIGCONT)


async def kill_postgres(world: World) -> None:
    assert world.postgres is not None
    world.postgres.kill()
    await asyncio.sleep(world.random.uniform(0.1, 0.5))
    await world.postgres.start()


async def freeze_postgres(world: World) -> None:
    assert world.postgres is not None
    world.postgres.freeze()
    await asyncio.sleep(world.random.uniform(0.5, 2))
    world.postgres.thaw()


async def drop_clients(world: World) -> None:
    for _ in range(3):
        world.random.choice(world.proxies).drop()
        await asyncio.sleep(world.random.uniform(0.1, 0.5))


async def half_open(world: World) -> None:
    """Whoever is connected waits for answers that never come, and connects anew beside it."""
    proxy = world.random.choice(world.proxies)
    proxy.hold()
    await asyncio.sleep(3)
    proxy.drop()
    proxy.flow()


async def answers_lost(world: World) -> None:
    """What is said is stored, and nobody hears of it before it is said again."""
    for proxy in world.proxies:
        proxy.hold_answers()
        await asyncio.sleep(0.5)
        proxy.drop()
        proxy.flow()


async def delay(world: World) -> None:
    for proxy in world.proxies:
        proxy.delay = world.random.uniform(0.02, 0.2)
    await asyncio.sleep(2)
    for proxy in world.proxies:
        proxy.delay = 0.0


async def misbehave(world: World, how: Behaviour) -> None:
    world.openai.script(*[how] * 4)
    await asyncio.sleep(2.5)
    world.openai.unscript()


async def double_jobs(world: World) -> None:
    """The same job again and again, on a machine beside the nodes, some when all is over."""

    async def do_job(chat: str) -> None:
        await asyncio.sleep(world.random.uniform(0, 2))
        record = {"messageId": secrets.token_hex(4), "body": write_job(AnswerChat(ChatId(chat)))}
        await responder.handle(world.apart, {"Records": [record, record]}, None)

    await asyncio.gather(*(do_job(world.random.choice(world.chats)) for _ in range(10)))


async def connections_gone(world: World) -> None:
    """Sockets that ended unnoticed: young ones, which are kept, and old ones."""
    urls = [f"{node.url}/ws" for node in world.nodes] + ["http://127.0.0.1:1/ws"]
    database = await asyncpg.connect(world.dsn)
    try:
        await database.executemany(
            "insert into connections (connection_id, callback_url, chat_id, expires_at,"
            " connected_at) values ($1, $2, $3, now() + interval '1 hour',"
            " now() - make_interval(secs => $4))",
            [
                (f"{lead}{secrets.token_hex(4)}", url, chat, age)
                for chat in world.chats
                for url in urls
                for lead, age in (("A", 0), ("z", 60))
            ],
        )
    finally:
        await database.close()
    await asyncio.sleep(3)


async def never_read(world: World) -> None:
    for chat in world.random.sample(world.chats, min(3, len(world.chats))):
        with suppress(Exception):
            door = world.people.door
            async with door.client(chat) as http:
                socket = await door.socket(http, f"/ws?chat_id={chat}", max_queue=1)
            await socket.send('{"action": "resume", "after": 0}')
            world.silent.append(socket)
    await asyncio.sleep(1)


async def nothing(world: World) -> None:
    """People alone."""
    await asyncio.sleep(1)


def jump(clock: Clock) -> Inject:
    """The clock of Postgres and of the nodes, by more than a heartbeat may be old."""

    async def inject(world: World) -> None:
        seconds = world.random.choice((-40, -15, 15, 40))
        clock.jump(seconds)
        await asyncio.sleep(3)
        clock.jump(0)
        await asyncio.sleep(2)

    return inject


def faults(clock: Clock | None, postgres: bool, provider: bool = True) -> dict[str, Inject]:
    """All that can be had here, by name."""
    found: dict[str, Inject] = {
        "a node killed": kill_a_node,
        "both nodes killed": kill_both_nodes,
        "a node frozen": freeze_a_node,
        "connections dropped": drop_clients,
        "connections half open": half_open,
        "answers lost": answers_lost,
        "network slow": delay,
        "jobs doubled and late": double_jobs,
        "connections gone (410)": connections_gone,
        "never reads": never_read,
    }
    if provider:
        found |= {name: _misbehaving(how) for name, how in MISBEHAVIOURS.items()}
    if postgres:
        found |= {"Postgres killed": kill_postgres, "Postgres frozen": freeze_postgres}
    if clock is not None and clock.works:
        found["clock jumps"] = jump(clock)
    return found


async def torment(world: World, chosen: Mapping[str, Inject], seconds: float) -> None:
    """One fault after the other, each kind as often as any, until the time is over."""
    until = time.monotonic() + seconds
    waiting: list[str] = []
    while (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, world.random.uniform(0.3, 1.5)))
        if not waiting:
            waiting = world.random.sample(sorted(chosen), len(chosen))
        name = waiting.pop()
        began = time.time()
        await chosen[name](world)
        world.history.faults.append(Fault(name, began, time.time()))


def _misbehaving(how: Behaviour) -> Inject:
    async def inject(world: World) -> None:
        await misbehave(world, how)

    return inject


def _signal(node: Server, how: signal.Signals) -> None:
    os.kill(node.pid, how)
