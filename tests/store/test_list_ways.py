"""A narrowed list is the same by whatever it is read."""

import json

import pytest

from core.model import Narrow
from core.store.chat_lists import ListQueries
from core.store.database import Pool
from core.store.list_ways import Way

pytestmark = pytest.mark.inbox

MADE = """
insert into chats (chat_id, last_seq, last_user_seq, listed_at, priority, contact_id)
select 'chat-' || n, 1, 1, now() - make_interval(mins => n), case when n % 2 = 0 then 3 end,
       gen_random_uuid()
from generate_series(1, 6) n
"""


@pytest.mark.parametrize("way", ["priority", "walk"])
async def test_chats_of_a_priority_are_the_same_by_index_and_one_by_one(
    pool: Pool, way: Way
) -> None:
    await pool.execute(MADE)
    asked = ListQueries("open", None, 10, "anna", narrow=Narrow(priority=3))
    statement, values = asked.page(way)
    found = [json.loads(row["chat"]) for row in await pool.fetch(statement, *values)]
    assert [(one["chat_id"], one["of_team"]["priority"]) for one in found] == [
        (f"chat-{n}", "high") for n in (2, 4, 6)
    ]
