"""The same bounds with our own statements: what Postgres alone takes for what a turn keeps."""

import asyncio

import asyncpg

from tests.benchmarks.bench import Machine

CHATS = """
insert into chats (chat_id, listed_at)
select 'own-' || n, now() from generate_series(0, 99) n on conflict do nothing;
insert into connections (connection_id, callback_url, chat_id, expires_at)
select 'own-' || n, 'http://127.0.0.1:8000/ws', 'own-' || n, now() + interval '1 hour'
from generate_series(0, 99) n on conflict do nothing;
"""
# Or a server would begin to answer thousands of messages while another scenario is measured.
ANSWERED_BY_NOBODY = "update chats set answered_seq = last_user_seq where chat_id like 'own-%'"
SAID = """
\\set n random(1, 1000000000000)
call take_turns(array['own-' || :client_id], array['message of a visitor who asks something'],
    array['n' || :n], 0, 0::double precision, true,
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', null, null, null, null, null) \\gset
"""
ANSWERED = """
call take_turns('{}', '{}', '{}', 0, 0::double precision, false,
    array['own-' || :client_id], array[:said::json->0->8->>0], array[:said::json->0->8->>1],
    array[:said::json->0->>2], array['message of a visitor who asks something'], array['final'],
    array[null::text], array[''], array[''], null, null, null, null, null);
"""


def statements(machine: Machine, clients: int, turns: str = SAID + ANSWERED) -> tuple[float, float]:
    """As `Machine.inserts`, for whole turns or only for what is said."""
    asyncio.run(_execute(machine.dsn, CHATS))
    try:
        return machine.pgbench(turns, clients)
    finally:
        asyncio.run(_execute(machine.dsn, ANSWERED_BY_NOBODY))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()
