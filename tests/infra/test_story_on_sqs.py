"""The end-to-end tests again, with LocalStack's SQS in place of the queue in memory."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from local.localstack import LocalStack
from tests.apart import apart
from tests.e2e.test_answers import *  # noqa: F403
from tests.e2e.test_story import *  # noqa: F403
from tests.infra.localstack import LocalStackServer

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def make_queue(localstack: LocalStackServer) -> Iterator[Callable[[], dict[str, str]]]:
    """The template's own queues, deployed anew for each database."""

    def make() -> dict[str, str]:
        queue = LocalStack(localstack.url, "us-east-1", stack=f"story-{secrets.token_hex(6)}")
        assert apart(queue.deploy())
        return {
            "RING_QUEUE_URL": queue.queue_url,
            # LocalStack goes on with the poll of a process that is gone, and loses what it gives.
            "SWEEP_SECONDS": "2",
            **localstack.environment,
        }

    with pytest.MonkeyPatch.context() as patched:
        for name, value in localstack.environment.items():
            patched.setenv(name, value)
        yield make
