"""What is measured, against what."""

from tests.benchmarks.bench import Machine, Measure, Scenario
from tests.benchmarks.cold import COLD
from tests.benchmarks.crowds import CROWDS
from tests.benchmarks.histories import HISTORIES
from tests.benchmarks.nodes import NODES
from tests.benchmarks.own import ANSWERED, SAID, statements
from tests.benchmarks.pushes import PUSHES
from tests.benchmarks.streams import STREAMS

# A turn is two commits; pgbench makes as many with nothing around them.
CLIENTS = 16
OPEN_RATE = 0.3
OTHERS = (
    ("tests.benchmarks.others.plain", "closed"),
    ("tests.benchmarks.others.with_socketio", "socketio"),
)


def two_commits(machine: Machine) -> float:
    return machine.inserts(CLIENTS, 2)[0]


def turns(visitors: int, managers: int) -> Measure:
    def measured(machine: Machine) -> float:
        found = machine.load("closed", visitors, managers, machine.seconds)
        return found["turns_per_second"]

    return measured


def inserted(times: int) -> Measure:
    return lambda machine: machine.inserts(1, times)[1]


def stored(turns: str) -> Measure:
    return lambda machine: statements(machine, 1, turns)[1]


def echo_and(kept: Measure) -> Measure:
    def measured(machine: Machine) -> float:
        seconds = machine.seconds / 2
        echoed = machine.load("echo", 0, seconds, port=machine.echo_port)["p50"]
        return echoed + kept(machine)

    return measured


def own_turns(machine: Machine) -> float:
    return statements(machine, CLIENTS)[0]


def one_visitor(which: str) -> Measure:
    def measured(machine: Machine) -> float:
        return machine.load("closed", 1, 0, machine.seconds)[which]

    return measured


def better_of_the_others(machine: Machine) -> float:
    """What people would use instead, doing the least that looks the same."""
    found = []
    for program, dialect in OTHERS:
        with machine.other(program) as port:
            measured = machine.load(dialect, 50, 1, machine.seconds, port=port)
            found.append(measured["turns_per_second"])
    return max(found)


class OpenLoop:
    """At a share of what B1 reaches, measured once."""

    def __init__(self) -> None:
        self._rate = 0.0

    def rate(self, machine: Machine) -> float:
        if not self._rate:
            self._rate = OPEN_RATE * turns(50, 1)(machine)
        return self._rate

    def bound(self, machine: Machine) -> float:
        rate = self.rate(machine)
        return machine.load("echo", rate, machine.seconds, port=machine.echo_port)["p99"]

    def value(self, machine: Machine) -> float:
        return machine.load("open", 50, self.rate(machine), machine.seconds)["reply_p99"]


open_loop = OpenLoop()

ack, reply = one_visitor("ack_p50"), one_visitor("reply_p50")
TURN = SAID + ANSWERED

SCENARIOS = [
    Scenario("B1", "turns/s, 50 visitors, 1 manager", two_commits, turns(50, 1), "more", 0.8, 1.2),
    Scenario("B1 own", "B1 beside our statements alone", own_turns, turns(50, 1), "more"),
    Scenario("B2", "turns/s, 500 visitors", two_commits, turns(500, 1), "more", 1.0, 1.5),
    Scenario("B3", "turns/s, 50 and 10 managers", two_commits, turns(50, 10), "more", 0.6, 1.0),
    Scenario("B4", "seconds to the ack", echo_and(inserted(1)), ack, "less", 1.7, 1.3),
    Scenario("B5", "seconds to the reply", echo_and(inserted(2)), reply, "less", 1.7, 1.3),
    Scenario("B4 own", "the same, our statement", echo_and(stored(SAID)), ack, "less"),
    Scenario("B5 own", "the same, our statements", echo_and(stored(TURN)), reply, "less"),
    Scenario("B6", "reply p99, 30 % load", open_loop.bound, open_loop.value, "less", 10, 4),
    *CROWDS,
    *PUSHES,
    *COLD,
    *STREAMS,
    *NODES,
    Scenario("B15", "B1 beside others", better_of_the_others, turns(50, 1), "more", 1.0, 2.0),
    *HISTORIES,
]
