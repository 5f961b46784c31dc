"""Canned replies, while two people use one id at the same moment."""

import asyncio
from uuid import uuid4

import pytest

from core.errors import NotFound
from core.model import ManagerId
from core.store.canned import CannedReply
from core.store.database import Pool
from core.store.store import Store
from tests.store.test_viewing import blocked

pytestmark = pytest.mark.inbox

REPLIES = "select manager_id, shortcut from canned_replies order by 1, 2"


async def test_nobody_takes_a_reply_over_while_it_is_stored(store: Store, pool: Pool) -> None:
    name = uuid4()
    async with pool.acquire() as other:
        held = other.transaction()
        await held.start()
        await other.execute(
            "insert into canned_replies (reply_id, manager_id, shortcut, text)"
            " values ($1, 'anna', 'hi', 'Hello')",
            name,
        )
        mine = [CannedReply(uuid4(), "first", "1"), CannedReply(name, "mine", "2")]
        taking = asyncio.create_task(store.canned.save(mine, ManagerId("ben")))
        await blocked(pool, taking)
        await held.commit()
    with pytest.raises(NotFound):
        await taking
    assert [tuple(row) for row in await pool.fetch(REPLIES)] == [("anna", "hi")]
