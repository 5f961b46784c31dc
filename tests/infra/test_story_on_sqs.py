"""The end-to-end tests again, with LocalStack's SQS in place of the queue in memory."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from local.localstack import LocalStack
from tests.apart import apart
from tests.e2e.test_answers import *  # noqa: F403
from tests.e2e.test_answers import Asks
from tests.e2e.test_story import *  # noqa: F403
from tests.infra.localstack import LocalStackServer
from tests.openai_server import OpenAIServer

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(name="asks")
def asks_by_one_api(openai_of_file: OpenAIServer) -> Asks:
    """By one API only: the queue does not know which."""
    return lambda **more: {
        "OPENAI_KEY": "key",
        "OPENAI_BASE_URL": openai_of_file.base_url,
        **more,
    }


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
