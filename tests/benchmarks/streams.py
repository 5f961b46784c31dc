"""The scenario of answers that come token by token."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.bench import Machine, Scenario
from tests.server import Server

PROVIDER = "tests.benchmarks.others.openai"
STAMPED = ("-m", "tests.benchmarks.stamped")


def read_directly(machine: Machine) -> float:
    with machine.other(PROVIDER) as port:
        return late(machine, port, "direct")


def through_us(machine: Machine) -> float:
    with machine.other(PROVIDER) as port, assisted(machine, port, STAMPED) as ours:
        return late(machine, ours, "chats")


@contextmanager
def assisted(
    machine: Machine, provider: int, program: tuple[str, ...] = ("-m", "local")
) -> Iterator[int]:
    """A server of ours that asks the OpenAI on that port; gives its own."""
    settings = machine.settings(
        OPENAI_KEY="none",
        OPENAI_BASE_URL=f"http://127.0.0.1:{provider}/v1",
        QUIET_SECONDS="0",
        TOKENS_PER_DAY="0",
        TOKENS_PER_CHAT="0",
    )
    server = Server(settings, machine.folder / "assisted.log", program)
    try:
        yield int(server.environment["PORT"])
    finally:
        server.stop()


def late(machine: Machine, port: int, which: str) -> float:
    words = ("tests.benchmarks.tokens", port, which, machine.seconds)
    return machine.measured(*words)["p99"]


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
    )
]
