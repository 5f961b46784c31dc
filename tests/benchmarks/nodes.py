"""Scenarios of the same turns over more than one process, which are shown and not judged."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks.bench import Machine, Scenario
from tests.infra.localstack import LocalStackServer
from tests.server import ROOT

VISITORS, MANAGERS = 50, 1


def one_node(machine: Machine) -> float:
    return turns(machine, machine.port)


def two_nodes(machine: Machine) -> float:
    with ExitStack() as running:
        ports = [
            running.enter_context(node(machine, f"node-{n}", PORT=free_port())) for n in range(2)
        ]
        return turns(machine, *ports)


def with_sqs(machine: Machine) -> float:
    folder = machine.folder / "localstack"
    folder.mkdir(exist_ok=True)
    with ExitStack() as running:
        sqs = LocalStackServer(folder, int(free_port()))
        running.callback(sqs.stop)
        sqs.start()
        return turns(machine, running.enter_context(node(machine, "sqs", **sqs.environment)))


@contextmanager
def node(machine: Machine, name: str, **environment: str) -> Iterator[int]:
    server = machine.start(name, **environment)
    try:
        yield int(server.environment["PORT"])
    finally:
        server.stop()


def turns(machine: Machine, *ports: int) -> float:
    words = ("closed", VISITORS, MANAGERS, machine.seconds)
    return machine.load(*words, port=",".join(map(str, ports)))["turns_per_second"]


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def no_localstack() -> str | None:
    if (ROOT / ".tools" / "localstack" / "done").exists():
        return None
    return "LocalStack is not installed; run: infra/tools.sh localstack"


NODES = [
    Scenario("B14", "B1 over two nodes", one_node, two_nodes, "more"),
    Scenario("B14 SQS", "B1 with SQS", one_node, with_sqs, "more", lacks=no_localstack),
]
