"""`docker-compose build && docker-compose up -d` with a real engine, by both versions."""

from collections.abc import Iterator

import pytest

from tests.client import manager, visitor
from tests.gateway.signed import forged
from tests.infra.compose import Node, Project, compose_command, skip_without_engine

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=["1", "2"])
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Built, and not started yet. Nothing of it is left afterwards."""
    skip_without_engine()
    command = compose_command(request.param)
    project = Project(command, tmp_path_factory.mktemp("compose"))
    project.build()
    try:
        yield project
    finally:
        project.down()
        print(f"\ndocker-compose {request.param}:", project.times())
    assert project.left() == ""


@pytest.fixture
def nodes(project: Project) -> list[Node]:
    return project.up(2)


async def test_a_visitor_is_answered_and_a_manager_steps_in(project: Project) -> None:
    (node,) = project.up()
    async with visitor(node, "ada") as user, manager(node) as boss:
        stored = await user.say("hello")
        assert (await user.reply_to(stored["seq"]))["text"] == "hello"
        assert (await boss.reply_to(stored["seq"]))["text"] == "hello"
        sent = node.post("/manager/send", {"chat_id": "ada", "text": "I am taking over."})
        assert sent.status_code == 201
        assert (await user.next("message", role="manager"))["text"] == "I am taking over."


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
async def test_two_nodes_push_to_each_other(nodes: list[Node], here: int, there: int) -> None:
    async with visitor(nodes[here], f"bob-{here}") as user, manager(nodes[there]) as boss:
        await user.say("hello")
        assert (await boss.reply_to(1))["text"] == "hello"
        nodes[there].post("/manager/send", {"chat_id": f"bob-{here}", "text": "from the other"})
        assert (await user.next("message", role="manager"))["text"] == "from the other"


async def test_only_the_secret_that_the_nodes_made_signs(
    project: Project, nodes: list[Node]
) -> None:
    assert [await forged(node.url, "local") for node in nodes] == [403, 403]
    secret = project.in_database("select value from installation_keys where name = 'nodes'")
    assert [await forged(node.url, secret) for node in nodes] == [410, 410]
