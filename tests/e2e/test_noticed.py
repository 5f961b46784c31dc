"""I13: however a chat begins to wait, somebody outside hears of it, whoever is or is not there."""

import pytest

from tests.openai_server import OpenAIServer
from tests.server import PoolOf, Serve
from tests.spending import paid
from tests.tickets import SECRET_KEY
from tests.waiting import SETTINGS, STATES, each_is_heard_of, outside

pytestmark = [pytest.mark.noticed, pytest.mark.timeout(600)]

# From the first second of waiting, on a machine that does other things as well.
SECONDS = 20.0


@pytest.mark.parametrize("name", STATES)
async def test_i13_each_way_of_waiting_is_heard_of_in_each_state(
    serve: Serve, pool_of: PoolOf, openai_server: OpenAIServer, name: str
) -> None:
    """A tab that is hidden is tests/browser/test_noticed.py: only the browser knows of it.

    By AWS's functions it is tests/infra/test_noticed_on_aws.py.
    """
    async with outside() as there:
        settings = {**SETTINGS, "MAIL_URL": there.smtp.url, "SECRET_KEY": SECRET_KEY}
        server = paid(serve, openai_server, **settings)
        took = await each_is_heard_of(server, await pool_of(server), openai_server, there, name)
    assert max(took.values()) < SECONDS * max(1.0, server.start_seconds / 3), took
