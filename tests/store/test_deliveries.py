"""The log of deliveries, and what the statements read while many wait for their next attempt."""

import hashlib
from uuid import UUID, uuid4

import pytest

from core.model import SiteId
from core.store.database import Pool
from core.store.deliveries import DeliveryStore
from core.store.store import Store

pytestmark = pytest.mark.noticed

SHOP = SiteId("default")
DIGEST = """
insert into deliveries (kind, what, target, site_id, dead_at)
values ('mail', 'digest', $1, $2, case when $3 then now() end) returning id
"""
# A receiver is away: all that is for it is due later.
LATER = """
insert into deliveries (id, kind, what, target, site_id, chat_id, attempts, due_at)
select md5(n::text)::uuid, 'webhook', 'chat.waiting', 'away', 'default', 'ada', 1,
       clock_timestamp() + interval '1 hour'
from generate_series(1, 10000) n
"""
READ = """
select sum(x.idx_tup_read)
       + (select t.seq_tup_read from pg_stat_user_tables t where t.relname = 'deliveries')
from pg_stat_user_indexes x
where x.indexrelname in ('deliveries_due', 'deliveries_open_of_target')
"""
DEAD = "select dead_at is not null from deliveries where id = $1"


async def digest(pool: Pool, target: str, *, dead: bool) -> UUID:
    made: UUID = await pool.fetchval(DIGEST, target, SHOP, dead)
    return made


async def test_a_dead_digest_is_sent_again_unless_another_one_is_on_its_way(
    store: Store, pool: Pool
) -> None:
    deliveries: DeliveryStore = store.deliveries
    alone, late = str(uuid4()), str(uuid4())
    first, second = await digest(pool, alone, dead=True), await digest(pool, late, dead=True)
    await digest(pool, late, dead=False)
    await deliveries.again(SHOP, first)
    await deliveries.again(SHOP, second)
    assert [await pool.fetchval(DEAD, one) for one in (first, second)] == [False, True]


async def test_what_is_due_later_is_not_read_to_find_what_is_due(session: Pool) -> None:
    """I8: a receiver that is away makes no claim and no failure dearer."""
    if not await session.fetchval("select current_setting('server_version_num')::int >= 150000"):
        pytest.skip("pg_stat_force_next_flush came with Postgres 15")
    store = Store(session)
    await session.execute(LATER)
    await session.execute("vacuum analyze")

    async def read() -> int:
        await session.execute("select pg_stat_force_next_flush()")
        return int(await session.fetchval(READ))

    first = UUID(hashlib.md5(b"1").hexdigest())
    costs = {}
    for name, step in {
        "is due": store.deliveries.is_due(),
        "claim": store.deliveries.claim(4, 60),
        "fails": store.deliveries.end(first, 1, "later", "timeout", 60),
    }.items():
        before = await read()
        await step
        costs[name] = await read() - before
    assert max(costs.values()) < 10, costs
