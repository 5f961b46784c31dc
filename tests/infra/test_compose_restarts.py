"""Three replicas, people who write, and each service of docker-compose restarted in turn."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from tests.faults.check import judge
from tests.faults.crowd import Crowd
from tests.faults.history import Fault
from tests.infra.compose import Node, Project, compose_command, skip_without_engine

NODES, VISITORS, MANAGERS, SEED = 3, 9, 1, 20
# People write for so long before and after each restart, and hear of it for so long.
CALM_SECONDS, FELT_SECONDS = 5.0, 10.0
SETTLE_SECONDS = 90.0

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(params=["1", "2"])
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    skip_without_engine()
    project = Project(compose_command(request.param), tmp_path_factory.mktemp("compose"))
    project.build()
    try:
        yield project
    finally:
        project.down()
    assert project.left() == ""


class Addresses:
    """host:port of any node, as a load balancer would choose it."""

    def __init__(self, nodes: list[Node]) -> None:
        self._random = random.Random(SEED)
        self.now = nodes

    def __call__(self) -> str:
        return self._random.choice(self.now).url.removeprefix("http://")


async def test_nothing_is_lost_while_each_service_restarts(project: Project) -> None:
    addresses = Addresses(await asyncio.to_thread(project.up, NODES))
    crowd = Crowd(project.dsn, [f"chat-{n}" for n in range(VISITORS)], addresses)
    crowd.begin(VISITORS, MANAGERS, SEED)
    try:
        for service in ("app", "postgres", "localstack"):
            await asyncio.sleep(CALM_SECONDS)
            began = time.time()
            await asyncio.to_thread(project.restart, service, NODES)
            addresses.now = await asyncio.to_thread(project.nodes, NODES)
            ended = time.time()
            print(f"restart of {service}: {ended - began:.1f} s")
            crowd.history.faults.append(Fault(service, began, ended + FELT_SECONDS))
        await asyncio.sleep(FELT_SECONDS + CALM_SECONDS)
        stored = await crowd.settle(SETTLE_SECONDS)
    finally:
        await crowd.leave()
    found = judge(crowd.history, stored, lambda question: question.text, merges=False)
    said = sum(1 for _ in crowd.history.of("acked"))
    print(f"{said} messages, {sum(map(len, stored.rows.values()))} rows")
    assert not found, "\n".join(map(str, found))
    assert said > VISITORS * 20
