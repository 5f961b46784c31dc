"""The scenario of answers that come token by token."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.bench import Machine, Measure, Scenario

PROVIDER = "tests.benchmarks.others.openai"
STAMPED = ("-m", "tests.benchmarks.stamped")
MANY = "tests.benchmarks.others.many"
CHATS = 500
BUSY = 20


def read_directly(machine: Machine) -> float:
    with machine.other(PROVIDER) as port:
        return late(machine, port, "direct")


def through_us(machine: Machine) -> float:
    with machine.other(PROVIDER) as port, assisted(machine, port, STAMPED) as ours:
        return late(machine, ours, "chats")


@contextmanager
def assisted(machine: Machine, provider: int, program: tuple[str, ...] = ()) -> Iterator[int]:
    """A server of ours that asks the OpenAI on that port; gives its own."""
    server = machine.start(
        "assisted",
        *program,
        OPENAI_KEY="none",
        OPENAI_BASE_URL=f"http://127.0.0.1:{provider}/v1",
        QUIET_SECONDS="0",
        TOKENS_PER_DAY="0",
        TOKENS_PER_CHAT="0",
    )
    try:
        yield int(server.environment["PORT"])
    finally:
        server.stop()


def late(machine: Machine, port: int, which: str) -> float:
    words = ("tests.benchmarks.tokens", port, which, machine.seconds)
    return machine.measured(*words)["p99"]


def many_directly(machine: Machine) -> float:
    with machine.other(MANY) as port:
        return many(machine, port, "direct", CHATS)["tokens_per_second"]


def many_through_us(machine: Machine) -> float:
    with machine.other(MANY) as provider, assisted(machine, provider) as port:
        return many(machine, port, "chats", CHATS)["tokens_per_second"]


def acknowledged(busy: int) -> Measure:
    """A visitor's wait while so many answers run."""

    def measured(machine: Machine) -> float:
        with machine.other(MANY) as provider, assisted(machine, provider) as port:
            return many(machine, port, "quiet", busy)["ack_p99"]

    return measured


def many(machine: Machine, port: int, which: str, chats: int) -> dict[str, float]:
    return machine.measured("tests.benchmarks.many", port, which, chats, machine.seconds)


STREAMS = [
    Scenario(
        "B13",
        "seconds a token is late, p99",
        read_directly,
        through_us,
        "less",
        0.010,
        0.005,
        compared="difference",
    ),
    Scenario("B17", "tokens/s of 20,000", many_directly, many_through_us, "more", 0.4, 0.6),
    Scenario("B18", "ack p99 beside 20 answers", acknowledged(0), acknowledged(BUSY), "less", 3, 2),
]
