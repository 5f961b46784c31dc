"""The scenario of answers that come token by token."""

from tests.benchmarks.bench import Machine, Scenario
from tests.server import Server

PROVIDER = "tests.benchmarks.others.openai"
STAMPED = ("-m", "tests.benchmarks.stamped")


def read_directly(machine: Machine) -> float:
    with machine.other(PROVIDER) as port:
        return late(machine, port, "direct")


def through_us(machine: Machine) -> float:
    with machine.other(PROVIDER) as port:
        provider = f"http://127.0.0.1:{port}/v1"
        settings = machine.settings(
            OPENAI_KEY="none", OPENAI_BASE_URL=provider, QUIET_SECONDS="0", TOKENS_PER_DAY="0"
        )
        server = Server(settings, machine.folder / "streams.log", STAMPED)
        try:
            return late(machine, int(server.environment["PORT"]), "chats")
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
