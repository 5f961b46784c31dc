"""Our figures beside those of systems that nobody here wrote.

Here a scenario's bound is the peer, doing the same work.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from tests.benchmarks.bench import Machine, Measure, Scenario
from tests.benchmarks.crowds import SIZE, SOCKETS
from tests.benchmarks.peers import running
from tests.benchmarks.peers.environments import lacks

Start = Callable[[Machine], AbstractContextManager[int]]

OURS, BROADCASTER = "tests.benchmarks.peers.gateway", "tests.benchmarks.broadcaster"
POSTED_TO, POSTING = 100, 16
# A peer compiles while it works. So it works for this share of the time before it is measured.
WARM = 0.5


def warm(measure: Callable[[int, Machine, float], float], start: Start) -> Measure:
    """What a program reaches that was started now and has worked for a while."""

    def measured(machine: Machine) -> float:
        with start(machine) as port:
            measure(port, machine, machine.seconds * WARM)
            return measure(port, machine, machine.seconds)

    return measured


def program(name: str) -> Start:
    return lambda machine: machine.other(name)


def turns(visitors: int, managers: int, dialect: str) -> Callable[[int, Machine, float], float]:
    def measured(port: int, machine: Machine, seconds: float) -> float:
        found = machine.load(dialect, visitors, managers, seconds, port=port)
        # The question and the answer. Some of the last ones are still on their way.
        pushed = found["pushed_per_turn"]
        assert pushed > 1.5 or not managers, f"the manager got {pushed} frames of a turn"
        return found["turns_per_second"]

    return measured


def our_turns(visitors: int, managers: int) -> Measure:
    return warm(turns(visitors, managers, "closed"), lambda machine: nullcontext(machine.port))


def echoes(path: str, sockets: int) -> Callable[[int, Machine, float], float]:
    def measured(port: int, machine: Machine, seconds: float) -> float:
        return machine.crowd(port, "echoes", path, sockets, seconds)["per_second"]

    return measured


def posts(path: str, stage: str) -> Callable[[int, Machine, float], float]:
    def measured(port: int, machine: Machine, seconds: float) -> float:
        words = (port, path, stage, POSTED_TO, POSTING, seconds)
        return machine.measured("tests.benchmarks.peers.posting", *words)["per_second"]

    return measured


def fan(kind: str = "") -> Callable[[int, Machine, float], float]:
    def measured(port: int, machine: Machine, seconds: float) -> float:
        words = ("broadcast", SOCKETS, SIZE, 0, seconds, *filter(None, [kind]))
        return machine.crowd(port, *words)["per_second"]

    return measured


def beside_socketio(visitors: int, target: float) -> Scenario:
    name = f"turns/s beside Socket.IO, {visitors} visitor" + "s" * (visitors > 1)
    peer = warm(turns(visitors, 1, "acknowledged"), running.socketio)
    ours = our_turns(visitors, 1)
    return Scenario(f"P1 {visitors}", name, peer, ours, "more", target, lacks=lacking("socketio"))


def beside_chainlit(visitors: int, target: float | None) -> Scenario:
    name = f"echo turns/s beside Chainlit, {visitors} visitor" + "s" * (visitors > 1)
    peer = warm(turns(visitors, 0, "chainlit"), chainlit_with_its_pool)
    ours = our_turns(visitors, 0)
    return Scenario(f"P2 {visitors}", name, peer, ours, "more", target, lacks=lacking("chainlit"))


@contextmanager
def chainlit_with_its_pool(machine: Machine) -> Iterator[int]:
    """Of many first queries at once each opens a pool, and there would be no connection left."""
    with running.chainlit(machine) as port:
        turns(1, 0, "chainlit")(port, machine, 0.1)
        yield port


def beside_serverless(name: str, what: str, peer: Measure, ours: Measure) -> Scenario:
    target = 2.0 if name == "P3 1" else None
    return Scenario(name, what, peer, ours, "more", target, lacks=lacking("serverless_offline"))


def lacking(peer: str) -> Callable[[], str | None]:
    return lambda: lacks(peer)


def echoed(sockets: int) -> tuple[Measure, Measure]:
    peer = warm(echoes("/", sockets), running.serverless_offline)
    return peer, warm(echoes("/ws", sockets), program(OURS))


POSTED = (
    warm(posts("/", ""), running.serverless_offline),
    warm(posts("/ws", "/ws"), program(OURS)),
)
FANNED = warm(fan(), program(BROADCASTER))

PEERS = [
    *(beside_socketio(*one) for one in ((1, 0.7), (20, 1.0), (50, 1.3), (500, 1.7))),
    beside_chainlit(1, None),
    beside_chainlit(20, 5.0),
    beside_serverless("P3 1", "echoes/s beside serverless-offline, 1 socket", *echoed(1)),
    beside_serverless("P3 20", "the same, 20 sockets", *echoed(20)),
    beside_serverless("P3 posts", "/@connections pushes/s beside serverless-offline", *POSTED),
    Scenario(
        "P4",
        "fan-out to 500 beside Socket.IO",
        warm(fan("socketio"), running.socketio),
        FANNED,
        "more",
        1.0,
        lacks=lacking("socketio"),
    ),
    Scenario(
        "P4 nchan",
        "the same beside nchan",
        warm(fan("nchan"), running.nchan),
        FANNED,
        "more",
        lacks=lacking("nchan"),
    ),
]
